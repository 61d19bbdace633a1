"""Status summaries: how far the jobs are that somebody asks about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.errors import ContentError
from copydesk.content.operations.standing import find_job, find_operation
from copydesk.content.reports import advice
from copydesk.content.reports.cutting import cut_value
from copydesk.content.reports.pausing import pause_sentence, rest_of
from copydesk.content.reports.receipts import (
    LISTED,
    BlockedBy,
    JobStatus,
    JobStatusSummary,
    NextStep,
    OperationSummary,
    UsageSummary,
)
from copydesk.content.reports.reporting import (
    counts_of,
    earlier_tries,
    failure_of,
    placeholders_of,
    retryable_of,
    succeeded,
    usage_of,
)
from copydesk.content.reports.times import iso_time
from copydesk.store import operations, pauses, workers
from copydesk.store.models import Job, Operation, Spent
from copydesk.store.moments import Moment
from copydesk.store.states import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from copydesk.store.database import Database
    from copydesk.store.pauses import Pause

NOTHING_SPENT: Final[Mapping[str, Spent]] = MappingProxyType({})
_MOST_OPERATIONS: Final = 10
_LARGEST_RESULT: Final = 4_000
"""Characters of JSON."""


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """What somebody asks about: an operation, some jobs, or (neither) all that is unfinished, else the latest."""

    operation_id: str | None = None
    job_ids: tuple[str, ...] = ()
    states: tuple[JobState, ...] = ()
    cursor: str | None = None
    limit: int = LISTED
    """How many jobs to list."""


def read_status(
    db: Database,
    query: StatusQuery,
    *,
    at: Moment,
    drafts: frozenset[str],
    watched: Sequence[int] = (),
    missing_key: advice.MissingKey = advice.no_key_missing,
) -> JobStatusSummary:
    """The status of what is asked; of the operations that were `watched`, if some were waited for.

    Raises `ContentError`: unknown-operation, unknown-job, invalid-cursor.
    """
    if query.job_ids:
        return _status_of_jobs(db, query, at, missing_key)
    asked = [one for one in (operations.by_seq(db, seq) for seq in watched) if one is not None]
    asked = asked or _asked_operations(db, query.operation_id)
    if not asked:
        return _nothing_yet()
    present = workers.present(db, at=at)
    blocked = {one.seq: advice.blocked_by(one, present, missing_key) for one in asked}
    paused = pauses.pauses(db, at=at)
    jobs, cursor = _list_jobs(db, asked, query)
    failed = {one.seq: _failed_jobs(db, one) for one in asked}
    failures = {seq: [failure_of(job) for job in jobs] for seq, jobs in failed.items()}
    steps = {
        one.seq: advice.next_step(
            one,
            retryable=retryable_of(db, failed[one.seq]),
            is_draft=one.writer in drafts,
            now=at.now,
            blocked=blocked[one.seq],
            earlier=earlier_tries(db, one),
            rest=rest_of(one, paused),
        )
        for one in asked
    }
    counts = [counts_of(one) for one in asked]
    return JobStatusSummary(
        success=all(succeeded(one) for one in asked),
        total=sum(one.queued for one in asked),
        pending=sum(one.pending for one in counts),
        processing=sum(one.processing for one in counts),
        completed=sum(one.completed for one in counts),
        failed=sum(one.failed for one in counts),
        cancelled=sum(one.cancelled for one in counts),
        jobs=tuple(_job_status(job) for job in jobs),
        jobs_total=sum(_matching(one, query.states) for one in asked),
        cursor=cursor,
        failures=tuple(chain.from_iterable(failures.values()))[:LISTED],
        operations=tuple(summary_of(one, blocked[one.seq], at, rest=rest_of(one, paused)) for one in asked),
        message=" ".join(
            _message(db, one, blocked[one.seq], paused, drafts, missing_key)
            + advice.what_helps(failures[one.seq], steps[one.seq])
            for one in asked
        ),
        next_step=next((step for step in steps.values() if step is not None), None),
    )


def operations_asked(db: Database, query: StatusQuery) -> tuple[int, ...]:
    """The operations that a query is about, by number: the ones worth waiting for."""
    if query.job_ids:
        return tuple(dict.fromkeys(find_job(db, job_id).operation for job_id in query.job_ids))
    return tuple(one.seq for one in _asked_operations(db, query.operation_id))


def _asked_operations(db: Database, operation_id: str | None) -> list[Operation]:
    if operation_id is not None:
        return [find_operation(db, operation_id)]
    latest = operations.latest(db)
    return operations.unfinished(db, limit=_MOST_OPERATIONS) or ([] if latest is None else [latest])


def _nothing_yet() -> JobStatusSummary:
    return JobStatusSummary(
        total=0,
        pending=0,
        processing=0,
        completed=0,
        failed=0,
        cancelled=0,
        message="Nothing has been asked for in this project yet.",
        next_step=NextStep(tool="generate-all", arguments={"dryRun": True}),
    )


def _status_of_jobs(db: Database, query: StatusQuery, at: Moment, missing_key: advice.MissingKey) -> JobStatusSummary:
    found = [find_job(db, job_id) for job_id in dict.fromkeys(query.job_ids)]
    summary = summary_of_jobs(found, query, {job.id: operations.spent_on(db, job) for job in found})
    return summary.model_copy(update={"next_step": _next_of_jobs(db, found, at, missing_key)})


def summary_of_jobs(
    found: Sequence[Job], query: StatusQuery, spent: Mapping[str, Spent] = NOTHING_SPENT
) -> JobStatusSummary:
    """How far these jobs are; lists those in the states asked for, from the cursor on, up to the limit.

    `spent` is what they cost, by id.
    """
    jobs = [job for job in found if not query.states or job.state in query.states]
    tally = {state: sum(job.state is state for job in found) for state in JobState}
    start = _read_cursor(query.cursor)[1]
    shown = jobs[start : start + query.limit]
    unfinished = [job for job in found if job.finished_at is None]
    return JobStatusSummary(
        success=not (tally[JobState.FAILED] or tally[JobState.CANCELLED]),
        total=len(found),
        pending=tally[JobState.PENDING],
        processing=tally[JobState.PROCESSING],
        completed=tally[JobState.COMPLETED],
        failed=tally[JobState.FAILED],
        cancelled=tally[JobState.CANCELLED],
        jobs=tuple(_job_in_full(job, spent.get(job.id)) for job in shown),
        jobs_total=len(jobs),
        cursor=f"jobs:{start + query.limit}" if start + query.limit < len(jobs) else None,
        failures=tuple(failure_of(job) for job in found if job.state is JobState.FAILED)[: query.limit],
        message=f"{len(found) - len(unfinished)} of {len(found)} jobs are finished.",
    )


def _next_of_jobs(db: Database, found: Sequence[Job], at: Moment, missing_key: advice.MissingKey) -> NextStep | None:
    """Write what waits for the assistant, wait for the rest, or ask what to do about what failed."""
    unfinished = [job for job in found if job.finished_at is None]
    if not unfinished:
        failed = next((job for job in found if job.state is JobState.FAILED), None)
        return None if failed is None else _look_at({"operationId": failed.operation_id})
    first = next((job for job in unfinished if job.waiting_for), unfinished[0])
    operation = find_operation(db, first.operation_id)
    blocked = advice.blocked_by(operation, workers.present(db, at=at), missing_key)
    if first.waiting_for:
        return NextStep(tool="take-brief", arguments={"operationId": first.operation_id, "count": len(unfinished)})
    ids = [job.id for job in unfinished[:LISTED]]
    return None if blocked else _look_at({"jobIds": ids, "waitSeconds": advice.wait_seconds(operation, at.now)})


def _look_at(arguments: dict[str, Any]) -> NextStep:
    return NextStep(tool="check-generation-status", arguments=arguments)


def _list_jobs(db: Database, asked: Sequence[Operation], query: StatusQuery) -> tuple[list[Job], str | None]:
    """A page of jobs over all the operations asked for, and the cursor of the next page."""
    start_id, position = _read_cursor(query.cursor)
    listed: list[Job] = []
    reached = start_id is None
    for operation in asked:
        reached = reached or operation.id == start_id
        if not reached:
            continue
        first = position if operation.id == start_id else 0
        wanted = query.limit + 1 - len(listed)
        listed += operations.jobs_of(db, operation.seq, states=query.states, from_position=first, limit=wanted)
        if len(listed) > query.limit:
            following = listed[query.limit]
            return listed[: query.limit], f"{following.operation_id}:{following.position}"
    return listed, None


def _read_cursor(cursor: str | None) -> tuple[str | None, int]:
    if not cursor:
        return None, 0
    operation_id, colon, position = cursor.rpartition(":")
    if not colon or not (position.isascii() and position.isdigit()):
        message = f'"{cursor}" is no cursor. Pass the cursor of the last answer, or none to begin again.'
        raise ContentError("invalid-cursor", message)
    return operation_id, int(position)


def _matching(operation: Operation, states: Sequence[JobState]) -> int:
    counts = counts_of(operation)
    return sum(getattr(counts, state.value) for state in (states or tuple(JobState)))


def _job_status(job: Job) -> JobStatus:
    return JobStatus(
        job_id=job.id,
        section_id=job.section,
        page=job.page,
        status=job.state,
        error=job.error,
        error_code=job.error_code,
        operation_id=job.operation_id,
        waiting_for="agent" if job.waiting_for else None,
    )


def _job_in_full(job: Job, spent: Spent | None) -> JobStatus:
    """The job with what it took, and with what it wrote all the same, where it failed after that."""
    usage = None
    if spent is not None and spent.is_worth_a_row:
        usage = UsageSummary(input_tokens=spent.input_tokens, output_tokens=spent.output_tokens, cost=spent.cost)
    status = _job_status(job).model_copy(update={"attempts": job.attempt, "usage": usage})
    if job.result is None:
        return status
    result = cut_value(json.loads(job.result), _LARGEST_RESULT)
    error = f"{status.error} (The result is shortened.)" if result.is_cut else status.error
    return status.model_copy(update={"result": result.value, "error": error})


def summary_of(operation: Operation, blocked: BlockedBy | None, at: Moment, *, rest: float = 0.0) -> OperationSummary:
    """How far one operation is; `rest` is for how many seconds its writer is paused."""
    rate = advice.rate_of(operation, at.now)
    left = advice.seconds_left(operation, at.now)
    return OperationSummary(
        operation_id=operation.id,
        operation=operation.kind,
        status=operation.status,
        outcome=advice.outcome_of(operation),
        blocked_by=blocked,
        environment=operation.environment,
        writer=operation.writer,
        started_by=operation.started_by,
        retry_of=operation.retry_of,
        counts=counts_of(operation),
        total_sections=operation.total_sections,
        skipped_total=operation.total_sections - operation.queued,
        rate=None if rate is None else round(rate, 1),
        eta_seconds=None if left is None else round(left + rest, 1),
        usage=usage_of(operation),
        max_tokens=operation.budget,
        created_at=iso_time(operation.created_at),
        finished_at=None if operation.finished_at is None else iso_time(operation.finished_at),
    )


def _message(
    db: Database,
    operation: Operation,
    blocked: BlockedBy | None,
    paused: Sequence[Pause],
    drafts: frozenset[str],
    missing_key: advice.MissingKey,
) -> str:
    placeholders = placeholders_of(db, operation)
    is_draft = operation.writer in drafts
    text = advice.message_of(operation, blocked, is_draft=is_draft, placeholders=placeholders, missing_key=missing_key)
    return f"{operation.id} ({operation.kind}): {text}{pause_sentence(operation, paused)}"


def _failed_jobs(db: Database, operation: Operation) -> list[Job]:
    return operations.failed_jobs(db, operation.seq) if operation.failed else []
