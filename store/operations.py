"""Reading operations, their jobs and their snapshots."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from copydesk.store.ids import parse_job_id
from copydesk.store.models import Job, Operation, Spent, UnfinishedJob
from copydesk.store.moments import Moment
from copydesk.store.queries import load_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.store.database import Database
    from copydesk.store.states import JobState

_SQL = load_queries("operations")


def keep_snapshot(db: Database, snapshot_hash: str, document: str, *, at: Moment) -> None:
    """Store a site definition once, by the hash of its content."""
    db.change(_SQL["add_snapshot"], {"hash": snapshot_hash, "document": document, "now": at.now})


def snapshot_document(db: Database, snapshot_hash: str) -> str | None:
    document = db.value(_SQL["snapshot"], {"hash": snapshot_hash})
    return None if document is None else str(document)


def by_id(db: Database, operation_id: str) -> Operation | None:
    row = db.row(_SQL["by_id"], {"id": operation_id})
    return None if row is None else Operation.of(row)


def by_seq(db: Database, seq: int) -> Operation | None:
    row = db.row(_SQL["by_seq"], {"seq": seq})
    return None if row is None else Operation.of(row)


def by_request_id(db: Database, request_id: str) -> Operation | None:
    row = db.row(_SQL["by_request_id"], {"request_id": request_id})
    return None if row is None else Operation.of(row)


def last_moment(db: Database, operation: int) -> int:
    """When an operation last began, changed copy, lost a job to an error, or ended (ms)."""
    return int(db.value(_SQL["last_moment"], {"operation": operation}))


def unfinished(db: Database, *, limit: int = 20) -> list[Operation]:
    """Operations with unfinished jobs, oldest first."""
    return [Operation.of(row) for row in db.rows(_SQL["unfinished"], {"limit": limit})]


def latest(db: Database) -> Operation | None:
    row = db.row(_SQL["latest"])
    return None if row is None else Operation.of(row)


def applicable(db: Database) -> list[int]:
    """Unfinished promotes and rollbacks, oldest first: sequence numbers."""
    return [row["seq"] for row in db.rows(_SQL["applicable"])]


def recent_ids(db: Database) -> list[str]:
    """Ids to suggest from when somebody asks for one that does not exist."""
    return [row["id"] for row in db.rows(_SQL["recent_ids"])]


def jobs_of(
    db: Database,
    operation: int,
    *,
    states: Sequence[JobState] = (),
    from_position: int = 0,
    limit: int = 20,
) -> list[Job]:
    """Jobs of an operation in order, from a position on; `limit` -1 is all of them."""
    parameters = {
        "operation": operation,
        "from_position": from_position,
        "states": json.dumps(list(states)),
        "limit": limit,
    }
    return [Job.of(row) for row in db.rows(_SQL["jobs_of"], parameters)]


def failed_jobs(db: Database, operation: int, *, from_position: int = 0, limit: int = 20) -> list[Job]:
    """Failed jobs of an operation in order, from a position on."""
    parameters = {"operation": operation, "from_position": from_position, "limit": limit}
    return [Job.of(row) for row in db.rows(_SQL["failed_of"], parameters)]


def job(db: Database, job_id: str) -> Job | None:
    """One job by its public id."""
    parsed = parse_job_id(job_id)
    operation = by_id(db, parsed[0]) if parsed else None
    if parsed is None or operation is None:
        return None
    row = db.row(_SQL["job"], {"operation": operation.seq, "position": parsed[1]})
    return None if row is None else Job.of(row)


def spent_on(db: Database, job: Job) -> Spent:
    """What all attempts at a job cost together, as far as it is known."""
    row = db.row(_SQL["spent_on"], {"operation": job.operation, "position": job.position})
    assert row is not None, "an aggregate always has a row"
    return Spent(**dict(zip(row.keys(), row, strict=True)))


def count_finished(db: Database, operation: int, positions: Sequence[int]) -> int:
    """How many of these jobs of an operation are finished."""
    parameters = {"operation": operation, "positions": json.dumps(list(positions))}
    return int(db.value(_SQL["count_finished"], parameters))


def unfinished_jobs(db: Database, pages: Sequence[str] = ()) -> list[UnfinishedJob]:
    """What keeps sections of these pages busy, in all environments; of all pages if none is named."""
    rows = (
        db.rows(_SQL["unfinished_jobs_of_pages"], {"pages": json.dumps(list(pages))})
        if pages
        else db.rows(_SQL["unfinished_jobs"])
    )
    return [UnfinishedJob.of(row) for row in rows]


def milliseconds_a_job(db: Database, writer: str, *, now: int) -> float | None:
    """How long a job of this writer took lately, counted over operations with their parallel workers."""
    row = db.row(_SQL["pace"], {"writer": writer, "now": now})
    return None if row is None or not row["jobs"] else row["milliseconds"] / row["jobs"]
