"""Pruning: what is deleted after its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.store import reviews
from copydesk.store.queries import load_queries

if TYPE_CHECKING:
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

__all__ = ["prune"]

_SQL = load_queries("pruning")


def prune(db: Database, *, before: int, at: Moment, limit: int = 2_000) -> int:
    """Delete job rows of operations that finished before `before` (ms); how many. Call again while it is `limit`.

    Operations, changes, usage totals and revisions stay.
    """
    reviews.prune(db, at=at)
    deleted = 0
    for row in db.rows(_SQL["prunable"], {"before": before, "limit": 50}):
        operation = row["seq"]
        deleted += db.change(_SQL["prune_jobs"], {"operation": operation, "limit": limit - deleted})
        if deleted >= limit:
            return deleted
        db.change(_SQL["prune_usage"], {"operation": operation})
        db.change(_SQL["mark_pruned"], {"operation": operation, "now": at.now})
    return deleted
