"""The worker: claims due jobs, writes them in parallel, and keeps the queue healthy.

Every duty is a `poll() -> delay`: it does what is due and says in how many seconds it wants to be called again; a
wake-up from the store calls it earlier. Cancelling `run` stops claiming, gives back what is held, and ends.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import anyio

from copydesk.content.work.pace import Pace
from copydesk.store import operations, queue, undo, workers
from copydesk.store.database import Topic
from copydesk.store.errors import StoreError
from copydesk.store.models import Claim, Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anyio.abc import TaskGroup

    from copydesk.content.settings import Settings
    from copydesk.content.work.attempts import Attempts
    from copydesk.store.database import Database
    from copydesk.store.store import Store

T = TypeVar("T")
Duty: TypeAlias = Callable[[], Awaitable[float]]

LEASE: Final = 30_000
"""Milliseconds that a claim lasts without a heartbeat."""
HEARTBEAT: Final = 10.0
"""Seconds between heartbeats."""
RESCUE: Final = 1.0
"""Seconds between looks at the claims of others."""
PRUNE: Final = 3600.0
RELEASE: Final = 1.0
"""Seconds that giving back the claims may take at shutdown."""
_AFTER_ERROR: Final = 1.0
_DAY: Final = 24 * 60 * 60 * 1000

_LOG = logging.getLogger(__name__)


class Worker:
    """Drains the queue of one store with the writers of this process."""

    def __init__(self, store: Store, attempts: Attempts, writers: Sequence[str], settings: Settings) -> None:
        self._store = store
        self._attempts = attempts
        self._writers = list(writers)
        self._settings = settings
        self._pace = Pace(settings.rate)
        self._running: dict[tuple[int, int, int], anyio.CancelScope] = {}
        self._slot_free = anyio.Event()

    async def run(self) -> None:
        """Work until cancelled."""
        await self._store.write(queue.forget_last_boot, boot=self._store.clock.boot_id)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._repeat, self._apply, (Topic.WORK,))
                tasks.start_soon(self._repeat, self._heartbeat, ())
                tasks.start_soon(self._repeat, self._rescue, ())
                tasks.start_soon(self._repeat, self._drop_lost_claims, (Topic.STOP,))
                tasks.start_soon(self._repeat, self._prune, ())
                await self._keep_claiming(tasks)
        finally:
            await self._leave()

    async def _keep_claiming(self, tasks: TaskGroup) -> None:
        with self._store.signals.watch(Topic.WORK) as watch:
            while True:
                await self._wait_for_slot()
                claims = await self._survive(self._claim)
                for claim in claims or ():
                    tasks.start_soon(self._work, claim)
                if not claims:
                    await watch.wait(await self._seconds_until_next())

    async def _wait_for_slot(self) -> None:
        while len(self._running) >= self._settings.concurrency:
            self._slot_free = anyio.Event()
            await self._slot_free.wait()

    async def _claim(self) -> list[Claim]:
        limit = self._settings.concurrency - len(self._running)
        claims = await self._store.write(
            queue.claim, owner=self._store.owner, writers=self._writers, limit=limit, lease=LEASE, at=self._now()
        )
        for claim in claims:
            self._running[claim.key] = anyio.CancelScope()
        return claims

    async def _seconds_until_next(self) -> float:
        boot = self._store.clock.boot_id
        due = await self._store.read(queue.next_run, writers=self._writers, boot=boot)
        return math.inf if due is None else max(0.005, (due - self._store.clock.boot()) / 1000)

    async def _work(self, claim: Claim) -> None:
        with self._held(claim) as scope, scope:
            await self._pace.turn(claim.writer)
            await self._survive(lambda: self._attempts.run(claim))

    @contextmanager
    def _held(self, claim: Claim) -> Iterator[anyio.CancelScope]:
        """The claim among those that run; its slot is free afterwards."""
        try:
            yield self._running[claim.key]
        finally:
            del self._running[claim.key]
            self._slot_free.set()

    async def _apply(self) -> float:
        """Do the promotes and rollbacks that wait, each as a whole."""
        for seq in await self._store.read(operations.applicable):
            await self._store.write(undo.apply_operation, seq, at=self._now())
        return math.inf

    async def _heartbeat(self) -> float:
        await self._store.write(_beat, self._store.owner, self._writers, self._settings.concurrency, at=self._now())
        return HEARTBEAT

    async def _rescue(self) -> float:
        """Take back what dead or silent owners hold. A look is a read; only a finding is a write."""
        holders = await self._store.read(queue.claims_by_owner)
        at = self._now()
        dead = [
            holder.owner
            for holder in holders
            if holder.owner and holder.boot == at.boot and self._store.presence.is_dead(holder.owner)
        ]
        if dead or any(holder.boot != at.boot or holder.lease_until <= at.boot_now for holder in holders):
            await self._store.write(queue.rescue, dead=dead, at=at)
        return RESCUE

    async def _drop_lost_claims(self) -> float:
        """Interrupt the work on claims that somebody took away (cancelled, rescued)."""
        if self._running:
            held = await self._store.read(queue.held, owner=self._store.owner)
            for key, scope in self._running.items():
                if key not in held:
                    scope.cancel()
        return math.inf

    async def _prune(self) -> float:
        at = self._now()
        before = at.now - round(self._settings.retention * _DAY)
        more = await self._store.write(queue.prune, before=before, at=at)
        return 0.0 if more else PRUNE

    async def _repeat(self, duty: Duty, topics: tuple[Topic, ...]) -> None:
        with self._store.signals.watch(*topics) as watch:
            while True:
                delay = await self._survive(duty)
                await watch.wait(_AFTER_ERROR if delay is None else delay)

    async def _survive(self, step: Callable[[], Awaitable[T]]) -> T | None:
        """Do a step; a store that fails for a while (a full disk, a busy file) must not end the worker."""
        try:
            return await step()
        except StoreError as error:
            _LOG.warning("the worker could not use the store, and tries again: %s", error)
            await anyio.sleep(_AFTER_ERROR)
            return None

    async def _leave(self) -> None:
        """Give back what is held before anything else: others go on with it at once."""
        with anyio.move_on_after(RELEASE, shield=True):
            await self._survive(lambda: self._store.write(_take_leave, self._store.owner, at=self._now()))

    def _now(self) -> Moment:
        return Moment.read(self._store.clock)


def _beat(db: Database, owner: str, writers: Sequence[str], concurrency: int, *, at: Moment) -> None:
    """Extend all leases of this process in one statement, and say that its worker is there."""
    queue.heartbeat(db, owner=owner, lease=LEASE, at=at)
    workers.announce(db, owner=owner, writers=writers, concurrency=concurrency, lease=LEASE, at=at)


def _take_leave(db: Database, owner: str, *, at: Moment) -> None:
    queue.release(db, owner=owner)
    workers.leave(db, owner=owner, at=at)
