"""`copydesk cancel` and `copydesk retry`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import anyio
import click

from copydesk.content.desk import Desk, open_desk
from copydesk.content.errors import ContentError
from copydesk.content.reports.status import StatusQuery
from copydesk.server.cli.asking import asked_by, run_queued
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import budget_option, place_options, run_options, setting_options
from copydesk.server.cli.terminal import print_json

if TYPE_CHECKING:
    from copydesk.content.operations.cancelling import Cancelled
    from copydesk.content.reports.receipts import Receipt
    from copydesk.server.cli.options import Place, Run

__all__ = ["cancel", "retry"]


@click.command(epilog=EXIT_CODES)
@click.argument("operation", required=False)
@click.option("--job", "jobs", multiple=True, metavar="ID", help="Only this job; repeatable.")
@setting_options("database")
@place_options
def cancel(*, operation: str | None, jobs: tuple[str, ...], place: Place) -> int:
    """Cancel OPERATION, some jobs, or (without either) everything unfinished. Finished copy stays.

    \b
    Examples:
      copydesk cancel
      copydesk cancel op_…
      copydesk cancel --job job_…_3
    """
    done = anyio.run(_cancel, place, operation, jobs)
    if place.terminal.as_json:
        print_json(_as_wire(done))
    place.terminal.show(_told(done))
    return Exit.OK


@click.command(epilog=EXIT_CODES)
@click.argument("operation", required=False)
@budget_option
@run_options
@setting_options("concurrency", "database")
@place_options
def retry(*, operation: str | None, max_tokens: int | None, run: Run, place: Place) -> int:
    """Do again what is still failed of OPERATION (else of the latest one), as a new operation.

    \b
    Examples:
      copydesk retry
      copydesk retry op_… --dry-run
    """

    async def ask(desk: Desk) -> Receipt:
        handle = operation or await _latest(desk)
        return await desk.retry(handle, asked_by(run), dry_run=run.dry_run, max_tokens=max_tokens)

    return run_queued(place, run, ask)


async def _cancel(place: Place, operation: str | None, jobs: tuple[str, ...]) -> Cancelled:
    async with open_desk(place.project, settings=place.overrides, worker=False) as desk:
        return await desk.cancel(operation, jobs)


async def _latest(desk: Desk) -> str:
    """What `copydesk status` shows: the operation with failures, of those."""
    shown = (await desk.status(StatusQuery())).operations
    failed = [one.operation_id for one in shown if one.counts.failed]
    if not failed:
        raise ContentError("nothing-failed", "Nothing failed lately: there is nothing to retry.")
    return failed[-1]


def _as_wire(done: Cancelled) -> dict[str, object]:
    names = {"cancelled": "cancelled", "already_finished": "alreadyFinished", "operation_ids": "operationIds"}
    return {names[name]: value for name, value in asdict(done).items()}


def _told(done: Cancelled) -> str:
    if not done.operation_ids:
        return "Nothing is unfinished: there was nothing to cancel."
    operations = ", ".join(done.operation_ids)
    return f"Cancelled {done.cancelled} jobs of {operations}; {done.already_finished} were finished and stay."
