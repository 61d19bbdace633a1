"""Receipts: what became of an order, from its plan or from the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from copydesk.content.failures import remedy_for
from copydesk.content.operations.retrying import is_still_failed
from copydesk.content.reports import advice
from copydesk.content.reports.pausing import pause_sentence, rest_of
from copydesk.content.reports.receipts import (
    LISTED,
    CancelReceipt,
    Counts,
    DoneSection,
    EstimateSummary,
    Failure,
    JobReference,
    NextStep,
    Receipt,
    SkippedSection,
    UsageSummary,
)
from copydesk.store import entities, operations, pauses, workers
from copydesk.store.ids import entity_id, entity_type
from copydesk.store.models import Change, Job, Operation
from copydesk.store.moments import Moment
from copydesk.store.states import OperationKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from copydesk.content.operations.cancelling import Cancelled
    from copydesk.content.operations.plans import Plan, Skip
    from copydesk.store.database import Database

_RESULT_NAMES = {
    OperationKind.GENERATE: "generated",
    OperationKind.REGENERATE: "regenerated",
    OperationKind.PROMOTE: "promoted",
    OperationKind.ROLLBACK: "rolled_back",
    OperationKind.EDIT: "edited",
}
_DRAFT_WARNING = "The writer is {}: its copy is a placeholder draft. Do not publish it as finished text."


def read_receipt(
    db: Database,
    seq: int,
    *,
    at: Moment,
    drafts: frozenset[str],
    missing_key: advice.MissingKey = advice.no_key_missing,
) -> Receipt:
    """The receipt of a stored operation as it stands now. `drafts` names the writers of placeholder copy."""
    operation = operations.by_seq(db, seq)
    assert operation is not None, "operations are never deleted"
    failed = operations.failed_jobs(db, seq, limit=LISTED)
    is_draft = operation.writer in drafts
    placeholders = placeholders_of(db, operation)
    blocked = advice.blocked_by(operation, workers.present(db, at=at), missing_key)
    failures = [failure_of(job) for job in failed]
    refused = [refused_failure(**refusal) for refusal in json.loads(operation.refused)]
    skipped = json.loads(operation.skipped)
    paused = pauses.pauses(db, at=at)
    step = advice.next_step(
        operation,
        retryable=retryable_of(db, failed),
        is_draft=is_draft,
        now=at.now,
        blocked=blocked,
        earlier=earlier_tries(db, operation),
        rest=rest_of(operation, paused),
    )
    return Receipt(
        success=succeeded(operation),
        operation_id=operation.id,
        operation=operation.kind,
        status=operation.status,
        outcome=advice.outcome_of(operation),
        blocked_by=blocked,
        environment=operation.environment,
        writer=operation.writer,
        retry_of=operation.retry_of,
        total_sections=operation.total_sections,
        queued_sections=operation.queued,
        counts=counts_of(operation),
        jobs=tuple(_job_reference(job) for job in operations.jobs_of(db, seq, limit=LISTED)),
        skipped=tuple(SkippedSection(**skip) for skip in skipped[:LISTED]),
        skipped_total=len(skipped),
        **_errors(refused + failures, total=len(refused) + operation.failed),
        changed=operation.changed,
        **_results(db, operation),
        usage=usage_of(operation),
        max_tokens=operation.budget,
        warnings=((_DRAFT_WARNING.format(operation.writer),) if is_draft else ())
        + advice.placeholder_warnings(placeholders, published=not operation.is_unfinished),
        message=advice.message_of(
            operation, blocked, is_draft=is_draft, placeholders=placeholders, missing_key=missing_key
        )
        + advice.what_helps(failures, step)
        + pause_sentence(operation, paused),
        next_step=step,
    )


def retryable_of(db: Database, failed: Iterable[Job]) -> int:
    """How many of these failures another try can help now: the section may have been written since."""
    return advice.retryable_at_once([failure_of(job) for job in failed if is_still_failed(db, job)])


def earlier_tries(db: Database, operation: Operation) -> tuple[Operation, ...]:
    """The operations that this one retries, the first one first."""
    found: list[Operation] = []
    before = operation.retry_of
    while before is not None and (one := operations.by_id(db, before)) is not None:
        found.append(one)
        before = one.retry_of
    return tuple(reversed(found))


def succeeded(operation: Operation) -> bool:
    """Nothing failed, was cancelled or was refused, so far."""
    return not (operation.failed or operation.cancelled or json.loads(operation.refused))


def placeholders_of(db: Database, operation: Operation) -> int:
    """How many sections of a promote are placeholder drafts; 0 for other operations."""
    return entities.placeholders_released(db, operation.seq) if operation.kind is OperationKind.PROMOTE else 0


def counts_of(operation: Operation) -> Counts:
    return Counts(
        pending=operation.pending,
        processing=operation.processing,
        completed=operation.completed,
        failed=operation.failed,
        cancelled=operation.cancelled,
    )


def usage_of(operation: Operation) -> UsageSummary:
    return UsageSummary(input_tokens=operation.input_tokens, output_tokens=operation.output_tokens, cost=operation.cost)


def failure_of(job: Job) -> Failure:
    """A failed job with what its code means."""
    remedy = remedy_for(job.error_code)
    return Failure(
        page=job.page,
        section=job.section,
        job_id=job.id,
        code=job.error_code or "unknown",
        message=job.error or "",
        retryable=remedy.retryable,
        fix=remedy.fix,
    )


def refused_failure(page: str, section: str, code: str, message: str) -> Failure:
    """A section that planning refused: it has no job."""
    remedy = remedy_for("definition")
    return Failure(
        page=page,
        section=section,
        job_id=None,
        code=code,
        message=message,
        retryable=remedy.retryable,
        fix=remedy.fix,
    )


def _errors(failures: Sequence[Failure], *, total: int) -> dict[str, Any]:
    listed = tuple(failures[:LISTED])
    sentences = tuple(sentence_of(one) for one in listed)
    return {"errors": sentences, "failed": listed, "errors_total": total}


def sentence_of(failure: Failure) -> str:
    """The failure in words: where, what, and what to do."""
    return f"{failure.page}/{failure.section}: {failure.message} {failure.fix}"


def _job_reference(job: Job) -> JobReference:
    return JobReference(job_id=job.id, page=job.page, section=job.section, status=job.state)


def _results(db: Database, operation: Operation) -> dict[str, Any]:
    """The plan's names for what was done: `generated`, `promoted` …; null while the operation is unfinished."""
    if operation.is_unfinished:
        return {}
    changes = entities.changes_of(db, operation.seq, limit=LISTED)
    results: dict[str, Any] = {_RESULT_NAMES[operation.kind]: tuple(_done(change) for change in changes)}
    if operation.kind in (OperationKind.GENERATE, OperationKind.REGENERATE):
        results["sections_generated"] = operation.completed
    return results


def _done(change: Change) -> DoneSection:
    return DoneSection(
        page=change.page,
        section=change.section,
        entity_id=entity_id(change.environment, change.page, change.section),
        entity_type=entity_type(change.environment),
        revision=change.after,
    )


def unstored_receipt(
    kind: OperationKind,
    plan: Plan,
    *,
    dry_run: bool,
    writer: str | None,
    estimate: EstimateSummary | None = None,
    cancelled: int = 0,
    next_step: NextStep | None = None,
    is_draft: bool = False,
) -> Receipt:
    """The receipt of a plan that was not stored: a dry run, or one with nothing to do."""
    refused = [refused_failure(one.page, one.section, one.code, one.message) for one in plan.refused]
    return Receipt(
        success=not refused,
        operation_id=_holder(plan.skipped),
        operation=kind,
        dry_run=dry_run,
        outcome=None if dry_run and plan.jobs else "nothing-to-do",
        wait_ended="not-waited",
        environment=plan.environment,
        writer=writer,
        total_sections=plan.total,
        queued_sections=len(plan.jobs),
        skipped=tuple(listed_skips(plan.skipped[:LISTED])),
        skipped_total=len(plan.skipped),
        **_errors(refused, total=len(refused)),
        estimate=estimate,
        warnings=((_DRAFT_WARNING.format(writer),) if is_draft and plan.jobs else ())
        + advice.placeholder_warnings(plan.placeholders, published=False),
        message=_unstored_message(plan, dry_run=dry_run, cancelled=cancelled),
        next_step=next_step,
    )


def listed_skips(skips: Iterable[Skip]) -> Iterable[SkippedSection]:
    """Skips as they travel."""
    for skip in skips:
        yield SkippedSection(
            page=skip.page,
            section=skip.section,
            code=skip.code,
            reason=skip.reason,
            job_id=skip.job_id,
            operation_id=skip.operation_id,
        )


def _holder(skips: Sequence[Skip]) -> str | None:
    """The operation that already holds the jobs somebody asked for."""
    return next((skip.operation_id for skip in skips if skip.operation_id), None)


def _unstored_message(plan: Plan, *, dry_run: bool, cancelled: int) -> str:
    if dry_run and plan.jobs:
        drafts = f", {plan.placeholders} of them placeholder drafts" if plan.placeholders else ""
        done = f"{len(plan.jobs)} sections would be done{drafts}"
        return f"Dry run: {done}, {len(plan.skipped)} skipped. Nothing was stored."
    holder = _holder(plan.skipped)
    text = f"Nothing to do: {len(plan.skipped)} sections were skipped{_why(plan.skipped)}."
    if holder is not None:
        text = f"Nothing was queued twice: {holder} is already at work{_why(plan.skipped)}."
    if plan.refused:
        text += f" {len(plan.refused)} cannot be done."
    if cancelled:
        text += f" {cancelled} unfinished jobs were cancelled."
    return text


def _why(skips: Sequence[Skip]) -> str:
    codes: dict[str, int] = {}
    for skip in skips:
        codes[skip.code] = codes.get(skip.code, 0) + 1
    return f" ({', '.join(f'{count} {code}' for code, count in codes.items())})" if codes else ""


def cancel_receipt(cancelled: Cancelled) -> CancelReceipt:
    """What a cancel came to."""
    return CancelReceipt(
        cancelled=cancelled.cancelled,
        already_finished=cancelled.already_finished,
        operation_ids=cancelled.operation_ids[:LISTED],
        message=_cancel_message(cancelled),
    )


def _cancel_message(cancelled: Cancelled) -> str:
    if cancelled.cancelled:
        text = f"{cancelled.cancelled} unfinished jobs were cancelled."
    else:
        text = "Nothing was cancelled: nothing of it was unfinished."
    if cancelled.already_finished:
        text += f" {cancelled.already_finished} were finished before and stay as they are; rollback undoes them."
    return text
