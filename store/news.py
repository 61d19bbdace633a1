"""What has changed since somebody last looked: copy, work under way, single operations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from copydesk.store.entities import Place
from copydesk.store.queries import load_queries
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copydesk.store.database import Database

__all__ = [
    "CopyNews",
    "OperationMark",
    "WorkMark",
    "last_change",
    "operation_ids",
    "operation_marks",
    "places_changed",
    "work_mark",
]

_SQL = load_queries("news")
_MOST_CHANGES: Final = 10_000
"""Changes to look at in one go: the rest is found at the next look."""

OperationMark: TypeAlias = tuple[int, ...]
"""The counters of an operation. It is unlike the one before when the operation has moved."""
WorkMark: TypeAlias = tuple[int, int]
"""The newest operation and the number of unfinished jobs."""


@dataclass(frozen=True, slots=True)
class CopyNews:
    """Where copy changed, and the number of the last change that was looked at."""

    places: frozenset[Place]
    last: int


def last_change(db: Database) -> int:
    """The number of the newest change; 0 before the first."""
    return int(db.value(_SQL["last_change"]))


def places_changed(db: Database, since: int, *, limit: int = _MOST_CHANGES) -> CopyNews:
    """Where copy changed after the change `since`, through at most `limit` changes."""
    rows = db.rows(_SQL["places_changed"], {"since": since, "limit": limit})
    places = frozenset(Place(row["page"], row["section"], Environment(row["environment"])) for row in rows)
    return CopyNews(places, max((row["last"] for row in rows), default=since))


def work_mark(db: Database) -> WorkMark:
    """Unlike the one before when other jobs are under way."""
    row = db.row(_SQL["work"])
    assert row is not None, "it selects two values"
    return row["newest"], row["unfinished"]


def operation_marks(db: Database, ids: Iterable[str]) -> Mapping[str, OperationMark]:
    """How far these operations are; those that do not exist are left out."""
    rows = db.rows(_SQL["operation_counts"], {"ids": json.dumps(sorted(ids))})
    return {row["id"]: tuple(row)[1:] for row in rows}


def operation_ids(db: Database, prefix: str, *, only_failed: bool = False, limit: int = 100) -> list[str]:
    """Ids that begin with `prefix`, newest first."""
    parameters = {"prefix": prefix, "only_failed": int(only_failed), "limit": limit}
    return [row["id"] for row in db.rows(_SQL["operation_ids"], parameters)]
