"""Doing an operation here and now, one section after another, and recording it like any other."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio

from copydesk.content.operations.recording import Order, Recorded, record, record_applied
from copydesk.content.work.rescuing import rescue
from copydesk.content.work.running import Running
from copydesk.content.work.timing import USUAL, Timing
from copydesk.store import operations, queue
from copydesk.store.database import Topic
from copydesk.store.errors import StoreError
from copydesk.store.models import Claim
from copydesk.store.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.content.work.attempts import Attempts
    from copydesk.content.work.pace import Pace
    from copydesk.store.database import Database
    from copydesk.store.models import Operation
    from copydesk.store.store import Store

_LOOK_AGAIN: Final = 1.0
_ALL: Final = -1


async def apply_inline(store: Store, order: Order) -> Recorded:
    """Record a promote, a rollback or an edit and do it, in one transaction."""
    return await store.write(record_applied, order, at=Moment.read(store.clock))


async def write_inline(store: Store, attempts: Attempts, order: Order, pace: Pace, timing: Timing = USUAL) -> Recorded:
    """Record a generate or regenerate, take all its jobs at once so that no worker does, and write them in order.

    Cancelled, it gives back what it has not written: the jobs wait for a worker, like those of any other operation.
    """
    try:
        at = Moment.read(store.clock)
        recorded, claims = await store.write(_record_claimed, order, store.owner, timing.lease, at=at)
        if recorded.operation is not None:
            await _Performance(store, attempts, recorded.operation, pace, timing).run(claims)
    except BaseException:
        with suppress(StoreError), anyio.move_on_after(timing.release, shield=True):
            await store.write_regardless(_give_back, order, store.owner)
        raise
    return recorded


def _record_claimed(db: Database, order: Order, owner: str, lease: int, *, at: Moment) -> tuple[Recorded, list[Claim]]:
    recorded = record(db, order, at=at)
    return recorded, [] if recorded.operation is None else _claim(db, recorded.operation, owner, lease, at=at)


def _claim(db: Database, operation: Operation, owner: str, lease: int, *, at: Moment) -> list[Claim]:
    """What of the operation is due and within its budget."""
    writers = [operation.writer] if operation.writer else []
    return queue.claim(db, owner=owner, writers=writers, limit=_ALL, lease=lease, at=at, operation=operation.seq)


def _give_back(db: Database, order: Order, owner: str) -> None:
    """By the order's own id: a cancelled caller may not have learnt what became of the order."""
    operation = operations.by_id(db, order.id)
    if operation is None and order.request_id is not None:
        operation = operations.by_request_id(db, order.request_id)
    if operation is not None:
        queue.release(db, owner=owner, operation=operation.seq)


class _Performance:
    """One operation, written section by section until nothing of it is unfinished."""

    def __init__(self, store: Store, attempts: Attempts, operation: Operation, pace: Pace, timing: Timing) -> None:
        self._store = store
        self._attempts = attempts
        self._operation = operation
        self._pace = pace
        self._timing = timing
        self._running = Running(store)

    async def run(self, claims: Sequence[Claim]) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_leases)
            tasks.start_soon(self._rescue)
            tasks.start_soon(self._interrupt_lost)
            await self._write_all(claims)
            tasks.cancel_scope.cancel()

    async def _write_all(self, claims: Sequence[Claim]) -> None:
        with self._store.signals.watch(Topic.WORK, Topic.PROGRESS) as watch:
            while True:
                await self._write(claims)
                if not await self._is_unfinished():
                    return
                claims = await self._claim_again()
                if not claims:
                    await watch.wait(_LOOK_AGAIN)

    async def _write(self, claims: Sequence[Claim]) -> None:
        self._running.add(claims)
        for claim in claims:
            # One after another: those that were lost meanwhile are not even begun.
            await self._running.interrupt_lost()
            with self._running.interruptible(claim):
                await self._attempts.run(await self._pace.turn(claim))

    async def _claim_again(self) -> list[Claim]:
        """Jobs that are due again, and those that the budget had no room for before."""
        at = Moment.read(self._store.clock)
        return await self._store.write(_claim, self._operation, self._store.owner, self._timing.lease, at=at)

    async def _is_unfinished(self) -> bool:
        stored = await self._store.read(operations.by_seq, self._operation.seq)
        return stored is not None and stored.is_unfinished

    async def _keep_leases(self) -> None:
        while True:
            await anyio.sleep(self._timing.heartbeat)
            at = Moment.read(self._store.clock)
            with suppress(StoreError):
                await self._store.write(queue.heartbeat, owner=self._store.owner, lease=self._timing.lease, at=at)

    async def _rescue(self) -> None:
        """There may be no worker to notice that somebody who took one of our jobs has died."""
        while True:
            await anyio.sleep(self._timing.rescue)
            with suppress(StoreError):
                await rescue(self._store, lease=self._timing.lease)

    async def _interrupt_lost(self) -> None:
        with self._store.signals.watch(Topic.STOP) as watch:
            while True:
                with suppress(StoreError):
                    await self._running.interrupt_lost()
                await watch.wait(math.inf)
