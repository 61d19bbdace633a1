"""The real server with a writer that fails on cue: `scripted_server.py FOLDER SCRIPT`, SCRIPT being JSON.

SCRIPT has `settings` (they win over the project's), `failures` (how often a section fails before it is written; less
than 0: always) and `code` (of those failures).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.client import ConnectMode
from mcp_types import Implementation

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from copydesk.content.briefs import Brief  # noqa: E402
from copydesk.content.desk import Desk  # noqa: E402
from copydesk.content.project import Project  # noqa: E402
from copydesk.content.writers.base import Answer, Correction, Estimate, Permanent, Usage, Written  # noqa: E402
from copydesk.server.app import create_server  # noqa: E402
from copydesk.server.desk_server import DeskServer  # noqa: E402
from copydesk.server.serve import working_desk  # noqa: E402
from copydesk.server.stdio import serve_stdio  # noqa: E402
from copydesk.tools.catalog import register  # noqa: E402
from tests.interaction.filling import fields_for  # noqa: E402

_KNOWN: Final = Implementation(name="follower", version="1")
_SECONDS: Final = 0.2
"""How long a section takes: a start has answered before its first section is there."""


@dataclass(frozen=True, slots=True)
class Script:
    """What the server is told before a test."""

    settings: Mapping[str, object] = field(default_factory=lambda: {"writer": "scripted"})
    failures: Mapping[str, int] = field(default_factory=dict)
    code: str = "unavailable"

    @property
    def as_json(self) -> str:
        return json.dumps({"settings": dict(self.settings), "failures": dict(self.failures), "code": self.code})


@dataclass(slots=True)
class ScriptedWriter:
    """Writes what the schema asks for; its copy is no draft. Each section fails as often as the script says."""

    script: Script
    name: str = "scripted"
    is_draft: bool = False
    seconds: float = _SECONDS
    failed: Counter[str] = field(default_factory=Counter)

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        await anyio.sleep(self.seconds)
        place = f"{brief.route.id}/{brief.section.id}"
        times = self.script.failures.get(place, self.script.failures.get("*", 0))
        if times < 0 or self.failed[place] < times:
            self.failed[place] += 1
            stops: Any = "key" if self.script.code == "wrong-key" else None
            return Permanent(self.script.code, f"The provider has no words for {place} today.", stops)
        return Written(fields_for(brief.schema.schema), Usage(400, 100, None), "scripted-1")

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate(400, 100, self.seconds)


def scripted_server(folder: Path, script: Script, *, seconds: float = _SECONDS) -> DeskServer[Desk]:
    writers = {"scripted": ScriptedWriter(script, seconds=seconds)}

    def open_desk() -> AbstractAsyncContextManager[Desk]:
        return working_desk(Project(folder), dict(script.settings), writers=writers)

    return create_server(open_desk, register)


@asynccontextmanager
async def over_stdio(folder: Path, script: Script, era: ConnectMode = "legacy") -> AsyncIterator[Client]:
    """A client of the server in a process of its own."""
    server = StdioServerParameters(command=sys.executable, args=[__file__, str(folder), script.as_json])
    async with Client(server, mode=era, client_info=_KNOWN) as client:
        yield client


@asynccontextmanager
async def in_memory(folder: Path, script: Script, *, seconds: float = _SECONDS) -> AsyncIterator[Client]:
    """The same client and server in this process; a section takes so many seconds."""
    async with Client(scripted_server(folder, script, seconds=seconds), mode="legacy", client_info=_KNOWN) as client:
        yield client


if __name__ == "__main__":
    anyio.run(serve_stdio, scripted_server(Path(sys.argv[1]), Script(**json.loads(sys.argv[2]))))
