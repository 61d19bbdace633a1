"""A status summary as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from copydesk.server.cli.money import cost_cell, tokens_cell
from copydesk.server.cli.receipt_view import failures_table, next_line, plain_table, styled_outcome
from copydesk.store.states import OperationKind

if TYPE_CHECKING:
    from rich.console import RenderableType

    from copydesk.content.reports.receipts import JobStatus, JobStatusSummary, OperationSummary

__all__ = ["status_view"]


def status_view(summary: JobStatusSummary, *, bars: bool, jobs: bool) -> Group:
    """Operations, what failed and what helps, the jobs if asked for, and what next."""
    return Group(*(part for part in _parts(summary, bars=bars, jobs=jobs) if part is not None))


def _parts(summary: JobStatusSummary, *, bars: bool, jobs: bool) -> Iterator[RenderableType | None]:
    if summary.operations:
        yield _operations_table(summary.operations, bars=bars)
    blocked = [one for one in summary.operations if one.blocked_by]
    if not summary.operations or (summary.pending and not blocked):  # its provider may have asked to wait
        yield escape(summary.message)
    yield from map(_blocked, blocked)
    yield failures_table(summary.failures, summary.failed)
    if jobs and summary.jobs:
        yield _jobs_table(summary.jobs)
    yield next_line(summary.next_step)


def _operations_table(operations: tuple[OperationSummary, ...], *, bars: bool) -> Table:
    table = plain_table(
        "operation",
        "kind",
        "state",
        "done",
        *(("",) if bars else ()),
        "failed",
        "writer",
        "pace",
        "tokens",
        "cost",
        "by",
    )
    for one in operations:
        counts = one.counts
        queued = counts.pending + counts.processing + counts.completed + counts.failed + counts.cancelled
        finished = queued - counts.pending - counts.processing
        bar = (ProgressBar(total=max(1, queued), completed=finished, width=24),) if bars else ()
        table.add_row(
            one.operation_id,
            one.operation.value,
            styled_outcome(one.outcome or one.status.value),
            f"{finished}/{queued}",
            *bar,
            f"[red]{counts.failed}[/]" if counts.failed else "0",
            one.writer or "-",
            _pace(one),
            tokens_cell(one.usage),
            cost_cell(one.usage),
            escape(one.started_by or "-"),
        )
    return table


def _pace(one: OperationSummary) -> str:
    if one.rate is None or one.operation not in (OperationKind.GENERATE, OperationKind.REGENERATE):
        return "-"
    left = f", {one.eta_seconds:.0f} s left" if one.eta_seconds else ""
    return f"{one.rate:g}/min{left}"


def _blocked(one: OperationSummary) -> str:
    remedy = {
        "no-worker": f"no worker that could do it is running; start one with `copydesk worker`{_key_of(one)}.",
        "no-key": f"the worker has no key for {one.writer}; set it in the worker's environment and restart it.",
        "assistant": "it waits for the assistant, which takes the briefs with take-brief.",
    }
    reason = remedy.get(one.blocked_by or "", f"it waits for: {one.blocked_by}.")
    return f"[yellow]{one.operation_id} does not move:[/] {escape(reason)}"


def _key_of(one: OperationSummary) -> str:
    """What to think of where a provider writes: this command reads the store only, and knows no keys."""
    return f", with the key that {one.writer} needs" if ":" in (one.writer or "") else ""


def _jobs_table(jobs: tuple[JobStatus, ...]) -> Table:
    table = plain_table("job", "section", "state", "error", title="Jobs")
    for job in jobs:
        table.add_row(
            job.job_id,
            escape(f"{job.page}/{job.section_id}"),
            styled_outcome(job.status.value),
            escape(job.error or ""),
        )
    return table
