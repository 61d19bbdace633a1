"""The real server over HTTP on a real desk, with the tools of the conformance suite beside its own.

`python -m tests.conformance.fixture_server FOLDER` prints the address and serves until its standard input is closed.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread

from copydesk.content.desk import Desk
from copydesk.content.project import Project
from copydesk.server.app import create_server
from copydesk.server.http.access import read_access
from copydesk.server.http.running import listening, resolve, serve_http
from copydesk.server.serve import working_desk
from copydesk.tools.tasks.creating import ENQUEUING
from copydesk.tools.tasks.extension import TasksExtension
from tests.conformance.fixture_desk import SITE, FixtureWriter
from tests.conformance.fixture_tools import TOOLS, FixtureTasks, register

_HOST = "127.0.0.1"


async def serve(folder: Path) -> None:
    """Serve until standard input is closed."""
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    writer = FixtureWriter()

    @asynccontextmanager
    async def open_desk() -> AsyncIterator[Desk]:
        async with working_desk(Project(folder), {"concurrency": 100}, writers={writer.name: writer}) as desk:
            yield desk

    tasks = TasksExtension(FixtureTasks(writer), tools=ENQUEUING | set(TOOLS))
    server = create_server(open_desk, register, tasks=tasks)
    ending = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(_end_at_eof, ending)
        with listening(*resolve(_HOST, 0)) as listener:
            access = read_access(address=_HOST, host=_HOST, environment={})
            await serve_http(server, listener, access, ending=ending, started=_tell)


async def _tell(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()


async def _end_at_eof(ending: anyio.Event) -> None:
    await anyio.to_thread.run_sync(sys.stdin.read)
    ending.set()


if __name__ == "__main__":
    anyio.run(serve, Path(sys.argv[1]))
