"""The process that serves over HTTP: what it listens on, and how signals end it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import anyio
from anyio.abc import TaskGroup, TaskStatus

from copydesk.server.http.access import read_access
from copydesk.server.http.running import listening, resolve, serve_http
from copydesk.server.leaving import leave

if TYPE_CHECKING:
    from copydesk.server.desk_server import DeskServer

__all__ = ["Listen", "Listening", "serve_until_signal"]

_END_SECONDS: Final = 0.7
"""How long a signal waits for everything to end properly. The desk is released in the first half of it."""

DeskT = TypeVar("DeskT")


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen, and who may talk to it. Port 0 is any that is free."""

    host: str
    port: int
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listening:
    """What a client has to know of a server that listens."""

    url: str
    needs_token: bool
    is_local: bool
    """Whether only this machine reaches it."""


async def serve_until_signal(
    server: DeskServer[DeskT],
    listen: Listen,
    *,
    started: Callable[[Listening], Awaitable[None]],
    check: Callable[[DeskT], Awaitable[object]] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then end the process: within a second, and at once at a second signal.

    Raises `ContentError` if it cannot listen there, may not, or the desk cannot be opened; `StoreError` too.
    """
    family, address = resolve(listen.host, listen.port)
    access = read_access(
        address=address[0],
        host=listen.host,
        allowed_hosts=listen.allowed_hosts,
        allowed_origins=listen.allowed_origins,
    )

    async def tell(url: str) -> None:
        await started(Listening(url, needs_token=access.token is not None, is_local=not access.any_address))

    with listening(family, address) as listener:
        ending = anyio.Event()
        async with anyio.create_task_group() as tasks:
            await tasks.start(_end_at_signal, server, ending, tasks)
            await serve_http(server, listener, access, ending=ending, started=tell, check=check)
            leave(server)


async def _end_at_signal(
    server: DeskServer[DeskT],
    ending: anyio.Event,
    tasks: TaskGroup,
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    if sys.platform == "win32":  # there Ctrl-C is an exception, and nothing else asks a process to stop
        task_status.started()
        return
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            if ending.is_set():
                leave(server)
            ending.set()
            tasks.start_soon(_leave_in_time, server)


async def _leave_in_time(server: DeskServer[DeskT]) -> None:
    await anyio.sleep(_END_SECONDS)
    leave(server)
