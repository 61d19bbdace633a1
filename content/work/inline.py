"""Doing an operation here and now, one section after another, and recording it like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from copydesk.content.operations.recording import Order, Recorded, record, record_applied
from copydesk.content.work.worker import HEARTBEAT, LEASE
from copydesk.store import operations, queue
from copydesk.store.database import Topic
from copydesk.store.models import Claim, Moment

if TYPE_CHECKING:
    from copydesk.content.work.attempts import Attempts
    from copydesk.store.database import Database
    from copydesk.store.models import Operation
    from copydesk.store.store import Store

_LOOK_AGAIN = 1.0


async def apply_inline(store: Store, order: Order) -> Recorded:
    """Record a promote, a rollback or an edit and do it, in one transaction."""
    return await store.write(record_applied, order, at=Moment.read(store.clock))


async def write_inline(store: Store, attempts: Attempts, order: Order) -> Recorded:
    """Record a generate or regenerate, take all its jobs at once so that no worker does, and write them in order."""
    recorded, claims = await store.write(_record_claimed, order, store.owner, at=Moment.read(store.clock))
    if recorded.operation is None:
        return recorded
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_keep_leases, store)
        with store.signals.watch(Topic.WORK, Topic.PROGRESS) as watch:
            while await _is_unfinished(store, recorded.operation):
                for claim in claims:
                    await attempts.run(claim)
                claims = await _claim_again(store, recorded.operation)
                if not claims and await _is_unfinished(store, recorded.operation):
                    await watch.wait(_LOOK_AGAIN)
        tasks.cancel_scope.cancel()
    return recorded


def _record_claimed(db: Database, order: Order, owner: str, *, at: Moment) -> tuple[Recorded, list[Claim]]:
    recorded = record(db, order, at=at)
    if recorded.operation is None:
        return recorded, []
    return recorded, queue.claim_operation(db, recorded.operation.seq, owner=owner, lease=LEASE, at=at)


async def _claim_again(store: Store, operation: Operation) -> list[Claim]:
    """Jobs that are due again: their last attempt failed for a reason that may pass."""
    return await store.write(
        queue.claim_operation, operation.seq, owner=store.owner, lease=LEASE, at=Moment.read(store.clock)
    )


async def _is_unfinished(store: Store, operation: Operation) -> bool:
    stored = await store.read(operations.by_seq, operation.seq)
    return stored is not None and stored.is_unfinished


async def _keep_leases(store: Store) -> None:
    while True:
        await anyio.sleep(HEARTBEAT)
        await store.write(queue.heartbeat, owner=store.owner, lease=LEASE, at=Moment.read(store.clock))
