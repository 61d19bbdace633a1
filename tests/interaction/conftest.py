"""A small site, and MCP clients that talk to the real server of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import anyio.lowlevel
import jsonschema
import pytest
from mcp import Client
from mcp.client.client import ConnectMode
from mcp_types import Implementation, TextContent

from copydesk.content.briefs import Brief
from copydesk.content.desk import Desk
from copydesk.content.project import Project
from copydesk.content.writers.base import Answer, Correction, Estimate, Permanent, Written
from copydesk.server.app import create_server
from copydesk.server.serve import working_desk
from copydesk.store.database import Database
from copydesk.tools.catalog import register

SECONDS = 30
"""Generous for a busy machine; nothing waits for it when all is well."""

SITE = """\
site: {id: tern, title: Tern Bicycles, description: A workshop by the sea}
templates:
  hero:
    description: The first thing one sees
    prompt: Say what the page is about.
    schema: {type: object, required: [headline], properties: {headline: {type: string, minLength: 3}}}
routes:
  - id: home
    path: /
    title: Home
    sections:
      - {id: hero, template: hero}
      - {id: why, template: hero}
      - {id: legal, template: hero, content: "Fixed words."}
  - id: repairs
    path: /repairs
    title: Repairs
    sections:
      - {id: hero, template: hero}
      - {id: prices, template: hero}
"""
"""Four sections to write on two pages, and one that is static."""


@dataclass(slots=True)
class GatedWriter:
    """Writes one section each time the gate is opened; refuses the sections named in `refused`."""

    name: str = "gated"
    is_draft: bool = False
    gate: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(0))
    refused: set[str] = field(default_factory=set)
    code: str = "refused"
    excuse: str = "The writer does not like it."

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        await self.gate.acquire()
        if f"{brief.route.id}/{brief.section.id}" in self.refused:
            return Permanent(self.code, self.excuse)
        return Written({"headline": f"About {brief.route.id} {brief.section.id}"})

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate(seconds=1.0)

    def open(self, sections: int) -> None:
        for _ in range(sections):
            self.gate.release()


@dataclass(slots=True)
class Conversation:
    """A client with the server's desk behind it, to see what really happened."""

    client: Client
    desk: Desk
    writer: GatedWriter
    progress: list[tuple[float, float | None, str]] = field(default_factory=list)

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a call that succeeds; both of its forms say the same, and its schema holds."""
        with anyio.fail_after(SECONDS):
            result = await self.client.call_tool(tool, arguments, progress_callback=self._note)
        (content,) = result.content
        assert isinstance(content, TextContent)
        assert not result.is_error, content.text
        assert json.loads(content.text) == result.structured_content
        schemas = {one.name: one.output_schema for one in (await self.client.list_tools()).tools}
        jsonschema.validate(result.structured_content, schemas[tool] or {})
        answer: dict[str, Any] = json.loads(content.text)
        return answer

    async def error(self, tool: str, **arguments: Any) -> str:
        """The sentence of a call that fails; an error has no structured content."""
        with anyio.fail_after(SECONDS):
            result = await self.client.call_tool(tool, arguments)
        (content,) = result.content
        assert isinstance(content, TextContent)
        assert result.is_error, content.text
        assert result.structured_content is None
        return content.text

    async def stored(self) -> dict[str, int]:
        """How many rows the tables hold that a call may change."""
        return await self.desk.store.read(_count_rows)

    async def until_completed(self, number: int) -> None:
        """Until the latest operation has so many completed jobs."""
        with anyio.fail_after(SECONDS):
            while (await self.desk.status()).completed < number:
                await anyio.lowlevel.checkpoint()

    async def _note(self, progress: float, total: float | None, message: str | None) -> None:
        self.progress.append((progress, total, message or ""))


def _count_rows(db: Database) -> dict[str, int]:
    tables = ("operations", "jobs", "revisions", "changes", "entities")
    return {table: len(db.rows(f"SELECT 1 FROM {table}", {})) for table in tables}  # noqa: S608  named right above


Connect: TypeAlias = Callable[..., AbstractAsyncContextManager[Conversation]]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    return Project(tmp_path)


@pytest.fixture
def gated() -> GatedWriter:
    return GatedWriter()


@pytest.fixture
def connect(project: Project, gated: GatedWriter) -> Connect:
    """Connects a client, in memory, to a server of the project with these settings; the writer is `outline`."""

    @asynccontextmanager
    async def connected(era: ConnectMode = "legacy", **settings: object) -> AsyncIterator[Conversation]:
        desks: list[Desk] = []
        chosen = {"writer": "outline", **settings}

        @asynccontextmanager
        async def open_desk() -> AsyncIterator[Desk]:
            async with working_desk(project, chosen, writers={"gated": gated}) as desk:
                desks.append(desk)
                yield desk

        known = Implementation(name="test-client", version="1")
        async with Client(create_server(open_desk, register), mode=era, client_info=known) as client:
            await client.list_tools()
            yield Conversation(client, desks[-1], gated)

    return connected
