"""The web application: MCP at `/mcp`, whether all is well at `/healthz`, and the guard around both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import anyio
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from copydesk.server.http.guard import HEALTH, Requests, guard
from copydesk.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.applications import Starlette
    from starlette.requests import Request

    from copydesk.server.desk_server import DeskServer
    from copydesk.server.http.access import Access

__all__ = ["ENDPOINT", "http_app"]

ENDPOINT: Final = "/mcp"

_LARGEST_BODY: Final = 4 * 1024 * 1024
_MOST_SESSIONS: Final = 1_000
_IDLE_SECONDS: Final = 15 * 60.0
"""After which a legacy session that nobody uses is forgotten; its client then shakes hands anew."""
_HEALTH_SECONDS: Final = 2.0

DeskT = TypeVar("DeskT")


def http_app(
    server: DeskServer[DeskT],
    access: Access,
    *,
    check: Callable[[DeskT], Awaitable[object]] | None = None,
    requests: Requests | None = None,
) -> Starlette:
    """The server as an ASGI application for one process. Its lifespan holds the desk.

    `check` is asked by `/healthz` and raises a `StoreError` if the desk cannot be used. `requests` can be ended.
    """
    app = server.streamable_http_app(
        streamable_http_path=ENDPOINT,
        max_request_body_size=_LARGEST_BODY,
        max_sessions=_MOST_SESSIONS,
        session_idle_timeout=_IDLE_SECONDS,
        # The guard does this for every address, and knows names that the SDK's list cannot hold.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )

    async def health(_request: Request) -> Response:
        return await _health(server.desk, check)

    app.router.routes.append(Route(HEALTH, health, methods=["GET"]))
    guard(app, access, requests or Requests())
    return app


async def _health(desk: DeskT | None, check: Callable[[DeskT], Awaitable[object]] | None) -> Response:
    is_well = False
    if desk is not None:
        with anyio.move_on_after(_HEALTH_SECONDS):
            is_well = check is None or await _passes(check(desk))
    headers = {"cache-control": "no-store"}
    return PlainTextResponse(
        "ok\n" if is_well else "unavailable\n", status_code=200 if is_well else 503, headers=headers
    )


async def _passes(check: Awaitable[object]) -> bool:
    try:
        await check
    except StoreError:
        return False
    return True
