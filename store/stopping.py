"""Ending jobs before they are done: cancelled by somebody, voided by an edit, or stopped with their whole operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.store.database import Database, Topic
from copydesk.store.queries import load_queries

if TYPE_CHECKING:
    from copydesk.store.entities import Place
    from copydesk.store.moments import Moment

__all__ = ["cancel_job", "cancel_operation", "stop_operation", "void_queued"]

_SQL = load_queries("stopping")


def cancel_operation(
    db: Database,
    operation: int,
    *,
    at: Moment,
    code: str = "cancelled",
    message: str = "Cancelled before it was finished.",
) -> int:
    """Cancel all that is unfinished of an operation; how many jobs that was. Finished copy stays."""
    parameters = {"operation": operation, "now": at.now, "code": code, "message": message}
    return _cancelled(db, len(db.rows(_SQL["cancel_operation"], parameters)))


def cancel_job(db: Database, operation: int, position: int, *, at: Moment) -> bool:
    """Cancel one job; whether it was unfinished."""
    parameters = {
        "operation": operation,
        "position": position,
        "now": at.now,
        "code": "cancelled",
        "message": "Cancelled before it was finished.",
    }
    return bool(_cancelled(db, len(db.rows(_SQL["cancel_job"], parameters))))


def void_queued(db: Database, place: Place, *, at: Moment) -> int:
    """Cancel the job that waits to write a section which somebody has just edited; a running one finds out itself."""
    message = f"{place.page}/{place.section} was edited by hand before this job began; the edit was kept."
    parameters = place.parameters | {"now": at.now, "code": "edited", "message": message}
    return _cancelled(db, len(db.rows(_SQL["cancel_queued_for_section"], parameters)))


def _cancelled(db: Database, jobs: int) -> int:
    if jobs:
        db.tell(Topic.STOP, Topic.PROGRESS, Topic.WORK)
    return jobs


def stop_operation(db: Database, operation: int, *, code: str, message: str, stopped: str | None, at: Moment) -> int:
    """Give up all that is unfinished of an operation, attempts unspent; how many jobs that was."""
    parameters = {"operation": operation, "code": code, "message": message, "stopped": stopped, "now": at.now}
    stopped_jobs = db.change(_SQL["stop_operation"], parameters)
    if stopped_jobs:
        db.tell(Topic.STOP, Topic.PROGRESS)
    return stopped_jobs
