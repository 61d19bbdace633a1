"""Waiting for operations, and telling how far they are. Watching never touches a job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio

from copydesk.content.reports import advice
from copydesk.content.reports.receipts import WaitEnded
from copydesk.store import entities, operations, workers
from copydesk.store.database import Topic
from copydesk.store.models import Moment
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from copydesk.store.database import Database
    from copydesk.store.models import Operation
    from copydesk.store.signals import Watch
    from copydesk.store.store import Store

SHORTEST_INTERVAL: Final = 0.1
"""Seconds between two reports."""
_LOOK_AGAIN: Final = 1.0
"""Seconds after which to look without a wake-up: a worker that dies tells nobody."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the watched operations are: finished jobs of all jobs, and a line that names the latest section."""

    finished: int
    total: int
    line: str


Report: TypeAlias = Callable[[Progress], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the watched operations."""

    progress: Progress
    is_finished: bool
    is_blocked: bool


async def wait_for(store: Store, watched: Sequence[int], *, seconds: float, report: Report | None = None) -> WaitEnded:
    """Wait until the operations are finished or blocked, or `seconds` have passed; how it ended.

    `report` is told each time more is finished than before, at most ten times a second, and of the end.
    """
    if seconds <= 0:
        look = await store.read(_look, watched, at=Moment.read(store.clock))
        return "finished" if look.is_finished else "not-waited"
    with store.signals.watch(Topic.PROGRESS) as watch:
        return await _watch(store, watched, watch, anyio.current_time() + seconds, report)


async def _watch(
    store: Store, watched: Sequence[int], watch: Watch, deadline: float, report: Report | None
) -> WaitEnded:
    told = -1
    while True:
        look = await store.read(_look, watched, at=Moment.read(store.clock))
        if report is not None and look.progress.finished > told:
            told = look.progress.finished
            await report(look.progress)
        if look.is_finished:
            return "finished"
        if look.is_blocked:
            return "blocked"
        left = deadline - anyio.current_time()
        if left <= 0:
            return "timeout"
        await anyio.sleep(min(SHORTEST_INTERVAL, left))
        await watch.wait(min(_LOOK_AGAIN, max(0.0, deadline - anyio.current_time())))


def _look(db: Database, watched: Sequence[int], *, at: Moment) -> _Look:
    found = [one for one in (operations.by_seq(db, seq) for seq in watched) if one is not None]
    present = workers.present(db, at=at)
    unfinished = [one for one in found if one.is_unfinished]
    finished = sum(one.finished for one in found)
    total = sum(one.queued for one in found)
    return _Look(
        Progress(finished, total, _line(db, found, finished, total)),
        is_finished=not unfinished,
        is_blocked=bool(unfinished) and all(advice.blocked_by(one, present, inline=False) for one in unfinished),
    )


def _line(db: Database, found: Sequence[Operation], finished: int, total: int) -> str:
    """`12 of 190: home/hero written`"""
    latest = max(found, key=lambda one: one.changed and one.seq, default=None)
    change = None if latest is None else entities.last_change_of(db, latest.seq)
    failed = sum(one.failed for one in found)
    line = f"{finished} of {total}"
    if change is not None:
        verb = "written" if change.environment is Environment.PREVIEW else "live"
        line += f": {change.page}/{change.section} {'removed' if change.after is None else verb}"
    return line if not failed else f"{line} ({failed} failed)"
