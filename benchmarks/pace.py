"""Without targets: how fast the queue takes, hands out and drains jobs, and what a desk costs that does nothing."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

import anyio
from anyio.streams.text import TextReceiveStream

from benchmarks.measuring import ROOT, Row, in_child, interleaved, percentile
from benchmarks.sites import generated_site
from benchmarks.writers import WatchedWriter
from copydesk.content.desk import open_desk
from copydesk.content.operations.values import WHOLE_SITE, Generate, Scope
from copydesk.store import workers
from copydesk.store.database import Topic

if TYPE_CHECKING:
    from anyio.abc import ByteReceiveStream

    from benchmarks.measuring import Scale
    from benchmarks.sites import BenchmarkSite
    from copydesk.content.desk import Desk

_ONE: Final = Generate(scope=Scope(sections=("page-0/hero-0",)), force=True, writer="watched")
_LOOK_AGAIN: Final = 0.01
_EVERYTHING: Final = Generate(scope=WHOLE_SITE, force=True)


async def measure(scale: Scale) -> list[Row]:
    large = generated_site(scale.folder / "large", scale.pick(5_000, 200))
    small = generated_site(scale.folder / "small", 5)
    seconds = await interleaved(scale.pick(3, 1), {"enqueue": lambda: _enqueue(large), "drain": lambda: _drain(large)})
    pickups = await _pickups(small, scale.pick(100, 5))
    idle = await in_child("pace_child", "idle", small.folder, scale.pick(5, 1))
    note = f"{large.sections} sections, outline writer, concurrency 16; medians"
    from_submit = "from the call of submit to the writer's first line in another process"
    return [
        Row("enqueue", large.sections / seconds["enqueue"], "jobs/s", note=note),
        Row("drain", large.sections / seconds["drain"], "jobs/s"),
        Row("pick-up p50", 1000 * percentile(pickups, 0.5), "ms", note=f"{from_submit}, {len(pickups)} times"),
        Row("pick-up p99", 1000 * percentile(pickups, 0.99), "ms"),
        Row("CPU of an idle desk with a worker", 100 * float(idle["share"]), "%"),
    ]


async def _enqueue(site: BenchmarkSite) -> float:
    async with open_desk(site.folder, worker=False) as desk:
        await desk.snapshot()
        start = time.perf_counter()
        receipt = await desk.submit(_EVERYTHING)
        elapsed = time.perf_counter() - start
        assert receipt.queued_sections == site.sections, receipt.message
        await desk.cancel(receipt.operation_id)
    return elapsed


async def _drain(site: BenchmarkSite) -> float:
    """From the start of a worker that finds everything queued to the end of the last job."""
    async with open_desk(site.folder, worker=False) as desk:
        receipt = await desk.submit(_EVERYTHING)
        async with anyio.create_task_group() as tasks:
            start = time.perf_counter()
            tasks.start_soon(desk.work)
            await _until_present(desk)
            await _finished(desk, receipt.operation_id, site.sections)
            elapsed = time.perf_counter() - start
            tasks.cancel_scope.cancel()
    return elapsed


async def _until_present(desk: Desk) -> None:
    """A wait ends as blocked while no worker has announced itself; its first claim tells of progress."""
    with desk.store.signals.watch(Topic.PROGRESS) as watch:
        while not await desk.store.read(workers.present, at=desk.now()):
            await watch.wait(_LOOK_AGAIN)


async def _finished(desk: Desk, operation_id: str | None, sections: int) -> None:
    assert operation_id, "the site has sections to write"
    receipt = await desk.wait(operation_id, seconds=60)
    assert receipt.counts.completed == sections, receipt.message


async def _pickups(site: BenchmarkSite, times: int) -> list[float]:
    """Seconds from asking for a section here until a worker in another process begins to write it."""
    command = [sys.executable, "-m", "benchmarks.pace_child", "work", str(site.folder), "0"]
    settings = {"writer": "watched"}
    async with await anyio.open_process(command, cwd=ROOT, stderr=None) as child:
        assert child.stdout, "the child's output is a pipe"
        lines = _Lines(child.stdout)
        await lines.next()
        async with open_desk(
            site.folder, writers={"watched": WatchedWriter()}, settings=settings, worker=False
        ) as desk:
            found = [await _pickup(desk, lines) for _ in range(times)]
        child.terminate()
    return found


async def _pickup(desk: Desk, lines: _Lines) -> float:
    asked = time.monotonic()
    receipt = await desk.submit(_ONE)
    begun = float(await lines.next())
    await _finished(desk, receipt.operation_id, 1)
    return begun - asked


class _Lines:
    """What a child prints, line by line."""

    def __init__(self, stream: ByteReceiveStream) -> None:
        self._stream = TextReceiveStream(stream)
        self._text = ""

    async def next(self) -> str:
        while "\n" not in self._text:
            self._text += await self._stream.receive()
        line, _, self._text = self._text.partition("\n")
        return line
