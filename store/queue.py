"""The job queue: enqueue, claim, heartbeat, finish, retry, release, rescue, cancel.

A claim is one statement. Every transition after it names the claim (owner and attempt) and changes nothing once the
claim is lost. Finishing a job and its effect on the copy are one transaction. docs/states.md draws the states.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from copydesk.store import entities
from copydesk.store.database import Database, Row, Topic
from copydesk.store.ids import job_id
from copydesk.store.models import Claim, NewJob, NewOperation, NewRevision, Spent
from copydesk.store.moments import Moment
from copydesk.store.queries import load_queries
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "RESCUE_LIMIT",
    "Finish",
    "Holder",
    "add_done",
    "add_operation",
    "cancel_job",
    "cancel_operation",
    "claim",
    "claims_by_owner",
    "complete",
    "complete_applied",
    "enqueue",
    "fail",
    "forget_last_boot",
    "heartbeat",
    "held",
    "next_run",
    "record_usage",
    "refuse_applied",
    "release",
    "rescue",
    "retry",
    "stop_operation",
    "void_queued",
    "where_the_text_is",
]

RESCUE_LIMIT: Final = 3
"""A job that lost its worker this often is given up: it may be what kills them."""

_QUEUE = load_queries("queue")
_OPERATIONS = load_queries("operations")


class Finish(Enum):
    """What became of an attempt to finish a job."""

    DONE = auto()
    LOST = auto()
    """The claim was gone: nothing was changed."""
    OVERTAKEN = auto()
    """The section's copy changed while the job ran: the job failed and keeps its text, the copy stays."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds claims. `lease_until` is when the first one runs out, since the boot named `boot`."""

    owner: str | None
    boot: str
    lease_until: int


def enqueue(db: Database, operation: NewOperation, jobs: Sequence[NewJob], *, at: Moment) -> int:
    """Store an operation with all its jobs, due at once; its sequence number.

    A job for an entity that has an unfinished one violates `one_unfinished_job`: plan in the same transaction.
    """
    seq = add_operation(db, operation, at=at)
    db.change_many(_QUEUE["add_job"], _job_rows(seq, jobs, at))
    db.tell(Topic.WORK, Topic.PROGRESS)
    return seq


def add_operation(db: Database, operation: NewOperation, *, at: Moment) -> int:
    """Store an operation without jobs; its sequence number."""
    return int(
        db.value(
            _OPERATIONS["add_operation"],
            {name: getattr(operation, name) for name in operation.__slots__} | {"created_at": at.now},
        )
    )


def _job_rows(seq: int, jobs: Sequence[NewJob], at: Moment) -> Iterable[dict[str, object]]:
    for position, job in enumerate(jobs, start=1):
        row: dict[str, object] = {name: getattr(job, name) for name in job.__slots__}
        row["undoes"] = None if job.undoes is None else json.dumps(job.undoes)
        yield row | {"operation": seq, "position": position, "run_at": at.boot_now, "boot": at.boot}


def claim(
    db: Database,
    *,
    owner: str,
    writers: Sequence[str],
    limit: int,
    lease: int,
    at: Moment,
    operation: int | None = None,
) -> list[Claim]:
    """Take up to `limit` (-1: all) due jobs of these writers for `lease` milliseconds, by run time, then order.

    With `operation` only its jobs, to do them inline.
    """
    rows = db.rows(
        _QUEUE["claim"],
        {
            "owner": owner,
            "writers": json.dumps(writers),
            "operation": operation,
            "limit": limit,
            "lease_until": at.boot_now + lease,
            "boot_now": at.boot_now,
            "boot": at.boot,
            "now": at.now,
        },
    )
    _stop_what_is_out_of_budget(db, at)
    return _claims(db, rows, owner)


def _claims(db: Database, rows: list[Row], owner: str) -> list[Claim]:
    """`RETURNING` promises no order: sort again."""
    if rows:
        db.tell(Topic.PROGRESS)
    in_order = sorted(rows, key=lambda row: (row["run_at"], row["operation"], row["position"]))
    names = [name for name in Claim.__slots__ if name != "owner"]
    return [Claim(owner=owner, **{name: row[name] for name in names}) for row in in_order]


def _stop_what_is_out_of_budget(db: Database, at: Moment) -> None:
    for row in db.rows(_QUEUE["operations_out_of_budget"]):
        message = "The operation's token budget is used up. Retry the failed ones with a larger budget."
        stop_operation(db, row["seq"], code="budget", message=message, stopped="budget", at=at)


def next_run(db: Database, *, writers: Sequence[str], boot: str) -> int | None:
    """When the next job of these writers is due, in milliseconds since boot; `None` if there is none."""
    due = db.value(_QUEUE["next_run"], {"writers": json.dumps(writers), "boot": boot})
    return None if due is None else int(due)


def heartbeat(db: Database, *, owner: str, lease: int, at: Moment) -> int:
    """Extend the lease of everything that `owner` holds, in one statement; how many jobs that is."""
    return db.change(_QUEUE["heartbeat"], {"owner": owner, "lease_until": at.boot_now + lease, "boot": at.boot})


def held(db: Database, *, owner: str) -> set[tuple[int, int, int]]:
    """The claims of `owner` that stand: (operation, position, attempt)."""
    return {(row[0], row[1], row[2]) for row in db.rows(_QUEUE["held"], {"owner": owner})}


def add_done(
    db: Database, operation: int, place: entities.Place, revision: NewRevision, *, base: int | None, at: Moment
) -> None:
    """Store a piece of work that is done already (an edit): its finished job, its revision and its change."""
    made = entities.add_revision(db, place, revision, operation=operation, at=at)
    entities.move(db, place, operation=operation, before=base, after=made, at=at)
    job = place.parameters | {
        "operation": operation,
        "template": revision.template,
        "base": base,
        "revision": made,
        "boot": at.boot,
        "now": at.now,
    }
    db.change(_QUEUE["add_done"], job)


def complete(db: Database, claim: Claim, revision: NewRevision, *, at: Moment) -> Finish:
    """Finish a job with its copy: the job, the revision, the change and the entity, or none of them."""
    record_usage(db, claim, revision.spent, at=at)
    job = db.row(_QUEUE["claimed_job"], claim.fence)
    if job is None:
        return Finish.LOST
    environment = Environment(job["environment"])
    place = entities.Place(job["page"], job["section"], environment)
    if entities.current(db, place) != job["base"]:
        _fail_overtaken(db, claim, revision, at)
        return Finish.OVERTAKEN
    made = entities.add_revision(db, place, revision, operation=claim.operation, at=at)
    entities.move(db, place, operation=claim.operation, before=job["base"], after=made, at=at)
    db.change(_QUEUE["complete"], claim.fence | {"now": at.now, "revision": made})
    # What the job had reserved of a budget is free for the next.
    db.tell(Topic.PROGRESS, *(() if job["budget"] is None else (Topic.WORK,)))
    return Finish.DONE


def _fail_overtaken(db: Database, claim: Claim, revision: NewRevision, at: Moment) -> None:
    fail(
        db,
        claim,
        code="edited",
        message=(
            f"The copy of {claim.page}/{claim.section} was changed while this job wrote it; that change was kept. "
            f"{where_the_text_is(db, claim)} Regenerate the section if it should be rewritten all the same."
        ),
        result=json.dumps(revision.fields, ensure_ascii=False),
        at=at,
    )


def where_the_text_is(db: Database, claim: Claim) -> str:
    """The sentence that leads to what a failed job wrote all the same."""
    job = job_id(str(db.value(_QUEUE["operation_id"], {"operation": claim.operation})), claim.position)
    return f"What it wrote is kept: check-generation-status with the job id {job} shows it."


def fail(
    db: Database,
    claim: Claim,
    *,
    code: str,
    message: str,
    at: Moment,
    result: str | None = None,
    stopped: str | None = None,
) -> Finish:
    """Give the job up. `stopped` (key, budget) says that the attempt is not to be counted."""
    parameters = {
        "now": at.now,
        "code": code,
        "message": message,
        "stopped": stopped,
        "result": result,
        "spent": int(stopped is None),
    }
    return _finish(db, "fail", claim, parameters)


def retry(db: Database, claim: Claim, *, code: str, message: str, delay: int, at: Moment) -> Finish:
    """Try the job again after `delay` milliseconds; the attempt was spent."""
    parameters = {"run_at": at.boot_now + delay, "boot": at.boot, "code": code, "message": message}
    return _finish(db, "retry", claim, parameters)


def _finish(db: Database, query: str, claim: Claim, parameters: dict[str, object]) -> Finish:
    if not db.change(_QUEUE[query], claim.fence | parameters):
        return Finish.LOST
    db.tell(Topic.PROGRESS, Topic.WORK)
    return Finish.DONE


def record_usage(db: Database, claim: Claim, spent: Spent, *, at: Moment) -> None:
    """Count what the attempt cost, whether or not its claim still stands."""
    if spent.is_worth_a_row:
        values = {name: getattr(spent, name) for name in spent.__slots__}
        db.change(_QUEUE["record_usage"], claim.fence | values | {"now": at.now})


def release(db: Database, *, owner: str, operation: int | None = None) -> int:
    """Give back everything that `owner` holds (of one operation), at no cost; how many jobs that was."""
    released = db.change(_QUEUE["release"], {"owner": owner, "operation": operation})
    if released:
        db.tell(Topic.WORK, Topic.PROGRESS, Topic.STOP)
    return released


def rescue(db: Database, *, dead: Sequence[str], at: Moment) -> int:
    """Take back claims whose lease ran out or whose owner is dead; how many jobs that was."""
    message = (
        f"The process that worked on this job died or hung {RESCUE_LIMIT} times. Look at the section's template and "
        "sources, then retry the failed jobs."
    )
    parameters = {
        "limit": RESCUE_LIMIT,
        "message": message,
        "dead": json.dumps(dead),
        "now": at.now,
        "boot_now": at.boot_now,
        "boot": at.boot,
    }
    rows = db.rows(_QUEUE["rescue"], parameters)
    if rows:
        db.tell(Topic.WORK, Topic.PROGRESS, Topic.STOP)
    return len(rows)


def claims_by_owner(db: Database) -> list[Holder]:
    """Who holds claims: the ones whose presence and leases are worth a look."""
    return [Holder(row["owner"], row["boot"], row["lease_until"]) for row in db.rows(_QUEUE["claims_by_owner"])]


def forget_last_boot(db: Database, *, boot: str) -> int:
    """Make jobs due whose run time was set before the last boot; how many there were."""
    changed = db.change(_QUEUE["forget_last_boot"], {"boot": boot})
    if changed:
        db.tell(Topic.WORK)
    return changed


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
    return _cancelled(db, len(db.rows(_QUEUE["cancel_operation"], parameters)))


def cancel_job(db: Database, operation: int, position: int, *, at: Moment) -> bool:
    """Cancel one job; whether it was unfinished."""
    parameters = {
        "operation": operation,
        "position": position,
        "now": at.now,
        "code": "cancelled",
        "message": "Cancelled before it was finished.",
    }
    return bool(_cancelled(db, len(db.rows(_QUEUE["cancel_job"], parameters))))


def void_queued(db: Database, place: entities.Place, *, at: Moment) -> int:
    """Cancel the job that waits to write a section which somebody has just edited; a running one finds out itself."""
    message = f"{place.page}/{place.section} was edited by hand before this job began; the edit was kept."
    parameters = place.parameters | {"now": at.now, "code": "edited", "message": message}
    return _cancelled(db, len(db.rows(_QUEUE["cancel_queued_for_section"], parameters)))


def _cancelled(db: Database, jobs: int) -> int:
    if jobs:
        db.tell(Topic.STOP, Topic.PROGRESS, Topic.WORK)
    return jobs


def stop_operation(db: Database, operation: int, *, code: str, message: str, stopped: str, at: Moment) -> int:
    """Give up all that is unfinished of an operation, attempts unspent; how many jobs that was."""
    parameters = {"operation": operation, "code": code, "message": message, "stopped": stopped, "now": at.now}
    stopped_jobs = db.change(_QUEUE["stop_operation"], parameters)
    if stopped_jobs:
        db.tell(Topic.STOP, Topic.PROGRESS)
    return stopped_jobs


def complete_applied(db: Database, operation: int, *, at: Moment) -> None:
    """All jobs of a promote or rollback are done at once."""
    db.change(_QUEUE["complete_applied"], {"operation": operation, "now": at.now})


def refuse_applied(db: Database, operation: int, *, code: str, message: str, at: Moment) -> None:
    """No job of a promote or rollback can be done."""
    db.change(_QUEUE["refuse_applied"], {"operation": operation, "now": at.now, "code": code, "message": message})
