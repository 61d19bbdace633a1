"""However the client goes, the server releases its desk and ends."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

SECONDS_TO_START = 30
SECONDS_TO_END = 5
"""Generous for a busy machine; the runner's own bound is one second."""

OPEN_AND_RELEASE = """
@asynccontextmanager
async def open_desk():
    try:
        yield "desk"
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.lowlevel.checkpoint()
            Path("released").write_text("yes")
"""

NEVER_RELEASES = """
@asynccontextmanager
async def open_desk():
    try:
        yield "desk"
    finally:
        Path("releasing").write_text("yes")
        with anyio.CancelScope(shield=True):
            await anyio.sleep_forever()
"""

LEAVES_A_THREAD = """
from threading import Event, Thread

@asynccontextmanager
async def open_desk():
    Thread(target=Event().wait).start()
    yield "desk"
"""

REFUSES_TO_OPEN = """
@asynccontextmanager
async def open_desk():
    raise ContentError("no-site", "There is no site.yaml here. Run `copydesk init`.")
    yield
"""

SERVER = """
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from mcp.server.mcpserver import Context

from copydesk.content.errors import ContentError
from copydesk.server.app import create_server
from copydesk.server.stdio import serve_stdio
{open_desk}

def register(server):
    @server.tool(name="wait-forever")
    async def wait_forever(ctx: Context) -> str:
        await ctx.report_progress(1, 2, "waiting")
        await anyio.sleep_forever()

anyio.run(serve_stdio, create_server(open_desk, register))
"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A running server, and the raw lines said to it and by it."""

    process: Process
    replies: BufferedByteReceiveStream

    async def say(self, **message: Any) -> None:
        assert self.process.stdin is not None
        await self.process.stdin.send(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    async def hear(self) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(await self.replies.receive_until(b"\n", 1_000_000))
        return line

    async def close_stdin(self) -> None:
        assert self.process.stdin is not None
        await self.process.stdin.aclose()

    async def end(self) -> int:
        with anyio.fail_after(SECONDS_TO_END):
            return await self.process.wait()

    async def complaints(self) -> str:
        assert self.process.stderr is not None
        return b"".join([chunk async for chunk in self.process.stderr]).decode()


@asynccontextmanager
async def server_process(folder: Path, open_desk: str) -> AsyncIterator[Conversation]:
    script = folder / "server.py"
    script.write_text(SERVER.format(open_desk=open_desk), encoding="utf-8")
    async with await anyio.open_process([sys.executable, str(script)], cwd=folder) as process:
        assert process.stdout is not None
        try:
            yield Conversation(process, BufferedByteReceiveStream(process.stdout))
        finally:
            if process.returncode is None:
                process.kill()


@asynccontextmanager
async def running_server(folder: Path, open_desk: str = OPEN_AND_RELEASE) -> AsyncIterator[Conversation]:
    """A server after the handshake: its desk is open."""
    async with server_process(folder, open_desk) as conversation:
        client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
        with anyio.fail_after(SECONDS_TO_START):
            await conversation.say(id=1, method="initialize", params=client)
            answer = await conversation.hear()
            assert answer["result"]["serverInfo"]["name"] == "copydesk"
            await conversation.say(method="notifications/initialized")
        yield conversation


async def test_end_of_input_releases_the_desk_and_ends(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        await server.close_stdin()
        assert await server.end() == 0
        assert await server.complaints() == ""
    assert (tmp_path / "released").exists()


async def test_thread_that_a_library_has_left_does_not_keep_the_server_from_ending(tmp_path: Path) -> None:
    async with running_server(tmp_path, LEAVES_A_THREAD) as server:
        await server.close_stdin()
        assert await server.end() == 0


async def test_line_that_is_no_message_is_answered_and_the_next_one_served(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        assert server.process.stdin is not None
        with anyio.fail_after(SECONDS_TO_START):
            await server.process.stdin.send(b'no message\n\n{"jsonrpc": "2.0", "id": 7, "params": {}}\n')
            await server.say(id=8, method="ping")
            answers = [await server.hear() for _ in range(3)]
        await server.close_stdin()
        assert await server.end() == 0
    assert [(one["id"], one.get("error", {}).get("code")) for one in answers] == [
        (None, -32700),
        (7, -32600),
        (8, None),
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signal_releases_the_desk_and_ends_while_stdin_is_open(tmp_path: Path, number: signal.Signals) -> None:
    async with running_server(tmp_path) as server:
        server.process.send_signal(number)
        assert await server.end() == 0
        assert await server.complaints() == ""
    assert (tmp_path / "released").exists()


@pytest.mark.parametrize("number", [None, signal.SIGTERM], ids=["EOF", "SIGTERM"])
async def test_a_call_that_is_still_running_does_not_keep_the_server(
    tmp_path: Path, number: signal.Signals | None
) -> None:
    async with running_server(tmp_path) as server:
        call = {"name": "wait-forever", "arguments": {}, "_meta": {"progressToken": "mine"}}
        await server.say(id=2, method="tools/call", params=call)
        with anyio.fail_after(SECONDS_TO_START):
            assert (await server.hear())["method"] == "notifications/progress"
        if number is None:
            await server.close_stdin()
        else:
            server.process.send_signal(number)
        assert await server.end() == 0
    assert (tmp_path / "released").exists()


LISTEN = {
    "notifications": {"toolsListChanged": True},
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    },
}


@pytest.mark.parametrize("number", [None, signal.SIGTERM, signal.SIGINT], ids=["EOF", "SIGTERM", "SIGINT"])
async def test_a_client_that_listens_does_not_keep_the_server(tmp_path: Path, number: signal.Signals | None) -> None:
    async with server_process(tmp_path, OPEN_AND_RELEASE) as server:
        await server.say(id=2, method="subscriptions/listen", params=LISTEN)
        with anyio.fail_after(SECONDS_TO_START):
            assert (await server.hear())["method"] == "notifications/subscriptions/acknowledged"
        if number is None:
            await server.close_stdin()
        else:
            server.process.send_signal(number)
        assert await server.end() == 0
        assert await server.complaints() == ""
    assert (tmp_path / "released").exists()


async def test_a_desk_that_cannot_be_released_delays_the_end_only_so_long(tmp_path: Path) -> None:
    async with running_server(tmp_path, NEVER_RELEASES) as server:
        server.process.send_signal(signal.SIGTERM)
        assert await server.end() == 0
    assert (tmp_path / "releasing").exists()


async def test_a_desk_that_cannot_be_opened_ends_the_server_with_a_sentence(tmp_path: Path) -> None:
    async with server_process(tmp_path, REFUSES_TO_OPEN) as server:
        with anyio.fail_after(SECONDS_TO_START):
            assert await server.process.wait() == 1
        assert await server.complaints() == "copydesk: There is no site.yaml here. Run `copydesk init`.\n"


async def test_a_desk_that_cannot_be_opened_says_so_also_when_the_client_is_gone(tmp_path: Path) -> None:
    async with server_process(tmp_path, REFUSES_TO_OPEN) as server:
        await server.close_stdin()
        with anyio.fail_after(SECONDS_TO_START):
            assert await server.process.wait() == 1
        assert await server.complaints() == "copydesk: There is no site.yaml here. Run `copydesk init`.\n"
