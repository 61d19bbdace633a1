"""What stands between the network and the server: each request passes these layers from the outside in.

`Endable`, `Door` (its name, the web page that asks), CORS for the pages that may, `TokenGate`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import anyio
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from copydesk.server.http.access import LOOPBACK_ORIGIN, host_name

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from copydesk.server.http.access import Access

__all__ = ["HEALTH", "Requests", "guard"]

HEALTH: Final = "/healthz"
"""The one address that needs no token."""

_LONGEST_NAME: Final = 100
_BODY_SECONDS: Final = 30.0
"""How long a request's body may take to arrive: 4 MiB at most."""
_REFUSED_BODY: Final = 64 * 1024
_REFUSED_SECONDS: Final = 1.0
"""How much of a body is read, and how long, that comes without the token."""
_FAREWELL_SECONDS: Final = 0.1
"""How long a client that reads no more may delay the end of its stream."""


class Requests:
    """The requests under way. At the end of the server they are cancelled; new ones are refused."""

    def __init__(self) -> None:
        self._under_way: set[anyio.CancelScope] = set()
        self.is_over = False

    def end(self) -> None:
        self.is_over = True
        for scope in self._under_way:
            scope.cancel()

    @contextmanager
    def one(self) -> Iterator[anyio.CancelScope]:
        """Within it, `end` cancels."""
        with anyio.CancelScope() as scope:
            self._under_way.add(scope)
            try:
                yield scope
            finally:
                self._under_way.discard(scope)


def guard(app: Starlette, access: Access, requests: Requests) -> None:
    """Put all layers around the application."""
    app.add_middleware(TokenGate, access=access)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted(access.origins),
        allow_origin_regex=LOOPBACK_ORIGIN,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["*"],
        expose_headers=["Mcp-Session-Id", "Mcp-Protocol-Version", "WWW-Authenticate", "Retry-After"],
    )
    app.add_middleware(Door, access=access)
    app.add_middleware(Endable, requests=requests)


class Endable:
    """Ends what is under way when the server ends, and what never arrives: streams properly, the rest with a status."""

    def __init__(self, app: ASGIApp, *, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._requests.is_over:
            await _unavailable()(scope, receive, send)
            return
        response = _Sent(send)
        with self._requests.one() as request, suppress(ClientDisconnect):  # who goes amid its body is told nothing
            await self._app(scope, _Prompt(receive, request), response)
        if request.cancelled_caught:
            with anyio.move_on_after(_FAREWELL_SECONDS):
                await self._say_farewell(response, scope, receive)

    async def _say_farewell(self, response: _Sent, scope: Scope, receive: Receive) -> None:
        if not response.has_begun:
            await (_unavailable() if self._requests.is_over else _too_slow())(scope, receive, response)
        elif response.is_stream:
            await response({"type": "http.response.body", "body": b"", "more_body": False})


class _Sent:
    """Sends, and knows what has been sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False
        self.is_stream = False
        self.is_complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            self.is_stream = all(name.lower() != b"content-length" for name, _ in message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.is_complete = not message.get("more_body", False)
        await self._send(message)


class _Prompt:
    """Receives a body that arrives in time, and gives up the request if it does not."""

    def __init__(self, receive: Receive, request: anyio.CancelScope) -> None:
        self._receive = receive
        self._request = request
        self._deadline: float | None = anyio.current_time() + _BODY_SECONDS

    async def __call__(self) -> Message:
        if self._deadline is None:
            return await self._receive()
        with anyio.move_on_at(self._deadline):
            message = await self._receive()
            if not message.get("more_body", False):
                self._deadline = None
            return message
        self._request.cancel()
        return {"type": "http.disconnect"}


class Door:
    """Lets in who asks by one of the server's names (else a website could, by DNS rebinding), from a page that may."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Request(scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        hosts = request.headers.getlist("host")
        if not self._access.admits_host(hosts):
            name = (host_name(hosts) or "")[:_LONGEST_NAME]
            advice = f"this server is not started with --allow-host {name}" if name else "the request names no host"
            return PlainTextResponse(f"Invalid Host header: {advice}.\n", status_code=421)
        if not self._access.admits_origin(request.headers.getlist("origin")):
            text = "Invalid Origin header: this server is not started with --allow-origin for that page.\n"
            return PlainTextResponse(text, status_code=403)
        return None


class TokenGate:
    """Lets in who bears the token. Its answer says nothing about what is behind it, nor how wrong the token was."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Request(scope)) if scope["type"] == "http" else None
        if refusal is not None:
            await _read_short_body(receive)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        headers = request.headers.getlist("authorization")
        if request.scope["path"] == HEALTH or self._access.admits_token(headers):
            return None
        challenge = 'Bearer realm="copydesk"' + (', error="invalid_token"' if headers else "")
        # The connection is closed, so that nobody sends a long body for nothing or guesses on for free.
        answers = {"www-authenticate": challenge, "connection": "close", "cache-control": "no-store"}
        return PlainTextResponse("A bearer token is needed.\n", status_code=401, headers=answers)


async def _read_short_body(receive: Receive) -> None:
    """A connection that is closed on a body still to come is reset, and its client may never see the answer."""
    read = 0
    with anyio.move_on_after(_REFUSED_SECONDS):
        while read < _REFUSED_BODY:
            message = await receive()
            read += len(message.get("body", b""))
            if not message.get("more_body", False):
                return


def _too_slow() -> Response:
    text = f"The request did not arrive within {_BODY_SECONDS:.0f} seconds.\n"
    return PlainTextResponse(text, status_code=408, headers={"connection": "close"})


def _unavailable() -> Response:
    return PlainTextResponse(
        "The server is stopping.\n", status_code=503, headers={"retry-after": "2", "connection": "close"}
    )
