"""A wrong call is answered with what was wrong and the nearest right name, in every era."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Annotated, Literal

import pytest
from mcp import Client, MCPError
from mcp.client.client import ConnectMode
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import INVALID_PARAMS, TextContent
from pydantic import Field

from copydesk.content.errors import ContentError
from copydesk.server.app import INSTRUCTIONS, create_server
from copydesk.server.desk_server import DeskServer
from copydesk.store.errors import StoreBusy

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]


@asynccontextmanager
async def open_desk() -> AsyncIterator[str]:
    yield "the desk"


def register(server: DeskServer[str]) -> None:
    @server.tool(name="generate")
    async def generate(
        ctx: Context[str],
        job_ids: Annotated[list[str] | None, Field(validation_alias="jobIds")] = None,
        mode: Literal["leave", "new"] = "leave",
        wait_seconds: Annotated[int, Field(validation_alias="waitSeconds", ge=0, le=45)] = 0,
    ) -> str:
        return f"{ctx.request_context.lifespan_context}: {job_ids} {mode} {wait_seconds}"

    @server.tool(name="fail")
    async def fail(how: str) -> str:
        raise {
            "content": ContentError("unknown-page", 'There is no page "hom": did you mean "home"?'),
            "group": ExceptionGroup("tasks", [ContentError("unknown-page", "There is no such page.")]),
            "store": StoreBusy(),
            "tool": ToolError("[no-scope] Say which pages."),
            "crash": RuntimeError("the secret key is 123"),
        }[how]


@asynccontextmanager
async def client_of_server(era: ConnectMode) -> AsyncIterator[Client]:
    async with Client(create_server(open_desk, register), mode=era) as client:
        yield client


async def error_of(client: Client, tool: str, arguments: dict[str, object]) -> str:
    result = await client.call_tool(tool, arguments)
    (content,) = result.content
    assert result.is_error
    assert result.structured_content is None
    assert isinstance(content, TextContent)
    return content.text


@pytest.mark.parametrize("era", ERAS)
async def test_right_call_reaches_the_tool_with_the_desk(era: ConnectMode) -> None:
    async with client_of_server(era) as client:
        result = await client.call_tool("generate", {"jobIds": ["a"], "mode": "new", "waitSeconds": "5"})
    assert result.structured_content == {"result": "the desk: ['a'] new 5"}


@pytest.mark.parametrize("era", ERAS)
async def test_unknown_argument_is_refused_with_the_nearest(era: ConnectMode) -> None:
    async with client_of_server(era) as client:
        message = await error_of(client, "generate", {"jobIdz": ["a"], "mode": "new"})
    assert message == (
        '[unknown-argument] generate has no argument "jobIdz": did you mean "jobIds"? Nothing was changed.'
    )


@pytest.mark.parametrize("era", ERAS)
async def test_name_of_the_python_parameter_is_no_argument(era: ConnectMode) -> None:
    async with client_of_server(era) as client:
        assert 'did you mean "jobIds"?' in await error_of(client, "generate", {"job_ids": ["a"]})


@pytest.mark.parametrize("era", ERAS)
async def test_unknown_tool_is_a_protocol_error_with_the_nearest(era: ConnectMode) -> None:
    async with client_of_server(era) as client:
        with pytest.raises(MCPError, match='There is no tool "generat": did you mean "generate"') as caught:
            await client.call_tool("generat", {})
    assert caught.value.error.code == INVALID_PARAMS


@pytest.mark.parametrize("era", ERAS)
async def test_invalid_arguments_are_named_on_one_line(era: ConnectMode) -> None:
    async with client_of_server(era) as client:
        message = await error_of(client, "generate", {"mode": "newest", "waitSeconds": 300})
    assert message == (
        "[invalid-argument] generate: mode: input should be 'leave' or 'new', not 'newest'; "
        "waitSeconds: input should be less than or equal to 45, not 300. Nothing was changed."
    )


async def test_missing_argument_is_named() -> None:
    async with client_of_server("legacy") as client:
        assert await error_of(client, "fail", {}) == "[invalid-argument] fail: how is missing. Nothing was changed."


async def test_a_long_wrong_value_is_cut() -> None:
    async with client_of_server("legacy") as client:
        assert len(await error_of(client, "generate", {"mode": "x" * 100_000})) < 300


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("content", '[unknown-page] There is no page "hom": did you mean "home"?'),
        ("group", "[unknown-page] There is no such page."),
        ("store", f"[store-busy] {StoreBusy()}"),
        ("tool", "[no-scope] Say which pages."),
    ],
)
async def test_failure_of_a_room_begins_with_its_code(how: str, message: str) -> None:
    async with client_of_server("legacy") as client:
        assert await error_of(client, "fail", {"how": how}) == message


async def test_crash_is_logged_and_its_text_stays_here(caplog: pytest.LogCaptureFixture) -> None:
    async with client_of_server("legacy") as client:
        message = await error_of(client, "fail", {"how": "crash"})
    assert message.startswith("[internal-error] fail failed")
    assert "123" not in message
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "the secret key is 123" in caplog.text
    assert record.exc_info is not None


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_server_introduces_itself(era: ConnectMode) -> None:
    async with client_of_server(era) as client:
        assert client.server_info is not None
        assert (client.server_info.name, client.server_info.version) == ("copydesk", version("copydesk"))
        assert client.instructions == INSTRUCTIONS
    assert len(INSTRUCTIONS) <= 600


@pytest.mark.parametrize("era", ERAS)
async def test_schemas_carry_no_titles(era: ConnectMode) -> None:
    async with client_of_server(era) as client:
        tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == ["generate", "fail"]
    assert all('"title"' not in tool.model_dump_json(by_alias=True, exclude_none=True) for tool in tools)
