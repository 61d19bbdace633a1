"""The worker: claims due jobs, writes them in parallel, and keeps the queue healthy.

Every duty is a `poll() -> delay`: it does what is due and says in how many seconds it wants to be called again; a
wake-up from the store calls it earlier. Cancelling `run` stops claiming, gives back what is held, and ends.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import anyio
import anyio.lowlevel

from copydesk.content.work.insisting import PASSING, insist
from copydesk.content.work.pace import Pace
from copydesk.content.work.rescuing import rescue
from copydesk.content.work.running import Running
from copydesk.content.work.timing import USUAL, Timing
from copydesk.store import operations, pruning, queue, releases, workers
from copydesk.store.database import Topic
from copydesk.store.errors import ConstraintViolated, StatementFailed, StoreError
from copydesk.store.models import Claim
from copydesk.store.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anyio.abc import TaskGroup, TaskStatus

    from copydesk.content.settings import Settings
    from copydesk.content.work.attempts import Attempts
    from copydesk.content.writers.registry import Writers
    from copydesk.store.database import Database
    from copydesk.store.signals import Watch
    from copydesk.store.store import Store

T = TypeVar("T")
Duty: TypeAlias = Callable[[], Awaitable[float]]

_AFTER_ERROR: Final = 1.0
_MANY: Final = 1_000
_DAY: Final = 24 * 60 * 60 * 1000

_LOG = logging.getLogger(__name__)


class Worker:
    """Drains the queue of one store with the writers of this process."""

    def __init__(
        self, store: Store, attempts: Attempts, writers: Writers, settings: Settings, timing: Timing = USUAL
    ) -> None:
        self._store = store
        self._attempts = attempts
        self._writers = writers
        self._announced: tuple[str, ...] = ()
        self._settings = settings
        self._timing = timing
        self._pace = Pace(store, writers, settings)
        self._running = Running(store)

    async def run(
        self,
        after: Callable[[], Awaitable[object]] = anyio.lowlevel.checkpoint,
        *,
        task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Work until cancelled. It says at once that it is there (then it counts as started), and begins `after`."""
        async with anyio.create_task_group() as tasks:
            try:
                await self._begin(task_status)
                await after()
                self._take_up_duties(tasks)
                await self._keep_claiming(tasks)
            finally:
                # Before the writers have come to their end: one that is slow to stop must not keep its jobs.
                await self._leave()

    async def _begin(self, task_status: TaskStatus[None]) -> None:
        """A store that cannot be written just now can be read: whoever waits for the start must not wait for that."""
        try:
            await self._beat(_begin)
        except PASSING as error:
            _LOG.warning("the worker cannot begin yet, and tries again: %s", error)
            task_status.started()
            await insist(lambda: self._beat(_begin))
        else:
            task_status.started()

    def _take_up_duties(self, tasks: TaskGroup) -> None:
        tasks.start_soon(self._repeat, self._apply, (Topic.WORK,))
        tasks.start_soon(self._repeat, self._heartbeat, ())
        tasks.start_soon(self._repeat, self._rescue, ())
        tasks.start_soon(self._repeat, self._interrupt_lost, (Topic.STOP,))
        tasks.start_soon(self._repeat, self._prune, ())

    async def _keep_claiming(self, tasks: TaskGroup) -> None:
        with self._store.signals.watch(Topic.WORK) as watch:
            while True:
                await self._running.wait_for_room(self._settings.concurrency)
                claims = await self._survive(self._claim)
                for claim in claims or ():
                    tasks.start_soon(self._work, claim, watch)
                if not claims and not await self._survive(self._adopt_writers):
                    await watch.wait(await self._survive(self._seconds_until_next) or 0.0)

    async def _claim(self) -> list[Claim]:
        limit = self._settings.concurrency - len(self._running)
        limits = self._pace.limits(self._running)
        claims = await self._store.write(
            queue.claim,
            owner=self._store.owner,
            writers=tuple(limits),
            limits=limits,
            limit=limit,
            lease=self._timing.lease,
            at=self._now(),
        )
        self._running.add(claims)
        return claims

    async def _seconds_until_next(self) -> float:
        boot = self._store.clock.boot_id
        # A writer without a free place is not awaited: the end of one of its jobs wakes the worker.
        due = await self._store.read(queue.next_run, writers=tuple(self._pace.limits(self._running)), boot=boot)
        return math.inf if due is None else max(0.005, (due - self._store.clock.boot()) / 1000)

    async def _adopt_writers(self) -> bool:
        """Whether somebody waits for a writer that this process was never asked for and can run nevertheless."""
        unfinished = await self._store.read(operations.unfinished, limit=_MANY)
        if not self._writers.adopt({one.writer for one in unfinished if one.writer is not None}):
            return False
        await self.announce_writers()
        return True

    async def announce_writers(self) -> None:
        """Say at once, not only with the next heartbeat, that this process runs other writers than before."""
        if self._writers.runnable() != self._announced:
            await self._beat(_beat)

    async def _work(self, claim: Claim, watch: Watch) -> None:
        """Begin at once: what is claimed had a turn, and its writer was not paused."""
        try:
            with self._running.interruptible(claim):
                await self._attempts.run(claim)
        finally:
            if self._pace.has_room_again(claim.writer, self._running):
                watch.wake()

    async def _apply(self) -> float:
        """Do the promotes and rollbacks that wait, each as a whole."""
        waiting = await self._store.read(operations.applicable)
        for seq in waiting:
            await self._apply_one(seq)
        return 0.0 if waiting else math.inf

    async def _apply_one(self, seq: int) -> None:
        """A defect that one release meets fails that release; it must not hold up those behind it."""
        try:
            await self._store.write(releases.apply_operation, seq, at=self._now())
        except (ConstraintViolated, StatementFailed, LookupError, TypeError, ValueError):
            _LOG.exception("a defect stopped operation number %d", seq)
            message = (
                "copydesk itself failed at this operation, and nothing of it was done. This is a defect: the traceback "
                "is in the log of the process that worked on it."
            )
            await self._store.write(queue.refuse_applied, seq, code="internal-error", message=message, at=self._now())

    async def _heartbeat(self) -> float:
        await self._beat(_beat)
        return self._timing.heartbeat

    async def _beat(self, step: Callable[..., None]) -> None:
        concurrency, lease = self._settings.concurrency, self._timing.lease
        self._announced = self._writers.runnable()
        await self._store.write(step, self._store.owner, self._announced, concurrency, lease=lease, at=self._now())

    async def _rescue(self) -> float:
        await rescue(self._store, lease=self._timing.lease)
        return self._timing.rescue

    async def _interrupt_lost(self) -> float:
        await self._running.interrupt_lost()
        return math.inf

    async def _prune(self) -> float:
        at = self._now()
        before = at.now - round(self._settings.retention * _DAY)
        more = await self._store.write(pruning.prune, before=before, at=at)
        return 0.0 if more else self._timing.prune

    async def _repeat(self, duty: Duty, topics: tuple[Topic, ...]) -> None:
        with self._store.signals.watch(*topics) as watch:
            while True:
                delay = await self._survive(duty)
                await watch.wait(delay or 0.0)  # after an error `_survive` has waited already

    async def _survive(self, step: Callable[[], Awaitable[T]]) -> T | None:
        """Do a step; a store that fails for a while (a full disk, a busy file) must not end the worker."""
        try:
            return await step()
        except StoreError as error:
            _LOG.warning("the worker could not use the store, and tries again: %s", error)
            await anyio.sleep(_AFTER_ERROR)
            return None

    async def _leave(self) -> None:
        """Give back what is held before anything else: others go on with it at once.

        A store that is slow (a disk that stalls, another process's lock) must not keep the writers from being stopped;
        the write stands in its queue all the same.
        """
        at = self._now()
        with anyio.move_on_after(self._timing.release, shield=True):
            await self._survive(lambda: self._store.write_regardless(_take_leave, self._store.owner, at=at))

    def _now(self) -> Moment:
        return Moment.read(self._store.clock)


def _begin(db: Database, owner: str, writers: Sequence[str], concurrency: int, *, lease: int, at: Moment) -> None:
    """Be known as a worker from the first write on: whoever waits must not find the queue without one."""
    queue.forget_last_boot(db, boot=at.boot)
    _beat(db, owner, writers, concurrency, lease=lease, at=at)


def _beat(db: Database, owner: str, writers: Sequence[str], concurrency: int, *, lease: int, at: Moment) -> None:
    """Extend all leases of this process in one statement, and say that its worker is there."""
    queue.heartbeat(db, owner=owner, lease=lease, at=at)
    workers.announce(db, owner=owner, writers=writers, concurrency=concurrency, lease=lease, at=at)


def _take_leave(db: Database, owner: str, *, at: Moment) -> None:
    queue.release(db, owner=owner)
    workers.leave(db, owner=owner, at=at)
