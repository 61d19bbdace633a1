"""Every version of the protocol is spoken, over either transport, word by word as it stands on the wire."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.interaction.http_server import (
    MODERN,
    SECONDS,
    environment,
    http_here,
    initialize,
    message_of,
    modern,
    modern_headers,
    web_client,
)

LEGACY = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
STATUS = {"name": "check-generation-status", "arguments": {}}


def request(number: int, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}


INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def assert_greets(message: dict[str, Any], version: str) -> None:
    assert message["id"] == 1
    assert message["result"]["protocolVersion"] == version
    assert message["result"]["serverInfo"]["name"] == "copydesk"
    assert "tools" in message["result"]["capabilities"]


def assert_answers(message: dict[str, Any], number: int) -> None:
    assert message["id"] == number, message
    answer = json.loads(message["result"]["content"][0]["text"])
    assert (answer["total"], message["result"].get("isError", False)) == (0, False)


class Lines:
    """A server over standard input and output, one JSON-RPC message a line."""

    def __init__(self, process: anyio.abc.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in = process.stdin
        self._out = BufferedByteReceiveStream(process.stdout)

    async def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        await self.say(message)
        with anyio.fail_after(SECONDS):
            answer: dict[str, Any] = json.loads(await self._out.receive_until(b"\n", 1_000_000))
        return answer

    async def say(self, message: dict[str, Any]) -> None:
        await self._in.send(json.dumps(message).encode() + b"\n")


@asynccontextmanager
async def lines(project: Any) -> AsyncIterator[Lines]:
    command = [sys.executable, "-m", "copydesk", "serve", "--project", str(project.root)]
    async with await anyio.open_process(command, env=environment({}), stderr=None) as process:
        try:
            yield Lines(process)
        finally:
            if process.returncode is None:
                process.kill()


@pytest.mark.parametrize("version", LEGACY)
async def test_handshake_of_each_version_is_spoken_over_standard_input(project: Any, version: str) -> None:
    async with lines(project) as server:
        assert_greets(await server.ask(initialize(version)), version)
        await server.say(INITIALIZED)
        assert_answers(await server.ask(request(2, "tools/call", STATUS)), 2)


async def test_version_without_a_handshake_is_spoken_over_standard_input(project: Any) -> None:
    async with lines(project) as server:
        found = await server.ask(modern("server/discover"))
        assert MODERN in found["result"]["supportedVersions"]
        assert_answers(await server.ask(modern("tools/call", **STATUS)), 7)


async def test_version_from_the_future_is_answered_with_one_that_is_spoken(project: Any) -> None:
    async with lines(project) as server:
        assert (await server.ask(initialize("2099-01-01")))["result"]["protocolVersion"] in LEGACY
    async with http_here(project) as (url, _), web_client(url) as web:
        assert message_of(await web.post("/mcp", json=initialize("2099-01-01")))["result"]["protocolVersion"] in LEGACY
        future = modern("tools/list")
        future["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2099-01-01"
        headers = modern_headers(future) | {"mcp-protocol-version": "2099-01-01"}
        refused = await web.post("/mcp", json=future, headers=headers)
    assert (refused.status_code, refused.json()["error"]["data"]["requested"]) == (400, "2099-01-01")


async def begin(web: httpx2.AsyncClient, version: str) -> dict[str, str]:
    """Shake hands; the headers of all that follows. The first versions knew no header of the protocol's."""
    answer = await web.post("/mcp", json=initialize(version))
    assert_greets(message_of(answer), version)
    session = {"mcp-session-id": answer.headers["mcp-session-id"]}
    if version >= "2025-06-18":
        session["mcp-protocol-version"] = version
    assert (await web.post("/mcp", json=INITIALIZED, headers=session)).status_code == 202
    return session


async def test_handshakes_of_all_versions_are_spoken_over_http_by_one_server(project: Any) -> None:
    async with http_here(project) as (url, _), web_client(url) as web:
        sessions = {version: await begin(web, version) for version in LEGACY}
        for number, (version, session) in enumerate(sessions.items(), start=2):
            answer = await web.post("/mcp", json=request(number, "tools/call", STATUS), headers=session)
            assert answer.status_code == 200, version
            assert_answers(message_of(answer), number)
        for session in sessions.values():
            assert (await web.delete("/mcp", headers=session)).status_code in (200, 204)
            gone = await web.post("/mcp", json=request(9, "ping", {}), headers=session)
            assert gone.status_code == 404
    assert len({session["mcp-session-id"] for session in sessions.values()}) == len(LEGACY)


async def test_version_without_a_handshake_is_spoken_over_http(project: Any) -> None:
    async with http_here(project) as (url, _), web_client(url) as web:
        for message in (modern("server/discover"), modern("tools/call", **STATUS)):
            answer = await web.post("/mcp", json=message, headers=modern_headers(message))
            assert (answer.status_code, "mcp-session-id" in answer.headers) == (200, False)
        assert_answers(message_of(answer), 7)
