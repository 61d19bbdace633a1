"""Serve over standard input and output, and leave cleanly however the client goes: EOF, SIGTERM, SIGINT.

The SDK's own `run()` dies at SIGTERM without running a `finally`, and hangs at SIGINT until stdin is closed: a thread
of its transport is blocked in reading stdin, which nothing can interrupt. So this runner cancels the server itself,
waits until the desk is released, and then ends the process under that thread. Clients send SIGTERM about two seconds
after they closed stdin and SIGKILL two seconds later; the bounds here fit well into that.
"""

from __future__ import annotations

import signal
import sys
from typing import Any

import anyio
from anyio.abc import TaskStatus

from copydesk.server.desk_server import DeskServer
from copydesk.server.leaving import leave

__all__ = ["serve_stdio"]

_RELEASE_SECONDS = 1.0
"""How long a signal waits for the desk to be released."""
_TRANSPORT_SECONDS = 0.5
"""How long the transport may take to end once the desk is released: at EOF it ends by itself."""


async def serve_stdio(server: DeskServer[Any]) -> None:
    """Serve one client until it goes, by EOF or a signal, then end the process.

    The exit status is 0, or 1 when the desk could not be opened or broke; then standard error says why. Nothing is
    left to do by then, and clearing all modules away would take the interpreter half a second of the client's time.
    """
    async with anyio.create_task_group() as tasks:
        serving = anyio.CancelScope()
        await tasks.start(_stop_at_signal, server, serving)
        tasks.start_soon(_leave_when_released, server)
        with serving:
            await _serve(server)
            leave(server)


async def _serve(server: DeskServer[Any]) -> None:
    try:
        await server.run_stdio_async()
    except* (BrokenPipeError, ConnectionResetError):
        pass  # the client is gone, and nobody is left to tell
    finally:
        if server.failure is not None:
            leave(server)


async def _stop_at_signal(
    server: DeskServer[Any], serving: anyio.CancelScope, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    if sys.platform == "win32":  # no such signals there: hosts close stdin, then terminate the process
        task_status.started()
        return
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            serving.cancel()
            with anyio.move_on_after(_RELEASE_SECONDS):
                await server.wait_released()
            leave(server)


async def _leave_when_released(server: DeskServer[Any]) -> None:
    """Without a desk there is nothing left to serve. Normally the transport ends first, and all with it."""
    await server.wait_released()
    await anyio.sleep(_TRANSPORT_SECONDS)
    leave(server)
