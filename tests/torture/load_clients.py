"""Clients of a server over HTTP: eight that work, each on a page of its own, and some that misbehave."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
import httpx2
from anyio.abc import SocketStream

from tests.interaction.http_server import ACCEPT, message_of, modern, modern_headers, raw_request, web_client

__all__ = ["BAD_CLIENTS", "WorkingClient"]

PATIENCE: Final = 60
"""Seconds in which every call is answered, however busy the machine is."""
SLOW_ANSWERS: Final = 5
"""How often a store may be too slow on a machine that does much else; each time is counted."""
_REPEATABLE: Final = ("generate", "regenerate-content", "promote", "rollback")
_GONE: Final = (anyio.BrokenResourceError, anyio.EndOfStream, anyio.ClosedResourceError, ConnectionError)


class WorkingClient:
    """Writes, edits, reads, compares, publishes and takes back one page, over and over."""

    def __init__(self, url: str, page: str, sections: list[str], tally: Counter[str]) -> None:
        self._web = web_client(url)
        self._page = page
        self._sections = sections
        self._tally = tally

    async def work(self, is_over: Callable[[], bool]) -> None:
        turn = 0
        async with self._web:
            while not is_over():
                turn += 1
                await self._turn(turn)

    async def _turn(self, turn: int) -> None:
        page = self._page
        written = await self._call("generate", pages=[page], force=True, waitSeconds=45)
        assert written["outcome"] in ("ok", "nothing-to-do"), written
        section = self._sections[turn % len(self._sections)]
        await self._call("edit-content", page=page, section=section, fields={"text": f"Edited in turn {turn}."})
        await self._call("read-content", page=page)
        rewritten = await self._call("regenerate-content", page=page, mode="new", overwriteEdits=True, waitSeconds=45)
        assert rewritten["outcome"] == "ok", rewritten
        review = await self._call("compare-content", page=page)
        released = await self._call("promote", reviewId=review["reviewId"], waitSeconds=45)
        assert released["outcome"] in ("ok", "nothing-to-do"), released
        await self._call("list-site", pages=[page])
        await self._call("list-operations")
        if released["outcome"] == "ok":
            undone = await self._call("rollback", operationIds=[released["operationId"]], waitSeconds=45)
            assert undone["outcome"] == "ok", undone
            await self._call("check-generation-status", operationId=undone["operationId"])
        await self._call("edit-content", page=page, section=section, fields={"text": f"After turn {turn}."})

    async def _call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a call that goes well; at the latest when it is repeated, as a slow store's answer advises."""
        if tool in _REPEATABLE:
            arguments["requestId"] = secrets.token_hex(8)
        for _ in range(SLOW_ANSWERS):
            result = await self._result(tool, arguments)
            if not result.get("isError", False):
                self._tally["calls"] += 1
                answer: dict[str, Any] = result["structuredContent"]
                return answer
            assert result["content"][0]["text"].startswith("[store-slow] "), (tool, arguments, result["content"])
            self._tally["repeated for a slow store"] += 1
        raise AssertionError((tool, arguments, "is slow again and again"))

    async def _result(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        message = modern("tools/call", name=tool, arguments=arguments)
        with anyio.fail_after(PATIENCE):
            response = await self._web.post("/mcp", json=message, headers=modern_headers(message), timeout=PATIENCE)
        assert response.status_code == 200, response.text
        result: dict[str, Any] = message_of(response)["result"]
        return result


async def stalls(url: str) -> str:
    """Begins a request and says no more. The server ends it, or the client goes after a while."""
    async with await _connected(url) as stream:
        await stream.send(b"POST /mcp HTTP/1.1\r\nHost: ")
        return await _end_of(stream, seconds=3)


async def never_reads(url: str) -> str:
    """Asks for much, again and again over one connection, and reads none of it."""
    asks = modern("tools/list")
    async with await raw_request(url, asks, modern_headers(asks)) as stream:
        with anyio.move_on_after(2), suppress(*_GONE):
            while True:
                await stream.send(_post(url, json.dumps(asks).encode(), modern_headers(asks)))
    return "went"


async def sends_garbage(url: str) -> str:
    async with await _connected(url) as stream:
        with suppress(*_GONE):
            await stream.send(b"\x16\x03\x01\x00\xff" + bytes(range(256)) * 40 + b"\r\n\r\n")
        return await _end_of(stream, seconds=3)


async def sends_half_a_line(url: str) -> str:
    """Announces a body and goes in the middle of it."""
    asks = modern("tools/list")
    body = json.dumps(asks).encode()
    async with await _connected(url) as stream:
        await stream.send(_post(url, body, modern_headers(asks))[: -len(body) // 2])
    return "went"


async def sends_five_mebibytes(url: str) -> str:
    async with web_client(url) as web:
        try:
            response = await web.post("/mcp", content=b"x" * (5 * 1024 * 1024), headers=_JSON)
        except httpx2.TransportError:  # refused before it had been sent
            return "refused"
        return _refusal(response)


async def sends_deep_json(url: str) -> str:
    async with web_client(url) as web:
        return _refusal(await web.post("/mcp", content=b"[" * 100_000 + b"]" * 100_000, headers=_JSON))


_JSON = {"content-type": "application/json"}
BAD_CLIENTS: Final[tuple[Callable[[str], Awaitable[str]], ...]] = (
    stalls,
    never_reads,
    sends_garbage,
    sends_half_a_line,
    sends_five_mebibytes,
    sends_deep_json,
)


def _refusal(response: httpx2.Response) -> str:
    assert 400 <= response.status_code < 500, response.text[:500]
    assert "Traceback" not in response.text
    return "refused"


async def _connected(url: str) -> SocketStream:
    parts = urlsplit(url)
    return await anyio.connect_tcp(str(parts.hostname), parts.port or 80)


async def _end_of(stream: SocketStream, *, seconds: float) -> str:
    """Whether the server refused within that time, or nothing came."""
    with anyio.move_on_after(seconds), suppress(*_GONE):
        async with aclosing(stream):
            answer = await stream.receive()
            assert answer.startswith(b"HTTP/1.1 4"), answer[:200]
            return "refused"
    return "went"


def _post(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    head = {"host": urlsplit(url).netloc, "content-length": str(len(body)), **_JSON, **ACCEPT, **headers}
    lines = ["POST /mcp HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode() + body
