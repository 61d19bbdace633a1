"""Briefs for the assistant: jobs whose writer is whoever asks for them.

Taking a brief leases it, on the clock since boot, without an owner: no process holds it, nothing has to be extended, no
attempt is spent, and a lease that runs out costs nothing. The first valid submission to an unfinished job completes it,
whoever holds the lease by then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from copydesk.store import entities, queue
from copydesk.store.database import Topic
from copydesk.store.ids import job_id
from copydesk.store.models import Claim, of_row
from copydesk.store.queries import load_queries
from copydesk.store.queue import Finish
from copydesk.store.states import Environment, JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.store.database import Database, Row
    from copydesk.store.models import Job, NewRevision
    from copydesk.store.moments import Moment

__all__ = ["WaitingBrief", "complete", "give_up", "lease", "left", "reject", "unfinished_ids", "waiting"]

_SQL = load_queries("briefs")

BriefStanding: TypeAlias = Literal["mine", "free", "held"]
"""Whether whoever asks has taken the brief before, nobody holds it, or somebody else does."""


@dataclass(frozen=True, slots=True)
class WaitingBrief:
    """An unfinished job that waits for the assistant, as it stood when it was looked at."""

    operation: int
    position: int
    operation_id: str
    environment: Environment
    page: str
    section: str
    template: str
    writer: str
    base: int | None
    state: JobState
    attempt: int
    failures: int
    taken_by: str | None
    standing: BriefStanding

    @classmethod
    def of(cls, row: Row) -> Self:
        return of_row(cls, row, environment=Environment, state=JobState)

    @property
    def id(self) -> str:
        return job_id(self.operation_id, self.position)

    @property
    def key(self) -> dict[str, Any]:
        return {"operation": self.operation, "position": self.position}

    @property
    def place(self) -> entities.Place:
        return entities.Place(self.page, self.section, self.environment)

    @property
    def claim(self) -> Claim:
        """What a brief is made from. It fences nothing: no process owns it."""
        names = ("operation", "position", "page", "section", "template", "writer", "base", "attempt", "failures")
        return Claim(owner="", **{name: getattr(self, name) for name in names})


def waiting(
    db: Database,
    *,
    taker: str,
    at: Moment,
    limit: int,
    operations: Sequence[int] = (),
    without: Sequence[tuple[str, int]] = (),
    fresh_first: bool = False,
) -> list[WaitingBrief]:
    """Briefs to write: the taker's own, then those that nobody holds (`fresh_first`: the other way round).

    Those that somebody else holds come only when there are no others. `without` names jobs to leave out, by the id of
    their operation and their position.
    """
    parameters = {
        "taker": taker,
        "operations": json.dumps(list(operations)),
        "without": json.dumps([f"{operation_id}:{position}" for operation_id, position in without]),
        "fresh": int(fresh_first),
        "limit": limit,
        "boot": at.boot,
        "boot_now": at.boot_now,
    }
    found = [WaitingBrief.of(row) for row in db.rows(_SQL["waiting"], parameters)]
    return [one for one in found if one.standing != "held"] or found


def left(db: Database, operations: Sequence[int] = ()) -> int:
    """How many briefs of these operations, or of all, are unfinished."""
    return int(db.value(_SQL["left"], {"operations": json.dumps(list(operations))}))


def unfinished_ids(db: Database, *, taker: str) -> list[str]:
    """Job ids to suggest from; those that the taker holds first."""
    return [job_id(row["operation_id"], row["position"]) for row in db.rows(_SQL["unfinished_ids"], {"taker": taker})]


def lease(db: Database, briefs: Sequence[WaitingBrief], *, taker: str, duration: int, at: Moment) -> list[WaitingBrief]:
    """Take these briefs for `duration` milliseconds; those that could be had.

    One whose section was changed since it was planned is cancelled instead: what is written for it would be lost.
    """
    db.change(_SQL["lapse"], {"boot": at.boot, "boot_now": at.boot_now})
    parameters = {"taker": taker, "lease_until": at.boot_now + duration, "boot": at.boot, "now": at.now}
    current = [one for one in briefs if not _is_void(db, one, at)]
    taken = [one for one in current if db.change(_SQL["lease"], one.key | parameters | {"taken_by": one.taken_by})]
    db.tell(Topic.PROGRESS)
    return taken


def _is_void(db: Database, brief: WaitingBrief, at: Moment) -> bool:
    if entities.current(db, brief.place) == brief.base:
        return False
    message = f"{brief.page}/{brief.section} was changed before this job began; that change was kept."
    db.change(_SQL["void"], brief.key | {"now": at.now, "message": message})
    return True


def complete(db: Database, job: Job, revision: NewRevision, *, taker: str, at: Moment) -> Finish:
    """Finish a job with the copy that somebody submitted: the job, the revision, the change and the entity, or none.

    `LOST`: it is finished already, and nothing was changed.
    """
    key = {"operation": job.operation, "position": job.position}
    stands = db.row(_SQL["unfinished_brief"], key)
    if stands is None:
        return Finish.LOST
    place = entities.Place(stands["page"], stands["section"], Environment(stands["environment"]))
    if entities.current(db, place) != stands["base"]:
        _fail_overtaken(db, job, revision, at)
        return Finish.OVERTAKEN
    made = entities.add_revision(db, place, revision, operation=job.operation, at=at)
    entities.move(db, place, operation=job.operation, before=stands["base"], after=made, at=at)
    db.change(_SQL["complete"], key | {"now": at.now, "revision": made, "taker": taker})
    return Finish.DONE


def _fail_overtaken(db: Database, job: Job, revision: NewRevision, at: Moment) -> None:
    message = queue.overtaken_message(job.page, job.section, job.id)
    give_up(db, job, code="edited", message=message, result=json.dumps(revision.fields, ensure_ascii=False), at=at)


def give_up(
    db: Database, job: Job | WaitingBrief, *, code: str, message: str, at: Moment, result: str | None = None
) -> bool:
    """Fail a brief that nobody can write, or whose copy came too late; whether it was unfinished."""
    key = {"operation": job.operation, "position": job.position}
    failed = db.change(_SQL["fail"], key | {"code": code, "message": message, "result": result, "now": at.now})
    db.tell(Topic.PROGRESS)
    return bool(failed)


def reject(db: Database, job: Job, *, taker: str, duration: int, at: Moment) -> None:
    """Count a submission that was sent back; its brief stays with whoever wrote it."""
    key = {"operation": job.operation, "position": job.position, "taker": taker}
    db.change(_SQL["reject"], key | {"lease_until": at.boot_now + duration, "boot": at.boot, "now": at.now})
    db.tell(Topic.PROGRESS)
