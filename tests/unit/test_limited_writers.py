"""Writers that do only so many sections at a time, and writers that hold something."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import anyio

from copydesk.content.briefs import Brief
from copydesk.content.desk import open_desk
from copydesk.content.writers.base import Correction, Written
from copydesk.content.writers.registry import Writers
from tests.workshop import AT_ONCE, SECONDS, ScriptedWriter, Workshop, numbered, obey, saying, write_site


@dataclass
class OneAtATime(ScriptedWriter):
    concurrency: int = 1
    closed: list[str] = field(default_factory=list)

    async def aclose(self) -> None:
        self.closed.append(self.name)


async def run_site(folder: Path, writer: OneAtATime, **settings: object) -> list[int]:
    """Write a site of four sections; how often each failed on the way."""
    write_site(folder, numbered(4))
    chosen = {"writer": writer.name, **settings}
    with anyio.fail_after(SECONDS):
        async with open_desk(folder, settings=chosen, writers={writer.name: writer}, worker=False) as desk:
            workshop = Workshop(desk, writer, AT_ONCE)
            receipt = await workshop.run()
            assert receipt.counts.completed == 4
            return [job.failures for job in await workshop.jobs(receipt)]


async def test_sections_wait_for_a_writer_that_does_one_at_a_time(tmp_path: Path) -> None:
    active: list[str] = []

    async def alone(brief: Brief, correction: Correction | None) -> Written:
        assert active == []
        active.append(brief.section.id)
        await anyio.wait_all_tasks_blocked()
        active.remove(brief.section.id)
        return saying("Done.")

    assert await run_site(tmp_path, OneAtATime(alone)) == [0, 0, 0, 0]


async def test_waiting_for_a_turn_does_not_count_as_the_writers_time(tmp_path: Path) -> None:
    first: list[str] = []

    async def hang_once(brief: Brief, correction: Correction | None) -> Written:
        if not first:
            first.append(brief.section.id)
            await anyio.sleep_forever()
        return saying("Done.")

    failures = await run_site(tmp_path, OneAtATime(hang_once), attempt_timeout=0.2)
    assert sorted(failures) == [0, 0, 0, 1]


async def test_writers_that_hold_something_are_closed_with_the_desk(tmp_path: Path) -> None:
    writer = OneAtATime(obey)
    await run_site(tmp_path, writer)
    assert writer.closed == ["scripted"]


async def test_writers_without_anything_to_close_are_left_alone() -> None:
    writers = Writers({"own": ScriptedWriter(obey)})
    await writers.aclose()
    async with writers.turn("own"), writers.turn("own"):
        assert writers.can_run("own")
