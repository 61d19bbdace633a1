"""Undo: appending the inverse of changes.

A change can be undone while its entity still is what the change made of it, and nobody has changed it since: a later
change that brought the same revision back is somebody's, too. Anything else is drift.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.store import entities
from copydesk.store.database import Database
from copydesk.store.entities import Place
from copydesk.store.models import Change
from copydesk.store.moments import Moment
from copydesk.store.queries import load_queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SQL = load_queries("entities")


@dataclass(frozen=True, slots=True)
class Drift:
    """An entity that somebody changed since the change to undo, and the operation that changed it last."""

    place: Place
    expected: int | None
    found: int | None
    changed_by: str | None


def append_inverse(db: Database, change: Change, *, operation: int, at: Moment) -> None:
    """Take one change back, whatever stands there now."""
    place = Place(change.page, change.section, change.environment)
    inverse = entities.move(
        db,
        place,
        operation=operation,
        before=entities.current(db, place),
        after=change.before,
        at=at,
        undoes=change.id,
    )
    _mark(db, change.id, inverse)


def _mark(db: Database, change: int | None, undone_by: int | None) -> None:
    """Mark a change as undone or standing, and the chain below it: what a standing change undid is undone."""
    while change is not None:
        db.change(_SQL["mark_undone"], {"id": change, "undone_by": undone_by})
        undone_by = None if undone_by is not None else change
        change = db.value(_SQL["undoes"], {"id": change})


def find_drift(db: Database, changes: Iterable[Change]) -> list[Drift]:
    """Where undoing these changes, newest first, would overwrite what somebody did since."""
    stands: dict[Place, int | None] = {}
    drifted: dict[Place, Drift] = {}
    undone: dict[Place, set[int]] = {}
    for change in changes:
        place = Place(change.page, change.section, change.environment)
        if place not in stands:
            stands[place] = entities.current(db, place)
        others = _changed_since(db, place, change.id) - undone.setdefault(place, set())
        undone[place].add(change.id)
        if (others or stands[place] != change.after) and place not in drifted:
            changed_by = db.value(_SQL["last_changed_by"], place.parameters)
            drifted[place] = Drift(place, change.after, stands[place], changed_by)
        stands[place] = change.before
    return list(drifted.values())


def _changed_since(db: Database, place: Place, change: int) -> set[int]:
    """Later changes of the entity that stand and are no undoing themselves."""
    return {row["id"] for row in db.rows(_SQL["changed_since"], place.parameters | {"change": change})}


def describe_drift(drift: Drift) -> str:
    by = f" by {drift.changed_by}" if drift.changed_by else ""
    return f"{drift.place.page}/{drift.place.section} ({drift.place.environment}) was changed since{by}"


def changes_by_id(db: Database, ids: Sequence[int]) -> list[Change]:
    """These changes, newest first."""
    return [Change.of(row) for row in db.rows(_SQL["changes_by_id"], {"ids": json.dumps(list(ids))})]


def standing_changes(db: Database, seqs: Sequence[int]) -> list[Change]:
    """The changes of these operations that nobody has undone, newest first."""
    return [Change.of(row) for row in db.rows(_SQL["standing_changes"], {"operations": json.dumps(list(seqs))})]


@dataclass(frozen=True, slots=True)
class Release:
    """What a standing promote did to one section: its change, and the promote itself."""

    change: int
    operation: int


def last_releases(db: Database, pages: Sequence[str] = ()) -> dict[tuple[str, str], Release]:
    """The newest standing release of each (page, section)."""
    rows = db.rows(_SQL["last_release_of"], {"pages": json.dumps(list(pages))})
    return {(row["page"], row["section"]): Release(row["id"], row["operation"]) for row in rows}


def who_undid(db: Database, operation: int) -> list[str]:
    """The operations that undid changes of this one."""
    return [row[0] for row in db.rows(_SQL["who_undid"], {"operation": operation})]
