"""The real server of a project over standard input and output, whose writer falls silent after so many sections.

From then on it holds whatever it has claimed, as with a provider that hangs: `hanging_server.py PROJECT SECTIONS`.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from copydesk.content.briefs import Brief
from copydesk.content.desk import Desk
from copydesk.content.project import Project
from copydesk.content.writers.base import Answer, Correction, Estimate
from copydesk.content.writers.outline import OutlineWriter
from copydesk.server.app import create_server
from copydesk.server.serve import working_desk
from copydesk.server.stdio import serve_stdio
from copydesk.tools.catalog import register


class FallingSilent:
    """Writes `left` sections as `outline` does; takes further ones and answers for none."""

    name = "outline"
    is_draft = True

    def __init__(self, left: int) -> None:
        self._left = left
        self._outline = OutlineWriter()

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        if not self._left:
            await anyio.sleep_forever()
        self._left -= 1
        return await self._outline.write(brief, correction)

    def estimate(self, brief: Brief) -> Estimate:
        return self._outline.estimate(brief)


@asynccontextmanager
async def open_desk() -> AsyncIterator[Desk]:
    writer = FallingSilent(int(sys.argv[2]))
    async with working_desk(Project(Path(sys.argv[1])), writers={"outline": writer}) as desk:
        yield desk


if __name__ == "__main__":
    anyio.run(serve_stdio, create_server(open_desk, register))
