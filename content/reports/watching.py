"""Waiting for operations, and telling how far they are. Watching never touches a job."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio

from copydesk.content.reports import advice
from copydesk.content.reports.receipts import WaitEnded
from copydesk.store import entities, operations, workers
from copydesk.store.database import Topic
from copydesk.store.moments import Moment
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from copydesk.store.database import Database
    from copydesk.store.models import Operation
    from copydesk.store.signals import Watch
    from copydesk.store.store import Store

SHORTEST_INTERVAL: Final = 0.1
"""Seconds between two reports."""
_SHORTEST_LOOK: Final = 0.02
"""Seconds between two looks: every commit of a busy worker wakes those who wait."""
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
    await workers.forget_dead(store)
    if seconds <= 0:
        look = await store.read(_look, watched, at=Moment.read(store.clock))
        return "finished" if look.is_finished else "not-waited"
    with store.signals.watch(Topic.PROGRESS) as watch:
        return await _watch(store, watched, watch, anyio.current_time() + seconds, report)


async def _watch(
    store: Store, watched: Sequence[int], watch: Watch, deadline: float, report: Report | None
) -> WaitEnded:
    telling = _Telling(report)
    while True:
        look = await store.read(_look, watched, at=Moment.read(store.clock))
        ended = _how_it_ended(look, deadline)
        await telling.tell(look.progress, at_once=ended is not None)
        if ended is not None:
            return ended
        await anyio.sleep(_SHORTEST_LOOK)
        woken = await watch.wait(max(0.0, min(telling.seconds_left() or _LOOK_AGAIN, deadline - anyio.current_time())))
        if not woken:
            await workers.forget_dead(store)


def _how_it_ended(look: _Look, deadline: float) -> WaitEnded | None:
    if look.is_finished:
        return "finished"
    if look.is_blocked:
        return "blocked"
    return "timeout" if anyio.current_time() >= deadline else None


class _Telling:
    """Tells how far it is: only more than before, and not too often, except at the end."""

    def __init__(self, report: Report | None) -> None:
        self._report = report
        self._told = -1
        self._next = -math.inf
        self._untold = False

    async def tell(self, progress: Progress, *, at_once: bool) -> None:
        self._untold = self._report is not None and progress.finished > self._told
        if self._report is None or not self._untold or (self._left() > 0 and not at_once):
            return
        self._told, self._untold = progress.finished, False
        self._next = anyio.current_time() + SHORTEST_INTERVAL
        await self._report(progress)

    def seconds_left(self) -> float | None:
        """Until what is not told yet may be told; `None` if everything is."""
        return max(0.001, self._left()) if self._untold else None

    def _left(self) -> float:
        return self._next - anyio.current_time()


def _look(db: Database, watched: Sequence[int], *, at: Moment) -> _Look:
    found = [one for one in (operations.by_seq(db, seq) for seq in watched) if one is not None]
    present = workers.present(db, at=at)
    unfinished = [one for one in found if one.is_unfinished]
    finished = sum(one.finished for one in found)
    total = sum(one.queued for one in found)
    return _Look(
        Progress(finished, total, progress_line(db, found, finished, total)),
        is_finished=not unfinished,
        is_blocked=bool(unfinished) and all(advice.blocked_by(one, present) for one in unfinished),
    )


def progress_line(db: Database, found: Sequence[Operation], finished: int, total: int) -> str:
    """`12 of 190: home/hero written`"""
    latest = max(found, key=lambda one: one.changed and one.seq, default=None)
    change = None if latest is None else entities.last_change_of(db, latest.seq)
    failed = sum(one.failed for one in found)
    line = f"{finished} of {total}"
    if change is not None:
        verb = "written" if change.environment is Environment.PREVIEW else "live"
        line += f": {change.page}/{change.section} {'removed' if change.after is None else verb}"
    return line if not failed else f"{line} ({failed} failed)"
