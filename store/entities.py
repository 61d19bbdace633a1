"""Copy: immutable revisions, the entities that point at them, and the changes that moved them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.store.database import Database, Topic
from copydesk.store.ids import fields_hash
from copydesk.store.models import Change, Holding, NewRevision, Revision
from copydesk.store.moments import Moment
from copydesk.store.queries import load_queries
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from collections.abc import Sequence

_SQL = load_queries("entities")


@dataclass(frozen=True, slots=True)
class Place:
    """Where copy stands: a section of a page in one environment."""

    page: str
    section: str
    environment: Environment

    @property
    def parameters(self) -> dict[str, object]:
        return {"page": self.page, "section": self.section, "environment": self.environment}


def current(db: Database, place: Place) -> int | None:
    """The revision that stands there, or `None`."""
    revision = db.value(_SQL["current"], place.parameters)
    return None if revision is None else int(revision)


def current_copy(db: Database, place: Place) -> Revision | None:
    """The copy that stands there, with its text."""
    row = db.row(_SQL["current_copy"], place.parameters)
    return None if row is None else Revision.of(row)


def copies(db: Database, environment: Environment) -> list[Revision]:
    """All copy of one environment, with its text."""
    return [Revision.of(row) for row in db.rows(_SQL["copies"], {"environment": environment})]


def revision(db: Database, revision_id: int) -> Revision | None:
    row = db.row(_SQL["revision"], {"id": revision_id})
    return None if row is None else Revision.of(row)


def holdings(db: Database, pages: Sequence[str] = ()) -> list[Holding]:
    """What stands in every section of these pages, in all environments; of all pages if none is named."""
    return [Holding.of(row) for row in db.rows(_SQL["holdings"], {"pages": json.dumps(list(pages))})]


def add_revision(db: Database, place: Place, new: NewRevision, *, operation: int, at: Moment) -> int:
    """Store a version; its id."""
    parameters = {
        "page": place.page,
        "section": place.section,
        "template": new.template,
        "fields": json.dumps(new.fields, ensure_ascii=False),
        "hash": fields_hash(new.template, new.fields),
        "origin": new.origin,
        "writer": new.writer,
        "model": new.model,
        "is_draft": int(new.is_draft),
        "operation": operation,
        "snapshot": new.snapshot,
        "brief": new.brief,
        "input_tokens": new.spent.input_tokens,
        "output_tokens": new.spent.output_tokens,
        "cost": new.spent.cost,
        "now": at.now,
    }
    return int(db.value(_SQL["add_revision"], parameters))


def move(
    db: Database,
    place: Place,
    *,
    operation: int,
    before: int | None,
    after: int | None,
    at: Moment,
    undoes: int | None = None,
) -> int:
    """Let the entity point at `after` (`None` removes it) and append the change; the change's id."""
    if after is None:
        db.change(_SQL["remove"], place.parameters)
    else:
        db.change(_SQL["point"], place.parameters | {"revision": after, "now": at.now})
    change = place.parameters | {"operation": operation, "before": before, "after": after, "undoes": undoes}
    db.tell(Topic.PROGRESS)
    return int(db.value(_SQL["add_change"], change | {"now": at.now}))


def changes_of(db: Database, operation: int, *, from_id: int = 0, limit: int = 20) -> list[Change]:
    """The changes of an operation, in order."""
    parameters = {"operation": operation, "from_id": from_id, "limit": limit}
    return [Change.of(row) for row in db.rows(_SQL["changes_of"], parameters)]


def placeholders_released(db: Database, operation: int) -> int:
    """How many sections a promote has published, or has yet to publish, as placeholder drafts."""
    return int(db.value(_SQL["placeholders_released"], {"operation": operation}))


def last_change_of(db: Database, operation: int) -> Change | None:
    """The newest change of an operation."""
    row = db.row(_SQL["last_change_of"], {"operation": operation})
    return None if row is None else Change.of(row)


def counts(db: Database) -> dict[Environment, int]:
    """How many sections have copy in each environment."""
    found = {row["environment"]: row["sections"] for row in db.rows(_SQL["counts"])}
    return {environment: found.get(environment, 0) for environment in Environment}
