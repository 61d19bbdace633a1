"""Which workers there are: each announces itself with every heartbeat and takes its leave at the end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.store.queries import load_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

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


def present(db: Database, *, at: Moment) -> list[WorkerRecord]:
    """The workers that are believed to be there."""
    rows = db.rows(_SQL["workers"], {"boot": at.boot, "boot_now": at.boot_now})
    return [
        WorkerRecord(row["owner"], tuple(json.loads(row["writers"])), row["concurrency"], row["started_at"])
        for row in rows
    ]
