"""Clients of different makers, and one of none, live through the same story: over both transports, in both eras."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias

import anyio
import fastmcp
import httpx2
import mcp
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream
from fastmcp.client.transports import StdioTransport
from fastmcp.exceptions import ToolError
from mcp.client.streamable_http import streamable_http_client

from tests.interaction.client_story import Progress, tell_story
from tests.interaction.http_server import SECONDS, environment, http_process

Era: TypeAlias = Literal["legacy", "auto", "2026-07-28"]
Transport: TypeAlias = Literal["stdio", "http"]
TOKEN = "a-long-and-secret-token"  # noqa: S105  (it guards nothing)

each_transport = pytest.mark.parametrize("transport", ["stdio", "http"])


def serving(project: Any) -> list[str]:
    return ["-m", "copydesk", "serve", "--project", str(project.root)]


@asynccontextmanager
async def sdk_client(project: Any, transport: Transport, era: Era) -> AsyncIterator[mcp.Client]:
    """The client of the official SDK; over HTTP with a token."""
    if transport == "stdio":
        process = mcp.StdioServerParameters(command=sys.executable, args=serving(project), env=environment({}))
        async with mcp.Client(process, mode=era) as client:
            yield client
        return
    authorised = {"authorization": f"Bearer {TOKEN}"}
    async with (
        http_process(project.root, http_token=TOKEN) as server,
        httpx2.AsyncClient(headers=authorised, timeout=SECONDS) as web,
        mcp.Client(streamable_http_client(server.url, http_client=web), mode=era) as client,
    ):
        yield client


@asynccontextmanager
async def fastmcp_client(project: Any, transport: Transport, era: Era) -> AsyncIterator[fastmcp.Client[Any]]:
    """FastMCP's client; over HTTP with a token."""
    if transport == "stdio":
        process = StdioTransport(sys.executable, serving(project), env=environment({}), keep_alive=False)
        async with fastmcp.Client(process, mode=era) as client:
            yield client
        return
    async with (
        http_process(project.root, http_token=TOKEN) as server,
        fastmcp.Client(server.url, auth=TOKEN, mode=era) as client,
    ):
        yield client


@each_transport
@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
async def test_sdk_client(project: Any, transport: Transport, era: Era) -> None:
    progress = Progress()
    async with sdk_client(project, transport, era) as client:

        async def call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
            listener = progress.hear if tool == "generate" else None
            with anyio.fail_after(SECONDS):
                result = await client.call_tool(tool, arguments, progress_callback=listener)
            assert not result.is_error, result.content
            answer: dict[str, Any] = result.structured_content
            return answer

        await tell_story(call)
        refused = await client.call_tool("promote", {"pages": ["hom"]})
        assert refused.is_error
    progress.assert_rises_to(2)


@each_transport
@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_fastmcp_client(project: Any, transport: Transport, era: Era) -> None:
    progress = Progress()
    async with fastmcp_client(project, transport, era) as client:

        async def call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
            listener = progress.hear if tool == "generate" else None
            with anyio.fail_after(SECONDS):
                result = await client.call_tool(tool, arguments, progress_handler=listener)
            assert result.structured_content is not None
            return result.structured_content

        await tell_story(call)
        with pytest.raises(ToolError, match=r'^\[unknown-page\] There is no page "hom"'):
            await client.call_tool("promote", {"pages": ["hom"]})
    progress.assert_rises_to(2)


class RawLines:
    """A client of nobody's: bytes in, bytes out, one JSON-RPC message a line."""

    def __init__(self, process: anyio.abc.Process, meta: dict[str, Any]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.progress = Progress()
        self._in = process.stdin
        self._out = BufferedByteReceiveStream(process.stdout)
        self._meta = meta
        """What each request says about the client: nothing, or in the modern era everything."""
        self._number = 0

    async def say(self, message: dict[str, Any]) -> None:
        await self._in.send(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    async def ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The result of a request. Progress that comes before it is noted."""
        self._number += 1
        meta = {**self._meta, "progressToken": f"token-{self._number}"}
        await self.say({"id": self._number, "method": method, "params": {**parameters, "_meta": meta}})
        with anyio.fail_after(SECONDS):
            while (heard := json.loads(await self._out.receive_until(b"\n", 1_000_000))).get("id") != self._number:
                await self._note(heard)
        result: dict[str, Any] = heard["result"]
        return result

    async def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        result = await self.ask("tools/call", {"name": tool, "arguments": arguments})
        assert not result.get("isError"), result
        answer: dict[str, Any] = result["structuredContent"]
        assert json.loads(result["content"][0]["text"]) == answer
        return answer

    async def _note(self, heard: dict[str, Any]) -> None:
        report = heard["params"]
        if heard["method"] == "notifications/progress" and report["progressToken"] == "token-2":
            await self.progress.hear(report["progress"], report["total"], report["message"])


@asynccontextmanager
async def raw_lines(project: Any, meta: dict[str, Any]) -> AsyncIterator[RawLines]:
    command = [sys.executable, *serving(project)]
    async with await anyio.open_process(command, env=environment({}), stderr=None) as process:
        try:
            yield RawLines(process, meta)
        finally:
            if process.returncode is None:
                process.kill()


@pytest.mark.parametrize("version", ["2024-11-05", "2025-11-25"])
async def test_raw_lines_with_a_handshake(project: Any, version: str) -> None:
    async with raw_lines(project, {}) as client:
        myself = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        greeting = await client.ask("initialize", myself)
        assert (greeting["protocolVersion"], greeting["serverInfo"]["name"]) == (version, "copydesk")
        await client.say({"method": "notifications/initialized"})
        await tell_story(client.call)
    client.progress.assert_rises_to(2)


async def test_raw_lines_without_a_handshake(project: Any) -> None:
    about = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    async with raw_lines(project, about) as client:
        discovered = await client.ask("server/discover", {})
        assert "2026-07-28" in discovered["supportedVersions"]
        await tell_story(client.call)
    client.progress.assert_rises_to(2)
