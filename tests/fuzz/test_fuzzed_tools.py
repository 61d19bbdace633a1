"""Every tool, resource, prompt and completion with arguments from its own schema and far outside it.

The answer is always one that its schema allows, or a sentence with a code: no traceback, no path of this machine, no
secret; and the server goes on. The short form is the same each time; the long one (`COPYDESK_TORTURE=1`) is not.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import anyio
import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import CallToolResult, PromptReference, ResourceTemplateReference, TextContent, Tool
from pydantic import ValidationError

from copydesk.content.desk import Desk
from copydesk.content.project import Project
from copydesk.server.app import create_server
from copydesk.server.serve import working_desk
from copydesk.tools.catalog import register
from tests.interaction.conftest import SITE
from tests.interaction.http_server import http_here

SECRET: Final = "kittiwake-4711-on-the-cliff"  # noqa: S105
SECONDS: Final = 120
_IS_LONG: Final = os.environ.get("COPYDESK_TORTURE", "") not in ("", "0")
_BASE: Final = settings(
    phases=[Phase.generate], deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True
)
MASS: Final = settings(_BASE, max_examples=400 if _IS_LONG else 12, derandomize=not _IS_LONG)
FEW: Final = settings(_BASE, max_examples=20 if _IS_LONG else 1, derandomize=not _IS_LONG)
CALLS: Final = 40

_ERROR: Final = re.compile(r"\[[a-z]+(-[a-z]+)*\] \S")
_LEAKS: Final = ("Traceback (most", 'File "', "[internal-error]", ".py:", "pydantic", "sqlite3.", SECRET)

names = some.sampled_from(
    ["home", "/", "repairs", "/repairs", "home/hero", "repairs/prices", "home/legal", "hero", "hom", "op_1", "job_1"]
)
hostile = some.sampled_from(
    [
        *("", " ", "\0", "\ud800", "\u202e", "ﷺ" * 50, "../../etc/passwd", "/etc/passwd", "..\\..\\x", "con", "~/x"),
        *("{{ 7*7 }}", "{% for a in b %}", "<script>alert(1)</script>", "'; DROP TABLE jobs; --", "%00", "*", "[", "{"),
        *("[" * 5_000, "9" * 400, "1e999", "NaN", "-0", "local:/etc/hostname", "local:../x.gguf", "x" * 30_000, SECRET),
        *("copydesk://site", "rev_1", "op_" + "0" * 20, "preview", "production", "outline", "agent", "gated"),
    ]
)
texts = names | hostile | some.text(max_size=40)
scalars = texts | some.none() | some.booleans() | some.integers() | some.floats()
anything = some.recursive(
    scalars, lambda inner: some.lists(inner, max_size=4) | some.dictionaries(texts, inner, max_size=4), max_leaves=12
)
quick: some.SearchStrategy[Any] = some.sampled_from(
    [0, 0.01, "0", None, "", -1, True, "soon", float("nan"), 10**400, [], "0.01"]
)
"""What is said of a wait. The longest ones are not: they would only be waited for."""


def arguments_of(tool: Tool) -> some.SearchStrategy[dict[str, Any]]:
    """Some of its arguments, mostly of the kinds that it declares; at times one that it does not have."""
    known = {
        name: quick if name == "waitSeconds" else valid(schema) | valid(schema) | anything
        for name, schema in tool.input_schema["properties"].items()
    }
    required = {name: known[name] for name in tool.input_schema.get("required", ())}
    chosen = some.fixed_dictionaries(required, optional={k: v for k, v in known.items() if k not in required})
    return (
        chosen
        | chosen
        | some.dictionaries(some.sampled_from([*known, "unknown"]), anything, max_size=3).filter(
            lambda given: "waitSeconds" not in given
        )
    )


def valid(schema: Mapping[str, Any]) -> some.SearchStrategy[Any]:  # noqa: PLR0911  one line for each kind
    """What the schema allows; of names, some that exist."""
    if "enum" in schema:
        return some.sampled_from(schema["enum"])
    match schema.get("type"):
        case "string":
            return texts
        case "integer":
            return some.integers(1, 10**6)
        case "number":
            return quick
        case "boolean":
            return some.booleans()
        case "array":
            return some.lists(valid(schema.get("items", {})), max_size=3)
        case "object" if "properties" in schema:
            return some.fixed_dictionaries({}, optional={k: valid(v) for k, v in schema["properties"].items()})
        case "object":
            return some.dictionaries(some.sampled_from(["headline", "text", "x"]), anything, max_size=3)
        case _:
            return anything


@asynccontextmanager
async def fresh_project() -> AsyncIterator[Project]:
    with TemporaryDirectory(prefix="copydesk-fuzz-") as folder:
        (Path(folder) / "site.yaml").write_text(SITE, encoding="utf-8")
        yield Project(Path(folder))


def serving(project: Project) -> Any:
    @asynccontextmanager
    async def open_desk() -> AsyncIterator[Desk]:
        async with working_desk(project, {"writer": "outline"}) as desk:
            yield desk

    return create_server(open_desk, register)


async def _tools() -> list[Tool]:
    found: list[Tool] = await serving(Project(Path())).list_tools()  # which opens no desk
    return found


TOOLS: Final = {tool.name: tool for tool in anyio.run(_tools)}
calls = some.sampled_from(sorted(TOOLS)).flatmap(lambda name: some.tuples(some.just(name), arguments_of(TOOLS[name])))


def check(tool: str, arguments: object, result: CallToolResult, folder: Path) -> None:
    (content,) = result.content
    assert isinstance(content, TextContent)
    told = f"{tool} {arguments!r:.500}: {content.text:.800}"
    for leak in (*_LEAKS, str(folder)):
        assert leak not in content.text, told
    assert len(content.text) <= 12_000, told
    if result.is_error:
        assert _ERROR.match(content.text), told
        return
    assert json.loads(content.text) == result.structured_content, told
    jsonschema.validate(result.structured_content, TOOLS[tool].output_schema or {})


def check_refusal(error: MCPError, what: object, folder: Path) -> None:
    for leak in (*_LEAKS, str(folder)):
        assert leak not in f"{error}", f"{what!r:.500}: {error}"


def sendable(arguments: object) -> bool:
    """JSON has no NaN, and UTF-8 no half characters: the client itself cannot send them."""
    try:
        json.dumps(arguments, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        return False
    return True


async def ask_all(client: Client, asked: list[tuple[str, dict[str, Any]]], folder: Path) -> None:
    for tool, arguments in asked:
        with anyio.fail_after(SECONDS):
            try:
                check(tool, arguments, await client.call_tool(tool, arguments), folder)
            except MCPError as error:
                check_refusal(error, (tool, arguments), folder)
    status = await client.call_tool("check-generation-status", {})
    assert not status.is_error, status.content


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


@MASS
@given(some.lists(calls, min_size=CALLS, max_size=CALLS))
def test_every_call_is_answered_by_its_schema_or_refused_with_a_code(asked: list[tuple[str, dict[str, Any]]]) -> None:
    async def talk() -> None:
        async with fresh_project() as project, Client(serving(project)) as client:
            await client.call_tool("generate-all", {"waitSeconds": 20})
            await ask_all(client, [one for one in asked if sendable(one[1])], project.root)

    anyio.run(talk)


OPERATION: Final = ResourceTemplateReference(uri="copydesk://operations/{id}")
uris = some.builds(
    "copydesk://{}/{}/{}".format,
    some.sampled_from(["preview", "production", "operations", "site", "", "x"]),
    texts,
    texts,
) | some.sampled_from(
    ["copydesk://site", "file:///etc/passwd", "ui://copydesk/../x", "x", "copydesk://operations/op_1"]
)
beside = some.tuples(
    uris,
    some.sampled_from(["write-site", "review-page", "fix-failures", "x"]),
    some.dictionaries(some.sampled_from(["page", "operationId", "wishes", "x"]), texts, max_size=2),
    texts,
)


@MASS
@given(some.lists(beside, min_size=10, max_size=10))
def test_resources_prompts_and_completions_are_given_or_refused(asked: list[tuple[Any, ...]]) -> None:
    async def talk() -> None:
        async with fresh_project() as project, Client(serving(project)) as client:
            for uri, prompt, arguments, typed in filter(sendable, asked):
                for ask in (
                    lambda uri=uri: client.read_resource(uri),
                    lambda prompt=prompt, arguments=arguments: client.get_prompt(prompt, arguments),
                    lambda prompt=prompt, typed=typed: client.complete(
                        PromptReference(name=prompt), {"name": "page", "value": typed}
                    ),
                    lambda typed=typed: client.complete(OPERATION, {"name": "id", "value": typed}),
                ):
                    with anyio.fail_after(SECONDS):
                        await given_or_refused(ask, (uri, prompt, arguments, typed), project.root)
            assert not (await client.call_tool("check-generation-status", {})).is_error

    anyio.run(talk)


async def given_or_refused(ask: Any, what: object, folder: Path) -> None:
    try:
        answer = (await ask()).model_dump_json()
    except MCPError as error:
        check_refusal(error, what, folder)
    except ValidationError:
        return  # the client's own check of an address: nothing was sent
    else:
        for leak in (*_LEAKS, str(folder)):
            assert leak not in answer, f"{what!r:.500}: {answer:.500}"


@FEW
@given(some.lists(calls, min_size=CALLS, max_size=CALLS))
def test_the_same_holds_over_http(asked: list[tuple[str, dict[str, Any]]]) -> None:
    async def talk() -> None:
        async with fresh_project() as project, http_here(project, writer="outline") as (url, _), Client(url) as client:
            await ask_all(client, [one for one in asked if sendable(one[1])], project.root)

    anyio.run(talk)


SERVE = "import sys; from copydesk.server.serve import run_stdio; run_stdio(sys.argv[1], {})"


@FEW
@given(some.lists(calls, min_size=CALLS, max_size=CALLS))
def test_the_same_holds_over_stdio(asked: list[tuple[str, dict[str, Any]]]) -> None:
    async def talk() -> None:
        async with fresh_project() as project:
            known = {"COPYDESK_WRITER": "outline", "OPENAI_API_KEY": SECRET}
            command = StdioServerParameters(command=sys.executable, args=["-c", SERVE, str(project.root)], env=known)
            async with Client(command) as client:
                await ask_all(client, [one for one in asked if sendable(one[1])], project.root)

    anyio.run(talk)
