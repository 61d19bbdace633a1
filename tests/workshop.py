"""A desk on a small site with a writer whose answers the test decides, and a worker that does not dawdle."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import yaml

from copydesk.content.briefs import Brief
from copydesk.content.desk import Desk, open_desk
from copydesk.content.operations.values import WHOLE_SITE, Generate
from copydesk.content.reports.receipts import Receipt
from copydesk.content.work.attempts import Attempts
from copydesk.content.work.contexts import OperationContexts
from copydesk.content.work.timing import Timing
from copydesk.content.work.worker import Worker
from copydesk.content.writers.base import Answer, Correction, Estimate, Usage, Written
from copydesk.store import entities, operations
from copydesk.store.entities import Place
from copydesk.store.models import Job, Revision
from copydesk.store.states import Environment

SECONDS = 20.0
"""No step of a test takes longer."""

PROSE = {
    "description": "A paragraph",
    "prompt": "Write a paragraph.",
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["text"],
        "properties": {
            "text": {"type": "string", "minLength": 1, "maxLength": 80},
            "note": {"type": "string"},
            "links": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
}

AT_ONCE = Timing(jitter=lambda limit: 0.0)
"""The usual times, but for retries, which are due at once."""

Script: TypeAlias = Callable[[Brief, Correction | None], Awaitable[Any]]


@dataclass
class ScriptedWriter:
    """A writer that does what the test says, and remembers what it was asked."""

    script: Script
    name: str = "scripted"
    is_draft: bool = False
    asked: list[str] = field(default_factory=list)
    """The sections it was asked for, as `page/section`, in order."""

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        self.asked.append(f"{brief.route.id}/{brief.section.id}")
        answer: Answer = await self.script(brief, correction)
        return answer

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate(10, 10, 0.0)


def saying(text: str) -> Written:
    return Written({"text": text}, Usage(3, 4, 0.001), "fake-1")


async def obey(brief: Brief, correction: Correction | None = None) -> Written:
    """Copy that names its section."""
    return saying(f"Copy of {brief.route.id}/{brief.section.id}.")


def write_site(folder: Path, pages: dict[str, list[str]], **extra_sections: list[dict[str, Any]]) -> None:
    """A site of prose: the sections of each page by id, and further ones of any kind."""
    routes = [
        {
            "id": page,
            "path": "/" if page == "home" else f"/{page}",
            "title": page.title(),
            "description": f"The page {page}",
            "sections": [{"id": one, "template": "prose"} for one in sections] + extra_sections.get(page, []),
        }
        for page, sections in pages.items()
    ]
    templates = {"prose": PROSE, "form": PROSE | {"generate": False}}
    site = {"id": "small", "title": "Small", "description": "A small site"}
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({"site": site, "templates": templates, "routes": routes}, sort_keys=False)
    (folder / "site.yaml").write_text(text, encoding="utf-8")


def numbered(count: int) -> dict[str, list[str]]:
    """One page with that many sections."""
    return {"home": [f"section-{number:04}" for number in range(count)]}


class Workshop:
    """A desk with its writer, and what the tests ask of both."""

    def __init__(self, desk: Desk, writer: ScriptedWriter, timing: Timing) -> None:
        self.desk = desk
        self.writer = writer
        self.attempts = Attempts(
            desk.store, desk.writers, OperationContexts(desk.store, desk.snapshots), desk.settings, timing
        )
        self.worker = Worker(desk.store, self.attempts, desk.writers, desk.settings, timing)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The worker drains the queue meanwhile."""
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._work)
            yield
            tasks.cancel_scope.cancel()

    async def _work(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        await self.worker.run(task_status=task_status)

    async def generate(self) -> Receipt:
        return await self.desk.submit(Generate(scope=WHOLE_SITE))

    async def finish(self, receipt: Receipt) -> Receipt:
        """Wait until the operation is finished."""
        assert receipt.operation_id is not None
        ended = await self.desk.wait(receipt.operation_id, seconds=SECONDS)
        assert ended.wait_ended == "finished", ended
        return ended

    async def run(self) -> Receipt:
        """Generate the whole site through the queue."""
        async with self.working():
            return await self.finish(await self.generate())

    async def jobs(self, receipt: Receipt) -> list[Job]:
        assert receipt.operation_id is not None
        operation = await self.desk.store.read(operations.by_id, receipt.operation_id)
        assert operation is not None
        return await self.desk.store.read(operations.jobs_of, operation.seq, limit=-1)

    async def copy(self, page: str, section: str, environment: Environment = Environment.PREVIEW) -> Revision | None:
        return await self.desk.store.read(entities.current_copy, Place(page, section, environment))

    async def text(self, page: str, section: str, environment: Environment = Environment.PREVIEW) -> str | None:
        found = await self.copy(page, section, environment)
        return None if found is None else str(found.fields["text"])


@asynccontextmanager
async def open_workshop(
    folder: Path, script: Script = obey, *, timing: Timing = AT_ONCE, **settings: object
) -> AsyncIterator[Workshop]:
    writer = ScriptedWriter(script)
    chosen = {"writer": writer.name, **settings}
    async with open_desk(folder, settings=chosen, writers={writer.name: writer}, worker=False) as desk:
        yield Workshop(desk, writer, timing)
