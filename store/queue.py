"""The job queue: enqueue, claim, heartbeat, finish, retry, release, rescue; to cancel or stop is in `stopping`.

A claim is one statement. Every transition after it names the claim (owner and attempt) and changes nothing once the
claim is lost. Finishing a job and its effect on the copy are one transaction. docs/states.md draws the states.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from copydesk.store import entities, paces, stopping
from copydesk.store.database import Database, Row, Topic
from copydesk.store.ids import job_id
from copydesk.store.models import Claim, NewJob, NewOperation, NewRevision, Spent
from copydesk.store.moments import Moment
from copydesk.store.queries import load_queries
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "RESCUE_LIMIT",
    "Finish",
    "Holder",
    "add_done",
    "add_operation",
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
    "overtaken_message",
    "postpone",
    "record_usage",
    "refuse_applied",
    "release",
    "rescue",
    "retry",
    "where_the_text_is",
]

RESCUE_LIMIT: Final = 3
"""A job that lost its worker this often is given up: it may be what kills them."""

NO_LIMIT: Final = paces.Limit()
NO_LIMITS: Final[Mapping[str, paces.Limit]] = MappingProxyType({})

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
    limits: Mapping[str, paces.Limit] = NO_LIMITS,
) -> list[Claim]:
    """Take up to `limit` (-1: all) due jobs of these writers for `lease` milliseconds, by run time, then order.

    The writers named first are served first, each as far as its own limit, its pause and its pace allow. With
    `operation` only its jobs, to do them inline: each has to take its turn when it begins.
    """
    rows: list[Row] = []
    for writer in writers:
        left = limit - len(rows) if limit >= 0 else math.inf
        parameters = {"owner": owner, "writer": writer, "operation": operation, "lease_until": at.boot_now + lease}
        rows += _claim_of(db, parameters, left, limits.get(writer, NO_LIMIT), at)
    _stop_what_is_out_of_budget(db, at)
    return _claims(db, rows, owner, at)


def _claim_of(db: Database, parameters: dict[str, Any], left: float, own: paces.Limit, at: Moment) -> list[Row]:
    """One statement takes what of one writer is due, has room and has a turn."""
    writer, inline = parameters["writer"], parameters["operation"] is not None
    pace = paces.pace_of(db, writer, at=at)
    most = min(
        left, math.inf if own.room is None else own.room, math.inf if inline else pace.turns(at.boot_now, own.rate)
    )
    if most <= 0:
        return []
    times = {"boot_now": at.boot_now, "boot": at.boot, "now": at.now}
    rows = db.rows(_QUEUE["claim"], parameters | times | {"limit": -1 if most == math.inf else int(most)})
    if rows and not inline:
        paces.begin(db, writer, pace, len(rows), own.rate, at=at, due=min(row["run_at"] for row in rows))
    return rows


def _claims(db: Database, rows: list[Row], owner: str, at: Moment) -> list[Claim]:
    """`RETURNING` promises no order: sort again."""
    if rows:
        db.tell(Topic.PROGRESS)
    in_order = sorted(rows, key=lambda row: (row["run_at"], row["operation"], row["position"]))
    names = [name for name in Claim.__slots__ if name not in {"owner", "begun_at"}]
    return [Claim(owner=owner, begun_at=at.boot_now, **{name: row[name] for name in names}) for row in in_order]


def _stop_what_is_out_of_budget(db: Database, at: Moment) -> None:
    for row in db.rows(_QUEUE["operations_out_of_budget"]):
        message = (
            f"The operation's budget of {row['budget']:,} tokens is used up: {row['spent']:,} are spent, and this "
            "section would need more than the rest."
        )
        stopping.stop_operation(db, row["seq"], code="budget", message=message, stopped="budget", at=at)


def next_run(db: Database, *, writers: Sequence[str], boot: str) -> int | None:
    """When the next job of these writers is due and has a turn, in milliseconds since boot; `None` if there is none."""
    due = db.value(_QUEUE["next_run"], {"writers": json.dumps(writers), "boot": boot})
    return None if due is None else math.ceil(due)


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
        message=overtaken_message(claim.page, claim.section, _job_id(db, claim)),
        result=json.dumps(revision.fields, ensure_ascii=False),
        at=at,
    )


def where_the_text_is(db: Database, claim: Claim) -> str:
    """The sentence that leads to what a failed job wrote all the same."""
    return _where_the_text_is(_job_id(db, claim))


def _where_the_text_is(job: str) -> str:
    return f"What it wrote is kept: check-generation-status with the job id {job} shows it."


def _job_id(db: Database, claim: Claim) -> str:
    return job_id(str(db.value(_QUEUE["operation_id"], {"operation": claim.operation})), claim.position)


def overtaken_message(page: str, section: str, job: str) -> str:
    """Why copy was not taken although it was written: the section had changed meanwhile."""
    return (
        f"The copy of {page}/{section} was changed while this job wrote it; that change was kept. "
        f"{_where_the_text_is(job)} Regenerate the section if it should be rewritten all the same."
    )


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


def postpone(
    db: Database, claim: Claim, *, code: str, message: str, delay: int, is_counted: bool, at: Moment
) -> Finish:
    """The provider refused: try the job again when its writer has a turn; the attempt was not spent.

    A job that was refused before while others were not (`is_counted` says so of this time) waits `delay` milliseconds.
    """
    parameters = {"run_at": at.boot_now + delay, "boot": at.boot, "code": code, "message": message}
    return _finish(db, "postpone", claim, parameters | {"refusals": int(is_counted)})


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


def complete_applied(db: Database, operation: int, *, at: Moment) -> None:
    """All jobs of a promote or rollback are done at once."""
    db.change(_QUEUE["complete_applied"], {"operation": operation, "now": at.now})


def refuse_applied(db: Database, operation: int, *, code: str, message: str, at: Moment) -> None:
    """No job of a promote or rollback can be done."""
    db.change(_QUEUE["refuse_applied"], {"operation": operation, "now": at.now, "code": code, "message": message})
