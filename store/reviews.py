"""What somebody was shown before a promote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.store.queries import load_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

_SQL = load_queries("reviews")


@dataclass(frozen=True, slots=True)
class ReviewedSection:
    """One section as it was shown: the revisions that stood in preview and in production."""

    page: str
    section: str
    preview: int | None
    production: int | None


@dataclass(frozen=True, slots=True)
class Review:
    id: str
    sections: tuple[ReviewedSection, ...]
    created_at: int
    expires_at: int


def keep(db: Database, review_id: str, sections: Sequence[ReviewedSection], *, lifetime: int, at: Moment) -> None:
    """Store a review for `lifetime` milliseconds."""
    shown = [[one.page, one.section, one.preview, one.production] for one in sections]
    parameters = {"id": review_id, "sections": json.dumps(shown), "now": at.now, "expires_at": at.now + lifetime}
    db.change(_SQL["add_review"], parameters)


def find(db: Database, review_id: str) -> Review | None:
    row = db.row(_SQL["review"], {"id": review_id})
    if row is None:
        return None
    sections = tuple(ReviewedSection(*shown) for shown in json.loads(row["sections"]))
    return Review(row["id"], sections, row["created_at"], row["expires_at"])


def prune(db: Database, *, at: Moment) -> int:
    """Delete the reviews whose time has passed; how many there were."""
    return db.change(_SQL["prune_reviews"], {"now": at.now})
