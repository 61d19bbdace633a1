"""Waiting for exactly these jobs, whatever else their operations hold."""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio

from copydesk.content.errors import ContentError
from copydesk.content.reports import advice
from copydesk.content.reports.watching import Progress, progress_line
from copydesk.store import operations, workers
from copydesk.store.database import Topic
from copydesk.store.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from copydesk.content.reports.receipts import BlockedBy
    from copydesk.store.database import Database
    from copydesk.store.models import Job, Operation
    from copydesk.store.store import Store

ProgressCallback: TypeAlias = Callable[[Progress], Awaitable[None] | None]
"""Told of every progress that is seen, in order; a plain function or a coroutine function."""

PATIENCE: Final = 5.0
"""Seconds that jobs may have nobody to do them: a worker that just starts is not there yet."""
_SHORTEST_INTERVAL: Final = 0.02
_LOOK_AGAIN: Final = 1.0
"""Seconds after which to look without a wake-up: a worker that dies tells nobody."""


@dataclass(frozen=True, slots=True)
class _Look:
    progress: Progress
    is_blocked: bool

    @property
    def is_finished(self) -> bool:
        return self.progress.finished == self.progress.total


async def wait_for_jobs(
    store: Store, jobs: Sequence[Job], *, timeout_ms: float | None, callback: ProgressCallback | None = None
) -> None:
    """Return once all these jobs are finished.

    Raises `ContentError`: `timeout` after `timeout_ms`, `no-worker` when nobody is there to do them. The jobs stay in
    the queue: wait again.
    """
    wanted = _positions(jobs)
    deadline = math.inf if timeout_ms is None else anyio.current_time() + timeout_ms / 1000
    manned = anyio.current_time()
    told = -1
    with store.signals.watch(Topic.PROGRESS) as watch:
        while True:
            look = await store.read(_look, wanted, at=Moment.read(store.clock))
            if look.progress.finished > told:
                told = look.progress.finished
                await _tell(callback, look.progress)
            if look.is_finished:
                return
            now = anyio.current_time()
            manned = manned if look.is_blocked else now
            _refuse_more(look, timeout_ms, left=deadline - now, unmanned=now - manned)
            await anyio.sleep(min(_SHORTEST_INTERVAL, deadline - now))
            await watch.wait(max(0.0, min(_LOOK_AGAIN, deadline - anyio.current_time())))


def _positions(jobs: Sequence[Job]) -> dict[int, list[int]]:
    wanted: dict[int, list[int]] = {}
    for job in jobs:
        wanted.setdefault(job.operation, []).append(job.position)
    return wanted


async def _tell(callback: ProgressCallback | None, progress: Progress) -> None:
    answer = None if callback is None else callback(progress)
    if inspect.isawaitable(answer):
        await answer


def _refuse_more(look: _Look, timeout_ms: float | None, *, left: float, unmanned: float) -> None:
    far = f"{look.progress.finished} of {look.progress.total} jobs are finished"
    if look.is_blocked and (left <= 0 or unmanned >= PATIENCE):
        message = (
            f"No worker is there for these jobs: {far}, the rest stays in the queue. Start `copydesk worker`, or open "
            "the desk with worker=True, then wait again."
        )
        raise ContentError("no-worker", message)
    if left <= 0:
        message = (
            f"Not finished within {timeout_ms:g} ms: {far}, the rest goes on. Wait again, or ask for the statuses."
        )
        raise ContentError("timeout", message)


def _look(db: Database, wanted: Mapping[int, Sequence[int]], *, at: Moment) -> _Look:
    found = [one for one in (operations.by_seq(db, seq) for seq in wanted) if one is not None]
    present = workers.present(db, at=at)
    finished = sum(_finished(db, one, wanted[one.seq]) for one in found)
    total = sum(len(positions) for positions in wanted.values())
    unfinished = [one for one in found if one.is_unfinished]
    return _Look(
        Progress(finished, total, progress_line(db, found, finished, total)),
        is_blocked=bool(unfinished) and all(_is_unmanned(advice.blocked_by(one, present)) for one in unfinished),
    )


def _is_unmanned(blocked: BlockedBy | None) -> bool:
    """An assistant comes when it comes, and may be the very program that waits here."""
    return blocked not in (None, "assistant")


def _finished(db: Database, operation: Operation, positions: Sequence[int]) -> int:
    """The counters answer for a whole operation; only a part of one has to be counted."""
    if len(positions) == operation.queued:
        return operation.finished
    return operations.count_finished(db, operation.seq, positions)
