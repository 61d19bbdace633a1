"""What became of a request: all its jobs, skips and refusals, from the store or from a plan. Uncut."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.content.operations.standing import find_job
from copydesk.content.reports.receipts import Failure, SkippedSection
from copydesk.content.reports.reporting import listed_skips, refused_failure
from copydesk.store import operations
from copydesk.store.ids import parse_job_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from copydesk.content.operations.plans import Plan
    from copydesk.store.database import Database
    from copydesk.store.models import Job, Operation

_ALL = -1


@dataclass(frozen=True, slots=True)
class Account:
    """`operations` holds those that were stored; `planned` counts the jobs that only a dry run has seen."""

    operations: tuple[Operation, ...]
    jobs: tuple[Job, ...]
    skipped: tuple[SkippedSection, ...]
    refused: tuple[Failure, ...]
    planned: int = 0
    is_dry_run: bool = False

    @property
    def queued(self) -> int:
        return len(self.jobs) + self.planned

    @property
    def total(self) -> int:
        return self.queued + len(self.skipped) + len(self.refused)

    @property
    def operation_id(self) -> str | None:
        """The one operation, or the one that already holds what was asked for."""
        if self.operations:
            return self.operations[0].id if len(self.operations) == 1 else None
        return next((skip.operation_id for skip in self.skipped if skip.operation_id), None)


def account_of_plan(plan: Plan, *, is_dry_run: bool) -> Account:
    """Of a plan that was not stored."""
    refused = (refused_failure(one.page, one.section, one.code, one.message) for one in plan.refused)
    return Account((), (), tuple(listed_skips(plan.skipped)), tuple(refused), len(plan.jobs), is_dry_run)


def read_account(db: Database, seq: int) -> Account:
    """Of a whole stored operation."""
    operation = operations.by_seq(db, seq)
    assert operation is not None, "operations are never deleted"
    return _account([operation], operations.jobs_of(db, seq, limit=_ALL))


def read_account_of_jobs(db: Database, job_ids: Sequence[str]) -> Account:
    """Of these jobs, with what their operations skipped and refused. Raises `ContentError` (unknown-job)."""
    jobs = find_jobs(db, job_ids)
    stored = (operations.by_seq(db, seq) for seq in dict.fromkeys(job.operation for job in jobs))
    return _account([one for one in stored if one is not None], jobs)


def find_jobs(db: Database, job_ids: Sequence[str]) -> list[Job]:
    """The jobs with these ids, each once, in this order. Raises `ContentError` (unknown-job)."""
    wanted = list(dict.fromkeys(job_ids))
    known = {job.id: job for operation_id in _operations_of(wanted) for job in _jobs_of(db, operation_id)}
    return [known[job_id] if job_id in known else find_job(db, job_id) for job_id in wanted]


def _operations_of(job_ids: Iterable[str]) -> Iterable[str]:
    parsed = (parse_job_id(job_id) for job_id in job_ids)
    return dict.fromkeys(one[0] for one in parsed if one is not None)


def _jobs_of(db: Database, operation_id: str) -> list[Job]:
    operation = operations.by_id(db, operation_id)
    return [] if operation is None else operations.jobs_of(db, operation.seq, limit=_ALL)


def _account(stored: Sequence[Operation], jobs: Sequence[Job]) -> Account:
    skipped = (SkippedSection(**skip) for one in stored for skip in json.loads(one.skipped))
    refused = (refused_failure(**refusal) for one in stored for refusal in json.loads(one.refused))
    return Account(tuple(stored), tuple(jobs), tuple(skipped), tuple(refused))
