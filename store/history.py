"""Looking back: which operations there were, and what became of one section."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from copydesk.store.models import Operation, of_row
from copydesk.store.queries import load_queries
from copydesk.store.states import OperationKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.store.database import Database, Row
    from copydesk.store.entities import Place
    from copydesk.store.states import Environment

_SQL = load_queries("history")
_LAST: Final = 2**62
"""Later than every time, and higher than every number."""


@dataclass(frozen=True, slots=True)
class OperationFilter:
    """Which operations: begun from `since` on and before `until` (milliseconds since 1970), of kinds, by somebody."""

    since: int | None = None
    until: int | None = None
    kinds: tuple[OperationKind, ...] = ()
    started_by: str | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "since": 0 if self.since is None else self.since,
            "until": _LAST if self.until is None else self.until,
            "kinds": json.dumps(list(self.kinds)),
            "started_by": self.started_by,
        }


@dataclass(frozen=True, slots=True)
class OperationTotals:
    """What operations come to together. Tokens and US dollars are `None` when none of them is known."""

    operations: int
    changed: int
    completed: int
    failed: int
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None


@dataclass(frozen=True, slots=True)
class WriterTotals:
    """What the operations of one writer come to together. Tokens and US dollars are `None` while none is known."""

    writer: str
    operations: int
    completed: int
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None

    @classmethod
    def of(cls, row: Row) -> Self:
        return of_row(cls, row)


@dataclass(frozen=True, slots=True)
class PastChange:
    """One change of a section: which revision stood before and after (`None`: no copy), and by which operation."""

    id: int
    before: int | None
    after: int | None
    undoes: int | None
    undone_by: int | None
    created_at: int
    operation_id: str
    kind: OperationKind

    @classmethod
    def of(cls, row: Row) -> Self:
        return of_row(cls, row, kind=OperationKind)


@dataclass(frozen=True, slots=True)
class PreviousCopy:
    """What stood in a section before its current copy; `None` is no copy."""

    revision: int | None
    hash: str | None


def list_operations(
    db: Database, wanted: OperationFilter, *, before: int | None = None, limit: int = 20
) -> list[Operation]:
    """Operations with a lower number than `before`, newest first. What they skipped and refused is left out."""
    parameters = wanted.parameters | {"before": _LAST if before is None else before, "limit": limit}
    return [Operation.of(row) for row in db.rows(_SQL["operations"], parameters)]


def total_operations(db: Database, wanted: OperationFilter) -> OperationTotals:
    """The totals of all operations that the filter lets through."""
    row = db.row(_SQL["totals"], wanted.parameters)
    assert row is not None, "an aggregate always has a row"
    return OperationTotals(**dict(zip(row.keys(), row, strict=True)))


def total_by_writer(db: Database, wanted: OperationFilter, *, limit: int) -> list[WriterTotals]:
    """The totals of each writer, those with the most tokens first."""
    return [WriterTotals.of(row) for row in db.rows(_SQL["totals_by_writer"], wanted.parameters | {"limit": limit})]


def starters(db: Database) -> list[str]:
    """Who has started operations, by name."""
    return [row["started_by"] for row in db.rows(_SQL["starters"])]


def changes_of_section(db: Database, place: Place, *, limit: int = 10) -> list[PastChange]:
    """The last changes of a section in one environment, newest first."""
    rows = db.rows(_SQL["section"], place.parameters | {"limit": limit})
    return [PastChange.of(row) for row in rows]


def previous_copies(
    db: Database, environment: Environment, pages: Sequence[str] = ()
) -> dict[tuple[str, str], PreviousCopy]:
    """What stood before the current copy, by (page, section), for every section of these pages that has copy."""
    rows = db.rows(_SQL["previous"], {"environment": environment, "pages": json.dumps(list(pages))})
    return {(row["page"], row["section"]): PreviousCopy(row["revision"], row["hash"]) for row in rows}


def revisions_of(db: Database, page: str, section: str, *, limit: int = 20) -> list[int]:
    """The versions that there are of a section, newest first."""
    rows = db.rows(_SQL["revisions"], {"page": page, "section": section, "limit": limit})
    return [row["id"] for row in rows]
