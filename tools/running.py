"""RUN: a call that enqueues. The jobs are committed first, whatever becomes of the call; after that it only watches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import anyio
from mcp.server.mcpserver import Context
from mcp_types import CallToolResult

from copydesk.content.desk import Asked, Desk
from copydesk.content.errors import ContentError
from copydesk.store.states import OperationKind
from copydesk.tools.answers import answer
from copydesk.tools.arguments import LONGEST_WAIT
from copydesk.tools.tasks.declaring import declares_tasks

if TYPE_CHECKING:
    from copydesk.content.operations.values import Operation
    from copydesk.content.reports.receipts import Receipt
    from copydesk.content.reports.watching import Progress, Report

T = TypeVar("T")

_COMMIT_SECONDS: Final = 10.0
"""How long a call holds on to its enqueue when the client gives up: a commit takes milliseconds."""
_REPORT_SECONDS: Final = 2.0
"""How long a client that does not read may hold up its call with one report: that one is dropped."""
_DEFAULT_WAIT: Final = {OperationKind.PROMOTE: 5.0, OperationKind.ROLLBACK: 5.0, OperationKind.EDIT: 5.0}
"""Seconds, for what ends in milliseconds."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a call wants its operation run. `wait_seconds` is `None` where the caller did not say."""

    dry_run: bool
    wait_seconds: float | None
    request_id: str | None


def desk_of(ctx: Context[Desk]) -> Desk:
    """The desk of this call. Somebody is really there: from now on the worker claims jobs."""
    desk = ctx.request_context.lifespan_context
    desk.wake()
    return desk


async def run(ctx: Context[Desk], operation: Operation, how: Run) -> CallToolResult:
    """Plan the operation, or submit it and wait as long as was asked for."""
    desk = desk_of(ctx)
    return await run_asked(ctx, how, lambda asked: (desk.plan if how.dry_run else desk.submit)(operation, asked))


async def run_asked(ctx: Context[Desk], how: Run, ask: Callable[[Asked], Awaitable[Receipt]]) -> CallToolResult:
    """The receipt of what `ask` plans or submits, at the end of the wait."""
    asked = Asked(started_by=client_name(ctx), via="mcp", request_id=how.request_id)
    receipt = await (ask(asked) if how.dry_run else committed(ask(asked)))
    return answer(_with_warning(await _watched(ctx, receipt, how), how))


async def committed(change: Awaitable[T]) -> T:
    """A change of the queue, to its end: cancelling the call stops nothing half-way and touches no job."""
    with anyio.move_on_after(_COMMIT_SECONDS, shield=True):
        return await change
    message = (
        f"The database did not answer within {_COMMIT_SECONDS:.0f} seconds, so it is not known whether the jobs are "
        "stored. check-generation-status shows them if they are; the same call with the same requestId is safe."
    )
    raise ContentError("store-slow", message)


async def _watched(ctx: Context[Desk], receipt: Receipt, how: Run) -> Receipt:
    desk = desk_of(ctx)
    seconds = _seconds(ctx, receipt, how)
    is_stored = receipt.status is not None and receipt.operation_id is not None
    if not (is_stored and seconds):
        return receipt
    return await desk.wait(str(receipt.operation_id), seconds=seconds, report=reporter(ctx))


def _seconds(ctx: Context[Desk], receipt: Receipt, how: Run) -> float:
    if declares_tasks(ctx.request_context):
        return _DEFAULT_WAIT.get(receipt.operation, 0.0)  # the client waits by itself, with the task that it gets
    if desk_of(ctx).settings.execution == "sync":
        return LONGEST_WAIT
    wanted = _DEFAULT_WAIT.get(receipt.operation, 0.0) if how.wait_seconds is None else how.wait_seconds
    return bounded(wanted)


def bounded(seconds: float | None) -> float:
    """Seconds to wait: clients end a call that takes much longer."""
    return min(seconds or 0.0, LONGEST_WAIT)


def _with_warning(receipt: Receipt, how: Run) -> Receipt:
    warnings = (*receipt.warnings, *wait_warnings(how.wait_seconds))
    return receipt.model_copy(update={"warnings": warnings})


def wait_warnings(seconds: float | None) -> tuple[str, ...]:
    if (seconds or 0.0) <= LONGEST_WAIT:
        return ()
    return (f"waitSeconds is {LONGEST_WAIT} at most, because clients end longer calls. Ask again to wait on.",)


def reporter(ctx: Context[Desk]) -> Report:
    """Tells the client how far it is; told nothing twice, because progress must increase."""
    told = -1

    async def report(progress: Progress) -> None:
        nonlocal told
        if progress.finished > told:
            told = progress.finished
            with anyio.move_on_after(_REPORT_SECONDS):
                await ctx.report_progress(progress.finished, progress.total, progress.line)

    return report


def client_name(ctx: Context[Desk]) -> str | None:
    """What the client calls itself, in either era; a modern one need not say."""
    known = ctx.request_context.session.client_params
    return known.client_info.name[:100] if known else None
