"""Serving the preview to a browser on this machine: pages, the events that keep them up to date, and nothing else.

No request names a file: a page is looked up in the site definition by its id. The server listens on the loopback
address alone and answers only to its names, so that no website can reach it through a name of its own (DNS rebinding).
"""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio
import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route as Address

from copydesk.content.definition.suggestions import nearest
from copydesk.content.errors import ContentError
from copydesk.content.preview.pages import SCRIPT_FILE, index_html, message_html, page_html, script, security_policy
from copydesk.content.preview.progress import pulses, read_version
from copydesk.content.preview.reading import read_index, read_page
from copydesk.content.preview.views import MessageView, SiteHead, page_file
from copydesk.server.http.access import host_name
from copydesk.store.errors import StoreError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from copydesk.content.definition.models import Route, Site
    from copydesk.content.desk import Desk
    from copydesk.content.preview.progress import Pulse
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

__all__ = ["preview_app", "serve_preview"]

LOOPBACK: Final = "127.0.0.1"
_NAMES: Final = {"127.0.0.1", "localhost", "::1"}
_HEADERS: Final = {
    "content-security-policy": f"{security_policy(live=True)}; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_MOST_CONNECTIONS: Final = 64
_GRACE_SECONDS: Final = 2
"""How long a stopping server waits for answers under way; its event streams end by themselves at once."""

Started: TypeAlias = Callable[[str], Awaitable[None]]


async def serve_preview(desk: Desk, *, port: int, started: Started, ending: anyio.Event) -> None:
    """Serve until `ending`; `started` is told the address. Port 0 is any that is free.

    Raises `ContentError` (port-unavailable).
    """
    with _listening(port) as listener:
        server = _Server(_settings(preview_app(desk, ending=ending)))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop_at, ending, server)
            # The socket listens already: who comes before the server runs waits a moment.
            await started(f"http://{LOOPBACK}:{listener.getsockname()[1]}/")
            await server.serve(sockets=[listener])
            tasks.cancel_scope.cancel()


def preview_app(desk: Desk, *, ending: anyio.Event) -> ASGIApp:
    """The ASGI application. Its event streams end at `ending`."""
    pages = _Pages(desk, ending)
    addresses = [
        Address("/", pages.index),
        Address("/index.html", pages.index),
        Address("/page-{page}.html", pages.page),
        Address(f"/{SCRIPT_FILE}", pages.script),
        Address("/events", pages.events),
    ]
    troubles = {404: pages.not_found, ContentError: pages.trouble, StoreError: pages.trouble}
    return _Guard(Starlette(routes=addresses, exception_handlers=troubles))


class _Pages:
    """What is answered at each address."""

    def __init__(self, desk: Desk, ending: anyio.Event) -> None:
        self._desk = desk
        self._ending = ending

    async def index(self, _request: Request) -> Response:
        snapshot = await self._desk.snapshot()
        return await self._answer(_index, snapshot.site, snapshot.hash)

    async def page(self, request: Request) -> Response:
        snapshot = await self._desk.snapshot()
        route = snapshot.site.routes_by_id.get(request.path_params["page"])
        if route is None:
            return _not_found(snapshot.site, request.path_params["page"])
        return await self._answer(_page, snapshot.site, snapshot.hash, route)

    async def script(self, _request: Request) -> Response:
        return Response(script(), media_type="text/javascript")

    async def events(self, _request: Request) -> Response:
        return StreamingResponse(_events(self._desk, self._ending), media_type="text/event-stream")

    async def not_found(self, request: Request, _error: Exception) -> Response:
        wanted = request.url.path.rpartition("/")[2].removesuffix(".html").removeprefix("page-")
        return _not_found((await self._desk.snapshot()).site, wanted)

    async def trouble(self, _request: Request, error: Exception) -> Response:
        """The site is invalid or the store out of reach: the page says why, and is exchanged once it is mended."""
        view = MessageView("There is nothing to show right now", tuple(str(error).splitlines()))
        return HTMLResponse(message_html(view, version=""), status_code=503)

    async def _answer(self, make: Callable[..., str], site: Site, definition: str, *more: Route) -> Response:
        return HTMLResponse(await self._desk.store.read(make, site, definition, *more, at=self._desk.now()))


def _index(db: Database, site: Site, definition: str, *, at: Moment) -> str:
    return index_html(read_index(db, site, at=at), version=read_version(db, definition))


def _page(db: Database, site: Site, definition: str, route: Route, *, at: Moment) -> str:
    return page_html(read_page(db, site, route, at=at), version=read_version(db, definition))


def _not_found(site: Site, wanted: str) -> Response:
    near = nearest(wanted, site.routes_by_id)
    links = [] if near is None else [(page_file(near), f"Did you mean {site.routes_by_id[near].title}?")]
    view = MessageView(
        "There is no such page",
        (f"The site {site.title} has no page here.",),
        (*links, ("index.html", "All pages")),
        site=SiteHead(site.title),
    )
    return HTMLResponse(message_html(view, version=""), status_code=404)


async def _events(desk: Desk, ending: anyio.Event) -> AsyncIterator[str]:
    async for pulse in pulses(desk, ending=ending):
        # A comment, when nothing has changed, shows the connection that somebody is still there.
        yield ":\n\n" if pulse is None else f"data: {_as_json(pulse)}\n\n"


def _as_json(pulse: Pulse) -> str:
    return json.dumps(asdict(pulse))


class _Guard:
    """Lets in only who asks by a loopback name, and only to read; puts the headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        if scope["type"] != "http":
            return
        refusal = _refusal(Request(scope))
        await (refusal or self._app)(scope, receive, send_with_headers)


def _refusal(request: Request) -> Response | None:
    if host_name(request.headers.getlist("host")) not in _NAMES:
        text = "This preview answers only to 127.0.0.1 and localhost. Open the address that copydesk preview printed.\n"
        return PlainTextResponse(text, status_code=421)
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse("The preview can only be read.\n", status_code=405, headers={"allow": "GET, HEAD"})
    return None


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the command that runs this server: it says when to end."""
        yield


def _settings(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


async def _stop_at(ending: anyio.Event, server: uvicorn.Server) -> None:
    await ending.wait()
    server.should_exit = True


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        message = f"The preview cannot listen on port {port}: {reason}. Choose another --port, or none for any."
        raise ContentError("port-unavailable", message) from error
    with listener:
        yield listener
