"""Which workers there are: each announces itself with every heartbeat and takes its leave at the end."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from copydesk.store import queue
from copydesk.store.database import Topic
from copydesk.store.moments import Moment
from copydesk.store.queries import load_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.store.database import Database
    from copydesk.store.store import Store

_SQL = load_queries("workers")


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A worker that is believed to be there, and the writers it can run."""

    owner: str
    writers: tuple[str, ...]
    concurrency: int
    started_at: int


def announce(db: Database, *, owner: str, writers: Sequence[str], concurrency: int, lease: int, at: Moment) -> None:
    """A worker is there; believe it for `lease` milliseconds."""
    parameters = {
        "owner": owner,
        "boot": at.boot,
        "seen_until": at.boot_now + lease,
        "writers": json.dumps(list(writers)),
        "concurrency": concurrency,
        "now": at.now,
    }
    db.change(_SQL["announce"], parameters)


def leave(db: Database, *, owner: str, at: Moment) -> None:
    """A worker is gone; so are those whose word has run out."""
    db.change(_SQL["leave"], {"owner": owner, "boot": at.boot, "boot_now": at.boot_now})


async def forget_dead(store: Store) -> None:
    """Take those workers off the list whose processes died without taking their leave: their locks are free.

    Nobody tells of such a death; without this they would count as present until their word runs out.
    """
    known = await store.read(present, at=Moment.read(store.clock))
    for worker in known:
        if store.presence.is_dead(worker.owner):
            await store.write(_bury, worker.owner, at=Moment.read(store.clock))


def _bury(db: Database, owner: str, *, at: Moment) -> None:
    """Its jobs wait again: while they seemed to be worked on, nobody would notice that no worker is left.

    Only its own: leases that ran out are the workers' business, who renew theirs first.
    """
    leave(db, owner=owner, at=at)
    queue.rescue(db, dead=[owner], at=replace(at, boot_now=0))
    db.tell(Topic.PROGRESS)


def present(db: Database, *, at: Moment) -> list[WorkerRecord]:
    """The workers that are believed to be there."""
    rows = db.rows(_SQL["workers"], {"boot": at.boot, "boot_now": at.boot_now})
    return [
        WorkerRecord(row["owner"], tuple(json.loads(row["writers"])), row["concurrency"], row["started_at"])
        for row in rows
    ]
