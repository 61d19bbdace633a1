"""Listening, and serving until told to end: within a second, whatever clients do."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio
import uvicorn
from anyio.abc import TaskGroup

from copydesk.content.errors import ContentError
from copydesk.server.http.application import ENDPOINT, http_app
from copydesk.server.http.connections import BoundedConnection
from copydesk.server.http.guard import Requests

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from copydesk.server.desk_server import DeskServer
    from copydesk.server.http.access import Access

__all__ = ["endpoint_of", "listening", "resolve", "serve_http"]

_MOST_CONNECTIONS: Final = 256
_KEEP_ALIVE_SECONDS: Final = 15
_LARGEST_HEAD: Final = 32 * 1024
_GRACE_SECONDS: Final = 1
"""How long connections may take to close; who is told by a signal does not wait so long."""
_BACKLOG: Final = 128

DeskT = TypeVar("DeskT")
SocketAddress = tuple[Any, ...]


async def serve_http(
    server: DeskServer[DeskT],
    listener: socket.socket,
    access: Access,
    *,
    ending: anyio.Event,
    started: Callable[[str], Awaitable[None]] | None = None,
    check: Callable[[DeskT], Awaitable[object]] | None = None,
) -> None:
    """Serve on the listening socket until `ending`; `started` is told the URL of the MCP endpoint.

    At the end the desk is released at once, while requests under way are cancelled: the SDK may take a second for
    that. Raises what kept the desk from opening or broke it.
    """
    requests = Requests()
    app = http_app(server, access, check=check, requests=requests)
    web = _Server(_settings(app))
    async with anyio.create_task_group() as tasks:
        try:
            async with app.router.lifespan_context(app):
                tasks.start_soon(_serve, web, listener, tasks)
                if started is not None:
                    # The socket listens already: who comes before the server runs waits a moment.
                    await started(endpoint_of(listener))
                await ending.wait()
                server.let_go()
                requests.end()
        finally:
            requests.end()
            web.should_exit = True


async def _serve(web: uvicorn.Server, listener: socket.socket, tasks: TaskGroup) -> None:
    await web.serve(sockets=[listener])
    tasks.cancel_scope.cancel()


def resolve(host: str, port: int) -> tuple[socket.AddressFamily, SocketAddress]:
    """The address to listen on. Raises `ContentError` (port-unavailable)."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, OverflowError, UnicodeError) as error:
        message = f"There is no address of this machine called {host!r}. Choose another --host, for example 127.0.0.1."
        raise ContentError("port-unavailable", message) from error
    # Clients that are told `localhost` try IPv4 more often than IPv6 only.
    family, _, _, _, address = min(found, key=lambda one: one[0] is not socket.AF_INET)
    return family, address


@contextmanager
def listening(family: socket.AddressFamily, address: SocketAddress) -> Iterator[socket.socket]:
    """A socket that listens. Raises `ContentError` (port-unavailable)."""
    is_dual = family is socket.AF_INET6 and address[0] == "::" and socket.has_dualstack_ipv6()
    try:
        listener = socket.create_server(address, family=family, backlog=_BACKLOG, dualstack_ipv6=is_dual)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        where = f"{address[0]} port {address[1]}"
        message = f"The server cannot listen on {where}: {reason}. Choose another --port, or 0 for any."
        raise ContentError("port-unavailable", message) from error
    with listener:
        yield listener


def endpoint_of(listener: socket.socket) -> str:
    """The URL of the MCP endpoint, for a client on this machine if it listens everywhere."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  not to listen on
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{ENDPOINT}"


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the process that runs this server: it says when to end."""
        yield


def _settings(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
    )
