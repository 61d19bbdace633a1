"""Cancelling: what is unfinished stops at once; finished copy stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.content.operations.standing import find_job, find_operation
from copydesk.store import operations, stopping
from copydesk.store.states import UNFINISHED, OperationKind

if TYPE_CHECKING:
    from copydesk.store.database import Database
    from copydesk.store.models import Job
    from copydesk.store.moments import Moment

_EVERYTHING = -1


@dataclass(frozen=True, slots=True)
class Cancelled:
    """How many jobs were cancelled, how many of those asked for were finished already, and in which operations."""

    cancelled: int
    already_finished: int
    operation_ids: tuple[str, ...]


def cancel(db: Database, operation_id: str | None, job_ids: tuple[str, ...], *, at: Moment) -> Cancelled:
    """Cancel an operation, some jobs, or everything unfinished. Raises `ContentError` for unknown ids."""
    if job_ids:
        return _cancel_jobs(db, job_ids, at)
    if operation_id is not None:
        targets = [find_operation(db, operation_id)]
    else:
        targets = operations.unfinished(db, limit=_EVERYTHING)
    cancelled = sum(stopping.cancel_operation(db, one.seq, at=at) for one in targets)
    return Cancelled(cancelled, sum(one.finished for one in targets), tuple(one.id for one in targets))


def _cancel_jobs(db: Database, job_ids: tuple[str, ...], at: Moment) -> Cancelled:
    jobs = [find_job(db, job_id) for job_id in dict.fromkeys(job_ids)]
    unfinished = [job for job in jobs if job.state in UNFINISHED]
    cancelled = sum(_cancel_job(db, job, at) for job in unfinished)
    already = len(jobs) - len(unfinished)
    return Cancelled(cancelled, already, tuple(dict.fromkeys(job.operation_id for job in jobs)))


def _cancel_job(db: Database, job: Job, at: Moment) -> int:
    """A promote or a rollback is done whole or not at all: without one of its jobs it is not done."""
    operation = operations.by_seq(db, job.operation)
    if operation is not None and operation.kind in (OperationKind.PROMOTE, OperationKind.ROLLBACK):
        return stopping.cancel_operation(db, job.operation, at=at)
    return int(stopping.cancel_job(db, job.operation, job.position, at=at))
