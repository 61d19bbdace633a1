"""The server over HTTP lets in who may, and keeps the rest short."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest
from anyio.abc import SocketStream
from starlette.applications import Starlette

from copydesk.server.app import create_server
from copydesk.server.http import connections
from copydesk.server.http.access import Access
from copydesk.server.http.application import http_app
from copydesk.server.http.guard import TokenGate
from copydesk.server.serve import check_desk, working_desk
from copydesk.store.errors import CorruptStore
from copydesk.tools.catalog import register
from tests.interaction.http_server import (
    ACCEPT,
    SECONDS,
    http_here,
    initialize,
    modern,
    modern_headers,
    raw_request,
    web_client,
)

TOKEN = "kingfisher-over-the-weir"  # noqa: S105
BEARER = {"authorization": f"Bearer {TOKEN}"}
PAGE = "http://localhost:6274"
WITH_TOKEN = Access(token=TOKEN, origins=frozenset({"https://app.example.org"}))


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/mcp"), ("GET", "/mcp"), ("DELETE", "/mcp"), ("GET", "/"), ("GET", "/healthz/"), ("GET", "//healthz")],
)
async def test_everything_but_the_health_needs_the_token(project: Any, method: str, path: str) -> None:
    async with http_here(project, WITH_TOKEN) as (url, _), web_client(url) as web:
        for headers in ({}, {"authorization": "Bearer kingfisher"}, {"authorization": f"Basic {TOKEN}"}):
            answer = await web.request(method, path, headers=headers, json=initialize("2025-06-18"))
            assert (answer.status_code, answer.text) == (401, "A bearer token is needed.\n")
            challenge = 'Bearer realm="copydesk"' + (', error="invalid_token"' if headers else "")
            assert answer.headers["www-authenticate"] == challenge
            assert "mcp-session-id" not in answer.headers


async def refused(chunks: list[bytes], *, more: bool) -> list[str]:
    """What happens to a request without the token whose body is these chunks, with `more` that never comes."""
    happened: list[str] = []

    async def receive() -> dict[str, Any]:
        if len(chunks) == happened.count("chunk"):
            await anyio.sleep_forever()
        happened.append("chunk")
        number = happened.count("chunk")
        return {"type": "http.request", "body": chunks[number - 1], "more_body": more or number < len(chunks)}

    async def send(message: Any) -> None:
        happened.append(str(message.get("status", "end")))

    scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": []}
    with anyio.fail_after(SECONDS):
        await TokenGate(Starlette(), access=WITH_TOKEN)(scope, receive, send)
    return happened


async def test_short_body_without_the_token_is_read_before_the_connection_is_closed() -> None:
    assert await refused([b"{", b"}"], more=False) == ["chunk", "chunk", "401", "end"]


async def test_long_or_slow_body_without_the_token_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await refused([b"x" * 50_000] * 9, more=True) == ["chunk", "chunk", "401", "end"]
    monkeypatch.setattr("copydesk.server.http.guard._REFUSED_SECONDS", 0.05)
    assert await refused([b"{"], more=True) == ["chunk", "401", "end"]


async def test_health_is_told_without_the_token_and_nothing_else_with_it(project: Any) -> None:
    async with http_here(project, WITH_TOKEN) as (url, _), web_client(url) as web:
        answer = await web.get("/healthz")
        assert (answer.status_code, answer.text) == (200, "ok\n")
        assert (await web.post("/healthz")).status_code == 405
        assert (await web.get("/", headers=BEARER)).status_code == 404


async def test_who_bears_the_token_is_served_in_both_eras(project: Any) -> None:
    request = modern("tools/list")
    async with http_here(project, WITH_TOKEN) as (url, _), web_client(url, **BEARER) as web:
        assert (await web.post("/mcp", json=initialize("2025-06-18"))).status_code == 200
        assert (await web.post("/mcp", json=request, headers=modern_headers(request))).status_code == 200


async def health_of(app: Starlette) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as web:
        return await web.get("/healthz")


async def test_health_is_503_while_the_desk_is_not_there_or_its_store_cannot_be_used(project: Any) -> None:
    async def fails(_desk: object) -> None:
        message = "The file is damaged at page 3."
        raise CorruptStore(message)

    def app(check: Any) -> Starlette:
        return http_app(create_server(lambda: working_desk(project), register), Access(), check=check)

    for check, is_open, status in ((check_desk, False, 503), (fails, True, 503), (check_desk, True, 200)):
        asked = app(check)
        if not is_open:
            answer = await health_of(asked)
        else:
            async with asked.router.lifespan_context(asked):
                answer = await health_of(asked)
        assert (answer.status_code, "damaged" in answer.text) == (status, False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.test"}, 421),
        ({"host": "evil.test", "origin": "http://evil.test"}, 421),
        ({"origin": "http://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": PAGE}, 200),
    ],
)
async def test_websites_cannot_reach_the_server(project: Any, headers: dict[str, str], status: int) -> None:
    async with http_here(project) as (url, _), web_client(url) as web:
        for path in ("/mcp", "/healthz"):
            method, body = ("POST", initialize("2025-06-18")) if path == "/mcp" else ("GET", None)
            answer = await web.request(method, path, headers=headers, json=body)
            assert answer.status_code == status
            allowed = PAGE if headers.get("origin") == PAGE else None
            assert answer.headers.get("access-control-allow-origin") == allowed


@pytest.mark.parametrize("origin", [PAGE, "https://app.example.org"])
async def test_allowed_page_may_ask_first_and_read_the_session_and_the_refusal(project: Any, origin: str) -> None:
    asks = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name",
    }
    async with http_here(project, WITH_TOKEN) as (url, _), web_client(url) as web:
        may = await web.options("/mcp", headers=asks)
        refused = await web.post("/mcp", headers={"origin": origin}, json=initialize("2025-06-18"))
        served = await web.post("/mcp", headers={"origin": origin, **BEARER}, json=initialize("2025-06-18"))
    assert (may.status_code, may.headers["access-control-allow-origin"]) == (200, origin)
    assert "mcp-session-id" in may.headers["access-control-allow-headers"]
    assert {"GET", "POST", "DELETE"} <= set(may.headers["access-control-allow-methods"].split(", "))
    assert "access-control-allow-credentials" not in may.headers
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, origin)
    assert "Mcp-Session-Id" in served.headers["access-control-expose-headers"]
    assert served.headers["mcp-session-id"]


async def test_page_that_is_not_allowed_may_not_even_ask(project: Any) -> None:
    asks = {"origin": "https://evil.test", "access-control-request-method": "POST"}
    async with http_here(project, WITH_TOKEN) as (url, _), web_client(url) as web:
        answer = await web.options("/mcp", headers=asks)
    assert answer.status_code == 403
    assert not {name for name in answer.headers if name.startswith("access-control")}


@pytest.mark.parametrize("headers", [{}, {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call"}])
async def test_body_beyond_4_mib_is_refused_in_both_eras(project: Any, headers: dict[str, str]) -> None:
    body = json.dumps({**initialize("2025-06-18"), "padding": "x" * 4 * 1024 * 1024})
    async with http_here(project) as (url, _), web_client(url, **{"content-type": "application/json"}) as web:
        answer = await web.post("/mcp", content=body, headers=headers)
        assert answer.status_code == 413
        assert (await web.get("/healthz")).status_code == 200


async def test_head_that_does_not_end_is_refused(project: Any) -> None:
    async with http_here(project) as (url, _):
        parts = urlsplit(url)
        stream = await anyio.connect_tcp(str(parts.hostname), parts.port or 0)
        async with stream:
            await stream.send(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 40_000)
            with anyio.fail_after(SECONDS):
                assert (await stream.receive()).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HT"])
async def test_connection_on_which_no_request_comes_is_closed(
    project: Any, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.05)
    async with http_here(project) as (url, _):
        parts = urlsplit(url)
        async with await anyio.connect_tcp(str(parts.hostname), parts.port or 0) as stream:
            if sent:
                await stream.send(sent)
            with anyio.fail_after(SECONDS), pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
                await stream.receive()


async def test_body_that_never_arrives_is_not_waited_for(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copydesk.server.http.guard._BODY_SECONDS", 0.05)
    async with http_here(project) as (url, _):
        stream = await raw_request(url, initialize("2025-06-18"), {"content-length": "100000"})
        async with stream:
            with anyio.fail_after(SECONDS):
                answer = b"".join([chunk async for chunk in stream])
    assert answer.startswith(b"HTTP/1.1 408 ")


async def send_for_ever(stream: SocketStream, request: bytes) -> None:
    while True:
        await stream.send(request)


async def test_connection_whose_answers_are_never_read_is_closed(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STALLED_SECONDS", 0.2)
    request = modern("tools/list")
    head = "".join(f"{name}: {value}\r\n" for name, value in {**ACCEPT, **modern_headers(request)}.items())
    body = json.dumps(request)
    asks = f"POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{head}"
    one = f"{asks}content-length: {len(body)}\r\n\r\n{body}".encode()
    async with http_here(project) as (url, _):
        parts = urlsplit(url)
        async with await anyio.connect_tcp(str(parts.hostname), parts.port or 0) as stream:
            with anyio.fail_after(SECONDS), pytest.raises(anyio.BrokenResourceError):
                await send_for_ever(stream, one)
        async with web_client(url) as web:
            assert (await web.get("/healthz")).status_code == 200


async def test_client_over_http_is_named_as_who_asked_in_both_eras(project: Any) -> None:
    call = modern("tools/call", name="generate", arguments={"page": "home", "writer": "outline"})
    async with http_here(project) as (url, desk), web_client(url) as web:
        answer = await web.post("/mcp", json=call, headers=modern_headers(call))
        assert answer.status_code == 200
        begun = await web.post("/mcp", json=initialize("2025-06-18"))
        session = {"mcp-session-id": begun.headers["mcp-session-id"], "mcp-protocol-version": "2025-06-18"}
        await web.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=session)
        legacy = {"name": "generate", "arguments": {"page": "repairs", "writer": "outline"}}
        await web.post(
            "/mcp", json={"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": legacy}, headers=session
        )
        rows = await desk.store.read(lambda db: db.rows("SELECT started_by FROM operations", {}))
    assert [tuple(row) for row in rows] == [("raw-lines",), ("raw-lines",)]
