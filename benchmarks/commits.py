"""What one small operation costs in commits: through the queue, and inline.

Counted in the write-ahead log itself: each frame that ends a transaction holds the size of the database after it.
The log is read, never the database file: closing a descriptor of that would drop the locks of this process.
"""

from __future__ import annotations

import statistics
import struct
from typing import TYPE_CHECKING, Final

import anyio

from benchmarks.measuring import Row, at_most
from benchmarks.sites import generated_site
from copydesk.content.desk import open_desk
from copydesk.content.operations.values import Generate, Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from benchmarks.measuring import Scale
    from copydesk.content.desk import Desk

_HEADER: Final = 32
_FRAME_HEADER: Final = 24
_AFTERMATH: Final = 0.05
"""Seconds in which the worker may still commit something on account of a finished operation."""


async def measure(scale: Scale) -> list[Row]:
    site = generated_site(scale.folder / "site", 5)
    times = scale.pick(20, 5)
    one = Generate(scope=Scope(sections=(f"{site.pages[0]}/hero-0",)), force=True)
    async with open_desk(site.folder) as desk:
        await _settled(desk, lambda: desk.perform(one))
        inline = [await _settled(desk, lambda: desk.perform(one)) for _ in range(times)]
        queued = [await _settled(desk, lambda: _submit_and_wait(desk, one)) for _ in range(times)]
    inline_median, queued_median = statistics.median(inline), statistics.median(queued)
    note = f"one section, median of {times}; most {max(queued)} queued, {max(inline)} inline"
    return [
        Row("commits inline", inline_median, note=note),
        Row("commits through the queue", queued_median),
        Row("more commits than inline", queued_median - inline_median, target=at_most(3)),
    ]


async def _submit_and_wait(desk: Desk, operation: Generate) -> None:
    receipt = await desk.submit(operation)
    assert receipt.operation_id, "the section is free"
    finished = await desk.wait(receipt.operation_id, seconds=30)
    assert finished.counts.completed == 1, finished.message


async def _settled(desk: Desk, step: Callable[[], Awaitable[object]]) -> int:
    """The commits of a step, with what the worker does on account of it."""
    log = desk.store.path.with_name(f"{desk.store.path.name}-wal")
    before = commits_in(log)
    await step()
    await anyio.sleep(_AFTERMATH)
    return commits_in(log) - before


def commits_in(log: Path) -> int:
    """The transactions in a write-ahead log, since it was last begun anew."""
    content = log.read_bytes()
    if len(content) < _HEADER:
        return 0
    page_size, salt = struct.unpack(">8xI4x8s8x", content[:_HEADER])
    frames = range(_HEADER, len(content) - _FRAME_HEADER + 1, _FRAME_HEADER + page_size)
    headers = (struct.unpack(">4xI8s8x", content[at : at + _FRAME_HEADER]) for at in frames)
    return sum(size_after > 0 for size_after, frame_salt in headers if frame_salt == salt)
