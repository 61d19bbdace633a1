"""What a client gets that asks for something there is not: the errors that the specification names, in both eras.

A request that names no tool, prompt, resource or method at all fails as a request (an error of the protocol). What is
wrong with a tool's arguments is told to the model, which can put it right (a result that is an error).
"""

from __future__ import annotations

from typing import Any

import pytest
from mcp.client.client import ConnectMode
from mcp_types import INVALID_PARAMS, METHOD_NOT_FOUND

from copydesk.content.project import Project
from tests.interaction.task_client import task_client

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]
RESOURCE_NOT_FOUND = -32002
"""Of the legacy protocol; the modern one calls it an invalid parameter."""


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("tools/call", {"name": "generat", "arguments": {}}),
        ("tools/call", {"arguments": {}}),
        ("tools/call", {"name": "generate", "arguments": ["home"]}),
        ("prompts/get", {"name": "write-sit"}),
        ("prompts/get", {"name": "review-page"}),
        ("prompts/get", {"name": "review-page", "arguments": {"page": "home", "tone": "warm"}}),
        (
            "completion/complete",
            {"ref": {"type": "ref/prompt", "name": "none"}, "argument": {"name": "a", "value": ""}},
        ),
    ],
    ids=[
        "unknown tool",
        "no tool",
        "arguments that are no object",
        "unknown prompt",
        "missing argument of a prompt",
        "unknown argument of a prompt",
        "completion for an unknown prompt",
    ],
)
async def test_request_for_what_there_is_not_has_invalid_parameters(
    project: Project, gated: Any, era: ConnectMode, method: str, parameters: dict[str, Any]
) -> None:
    async with task_client(project, gated, era) as talk:
        error = (await talk.error(method, **parameters)).error
    assert error.code == INVALID_PARAMS
    assert error.message


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("uri", ["copydesk://nothing", "copydesk://operations/op_none", "copydesk://preview/home/none"])
async def test_resource_that_there_is_not_is_told_by_the_code_of_its_era(
    project: Project, gated: Any, era: ConnectMode, uri: str
) -> None:
    async with task_client(project, gated, era) as talk:
        error = (await talk.error("resources/read", uri=uri)).error
    assert error.code == (RESOURCE_NOT_FOUND if era == "legacy" else INVALID_PARAMS)
    assert error.data is None or error.data.get("uri", uri) == uri


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("method", ["tools/cal", "tasks/list", "tasks/result", "roots/list"])
async def test_method_that_there_is_not_is_not_found(
    project: Project, gated: Any, era: ConnectMode, method: str
) -> None:
    async with task_client(project, gated, era) as talk:
        assert (await talk.error(method)).error.code == METHOD_NOT_FOUND


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("arguments", [{"pagez": ["home"]}, {"force": "perhaps"}, {"pages": ["hom"]}])
async def test_wrong_argument_of_a_tool_is_told_to_the_model(
    project: Project, gated: Any, era: ConnectMode, arguments: dict[str, Any]
) -> None:
    async with task_client(project, gated, era) as talk:
        answer = await talk.call("generate", **arguments)
    assert answer["isError"] is True
    assert answer["content"][0]["text"].startswith("[")
