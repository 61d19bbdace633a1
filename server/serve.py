"""Serving one project over either transport: from its name to the server that runs until it is told to go."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio

from copydesk.content.desk import Desk, open_desk
from copydesk.content.errors import ContentError
from copydesk.content.project import Project, find_project
from copydesk.content.secrets import redact
from copydesk.content.settings import load_settings
from copydesk.server.app import create_server
from copydesk.server.desk_server import DeskServer
from copydesk.server.secrecy import keep_secrets
from copydesk.server.stdio import serve_stdio
from copydesk.store import operations
from copydesk.tools.catalog import register

if TYPE_CHECKING:
    from copydesk.content.writers.base import Writer
    from copydesk.server.http.process import Listen, Listening

__all__ = ["check_desk", "project_server", "run_http", "run_stdio", "serve_project", "working_desk"]

_WRONG_USE = 2
"""The exit code for a project or settings that cannot be used."""


def run_stdio(project: str | None, overrides: dict[str, object]) -> None:
    """Serve the project (else it is looked for) until the client goes. Exits with 2 and a sentence without one."""
    keep_secrets()
    try:
        found = find_project(project)
        load_settings(found.settings_file, overrides=overrides)
    except ContentError as error:
        sys.stderr.write(f"copydesk: {redact(str(error))}\n")
        raise SystemExit(_WRONG_USE) from error
    anyio.run(serve_project, found, overrides)


def run_http(
    project: str | None,
    overrides: dict[str, object],
    listen: Listen,
    started: Callable[[Project, Listening], Awaitable[None]],
) -> None:
    """Serve the project over HTTP until a signal ends the process; `started` is told what clients have to know.

    Raises `ContentError` and `StoreError`, maybe in a group of one.
    """
    from copydesk.server.http.process import serve_until_signal  # noqa: PLC0415 - standard input needs no HTTP server

    keep_secrets()
    found = find_project(project)
    load_settings(found.settings_file, overrides=overrides)

    async def serve() -> None:
        server = project_server(found, overrides)
        await serve_until_signal(server, listen, started=lambda it: started(found, it), check=check_desk)

    anyio.run(serve)


async def check_desk(desk: Desk) -> None:
    """Read something that every operation has to read. Raises `StoreError` if the store cannot be used."""
    await desk.store.read(operations.latest)


async def serve_project(project: Project, overrides: Mapping[str, object]) -> None:
    """Serve one client over standard input and output. `overrides` are settings that win over the project's own."""
    await serve_stdio(project_server(project, overrides))


def project_server(project: Project, overrides: Mapping[str, object] | None = None) -> DeskServer[Desk]:
    """The project's MCP server, with every tool. Its desk opens with the transport."""
    return create_server(lambda: working_desk(project, overrides), register)


@asynccontextmanager
async def working_desk(
    project: Project,
    overrides: Mapping[str, object] | None = None,
    *,
    writers: Mapping[str, Writer] | None = None,
) -> AsyncIterator[Desk]:
    """The project's desk, with a worker that begins at the first request unless the settings turn it off."""
    opening = open_desk(project, settings=overrides, writers=writers, worker=False)
    async with opening as desk, anyio.create_task_group() as tasks:
        if desk.settings.worker:
            await tasks.start(desk.work_once_woken)
        tasks.start_soon(_read_ahead, desk)
        yield desk
        tasks.cancel_scope.cancel()


async def _read_ahead(desk: Desk) -> None:
    """Read the site while the client shakes hands, so that the first call finds it read."""
    with suppress(ContentError):  # an invalid site is told to whoever asks for something
        await desk.snapshot()
