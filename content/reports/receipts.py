"""The answers of operations: receipts, status summaries and their parts, as they travel."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import Field

from copydesk.content.operations.plans import SkipCode
from copydesk.content.operations.values import Wire
from copydesk.store.states import Environment, JobState, OperationKind, OperationStatus

Outcome: TypeAlias = Literal["ok", "partial", "failed", "cancelled", "nothing-to-do"]
WaitEnded: TypeAlias = Literal["finished", "timeout", "blocked", "not-waited"]
BlockedBy: TypeAlias = Literal["no-worker", "no-key", "assistant", "budget"]

LISTED = 20
"""Lists are cut here, with their totals beside them."""


def is_none(value: object) -> bool:
    """Keys that are rarely there are left out of long lists when they are not."""
    return value is None


class NextStep(Wire):
    """Advice: the tool to call next, with its arguments, and how long to wait before."""

    tool: str
    arguments: dict[str, Any]
    after_seconds: float = 0


class Counts(Wire):
    """Jobs by state. They add up to the queued sections."""

    pending: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0


class JobReference(Wire):
    """One job of an operation."""

    job_id: str
    page: str
    section: str
    status: JobState


class SkippedSection(Wire):
    """A section that got no job, and why. `job_id` names the unfinished job that already has it."""

    page: str
    section: str
    code: SkipCode
    reason: str
    job_id: str | None = None
    operation_id: str | None = None


class Failure(Wire):
    """A section that failed, with a code, whether another try can help, and what would."""

    page: str
    section: str
    job_id: str | None
    code: str
    message: str
    retryable: bool
    fix: str


class DoneSection(Wire):
    """A section whose copy was changed, with the plan's names."""

    page: str
    section: str
    entity_id: str
    entity_type: str
    revision: int | None = Field(default=None, description="The version that stands there now; null: no copy.")
    job_id: str | None = None


class UsageSummary(Wire):
    """Tokens and US dollars over all attempts; null is unknown, never zero. A sum counts what is known of its parts."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


class EstimateSummary(Wire):
    """What a plan is expected to take: tokens, US dollars (null when unknown) and seconds."""

    input_tokens: int
    output_tokens: int
    cost: float | None
    seconds: float


class Receipt(Wire):
    """The answer to every request that changes copy: the handle, what was queued, skipped and done, and what next."""

    success: bool = Field(description="Nothing failed or was cancelled, so far.")
    operation_id: str | None = Field(description="The handle for everything after this; null when nothing was stored.")
    operation: OperationKind
    dry_run: bool = Field(default=False, description="True: only planned, nothing was stored.")
    status: OperationStatus | None = Field(default=None, description="Of the jobs. Null when nothing was stored.")
    outcome: Outcome | None = Field(default=None, description="How it went, once finished.")
    wait_ended: WaitEnded = "not-waited"
    blocked_by: BlockedBy | None = Field(default=None, description="Why nothing moves.")
    environment: Environment = Field(description="preview is a draft, production is what is live.")
    writer: str | None = None
    retry_of: str | None = None
    total_sections: int = Field(description="queued + skipped + refused")
    queued_sections: int
    counts: Counts = Counts()
    jobs: tuple[JobReference, ...] = Field(default=(), description="The first jobs; queuedSections has the total.")
    skipped: tuple[SkippedSection, ...] = ()
    skipped_total: int = 0
    errors: tuple[str, ...] = Field(default=(), description="One sentence for each failed or refused section.")
    failed: tuple[Failure, ...] = Field(default=(), description="The same with codes and remedies.")
    errors_total: int = 0
    changed: int = Field(default=0, description="How many changes of copy this operation has made so far.")
    sections_generated: int | None = None
    generated: tuple[DoneSection, ...] | None = None
    regenerated: tuple[DoneSection, ...] | None = None
    promoted: tuple[DoneSection, ...] | None = None
    rolled_back: tuple[DoneSection, ...] | None = None
    edited: tuple[DoneSection, ...] | None = None
    usage: UsageSummary | None = None
    estimate: EstimateSummary | None = Field(default=None, description="Only of a dry run.")
    max_tokens: int | None = Field(default=None, exclude_if=is_none, description="The budget, if there is one.")
    warnings: tuple[str, ...] = ()
    message: str = Field(description="The whole in a sentence or two.")
    next_step: NextStep | None = Field(
        default=None, description="Advice; null: nothing is left to do, or a person has to decide."
    )


class JobStatus(Wire):
    """One job, as the plan's JobStatusSummary lists it."""

    job_id: str
    section_id: str
    page: str
    status: JobState
    error: str | None = None
    error_code: str | None = None
    operation_id: str
    waiting_for: Literal["agent"] | None = None
    result: Any = Field(
        default=None,
        exclude_if=is_none,
        description="The fields that a failed job wrote all the same; only of jobs asked for by jobIds.",
    )
    attempts: int | None = Field(default=None, exclude_if=is_none, description="Begun so far; only by jobIds.")
    usage: UsageSummary | None = Field(
        default=None, exclude_if=is_none, description="Over all attempts, where known; only by jobIds."
    )


class OperationSummary(Wire):
    """How far one operation is. `rate` is sections a minute, `eta_seconds` the rest at that rate."""

    operation_id: str
    operation: OperationKind
    status: OperationStatus
    outcome: Outcome | None
    blocked_by: BlockedBy | None
    environment: Environment
    writer: str | None
    started_by: str | None
    retry_of: str | None
    counts: Counts
    total_sections: int
    skipped_total: int
    rate: float | None
    eta_seconds: float | None
    usage: UsageSummary
    max_tokens: int | None = Field(default=None, exclude_if=is_none, description="The budget, if there is one.")
    created_at: str
    finished_at: str | None


class JobStatusSummary(Wire):
    """The plan's summary of jobs, with what a person asks next: how fast, how long, what failed and why."""

    success: bool = True
    total: int
    pending: int
    processing: int
    completed: int
    failed: int
    cancelled: int
    jobs: tuple[JobStatus, ...] = ()
    jobs_total: int = Field(default=0, description="How many jobs the list would hold uncut.")
    cursor: str | None = Field(default=None, description="Pass it to get the next jobs.")
    failures: tuple[Failure, ...] = ()
    operations: tuple[OperationSummary, ...] = ()
    wait_ended: WaitEnded = "not-waited"
    warnings: tuple[str, ...] = ()
    message: str
    next_step: NextStep | None = None


class CancelReceipt(Wire):
    """What a cancel stopped. Finished copy stays."""

    success: bool = True
    cancelled: int = Field(description="Jobs that were stopped.")
    already_finished: int = Field(description="Jobs asked for that were finished before.")
    operation_ids: tuple[str, ...] = Field(default=(), description="The first operations they belong to.")
    message: str
    next_step: NextStep | None = None
