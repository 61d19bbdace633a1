"""Taking back what dead or silent processes hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.store import queue
from copydesk.store.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.store.database import Database
    from copydesk.store.queue import Holder
    from copydesk.store.store import Store


async def rescue(store: Store, *, lease: int) -> None:
    """One look at all claims. A look is a read; only a finding is a write."""
    holders = await store.read(queue.claims_by_owner)
    at = Moment.read(store.clock)
    dead = [holder.owner for holder in holders if holder.owner and _is_dead(holder, store, at)]
    if dead or any(_has_run_out(holder, at) for holder in holders):
        await store.write(_rescue, store.owner, dead, lease=lease, at=at)


def _is_dead(holder: Holder, store: Store, at: Moment) -> bool:
    return holder.boot == at.boot and holder.owner is not None and store.presence.is_dead(holder.owner)


def _has_run_out(holder: Holder, at: Moment) -> bool:
    return holder.boot != at.boot or holder.lease_until <= at.boot_now


def _rescue(db: Database, owner: str, dead: Sequence[str], *, lease: int, at: Moment) -> None:
    """Whoever looks is alive: after a sleep of the machine its own leases have run out too, and are renewed first."""
    queue.heartbeat(db, owner=owner, lease=lease, at=at)
    queue.rescue(db, dead=dead, at=at)
