"""Putting a request to the desk from the command line: open it, submit, watch with a bar, show the receipt."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import anyio

from copydesk.content.desk import Asked, Desk, open_desk
from copydesk.server.cli.exits import Exit, exit_of_receipt
from copydesk.server.cli.failures import Failure
from copydesk.server.cli.progress import ProgressBar
from copydesk.server.cli.receipt_view import show_receipt
from copydesk.server.cli.terminal import print_failure

if TYPE_CHECKING:
    from copydesk.content.operations.values import Operation
    from copydesk.content.reports.receipts import Receipt
    from copydesk.content.reports.watching import Progress
    from copydesk.server.cli.options import Place, Run

__all__ = ["ask_desk", "asked_by", "perform_operation", "queue_operation", "run_queued"]

T = TypeVar("T")


@dataclass(slots=True)
class _Watched:
    """What is being waited for, for the case that somebody stops the waiting."""

    receipt: Receipt | None = None


def ask_desk(place: Place, ask: Callable[[Desk], Awaitable[T]]) -> T:
    """What the desk answers to something that takes no waiting; no worker runs meanwhile."""

    async def opened() -> T:
        async with open_desk(place.project, settings=place.overrides, worker=False) as desk:
            return await ask(desk)

    return anyio.run(opened)


def queue_operation(place: Place, operation: Operation, run: Run) -> int:
    """Queue an operation and wait for it as `run` says."""
    asked = asked_by(run)

    async def ask(desk: Desk) -> Receipt:
        return await (desk.plan(operation, asked) if run.dry_run else desk.submit(operation, asked))

    return run_queued(place, run, ask)


def perform_operation(place: Place, operation: Operation, run: Run) -> int:
    """Do an operation that ends in milliseconds here and now: a promote or a rollback."""
    asked = asked_by(run)

    async def ask(desk: Desk) -> Receipt:
        return await (desk.plan(operation, asked) if run.dry_run else desk.perform(operation, asked))

    receipt = ask_desk(place, ask)
    show_receipt(place.terminal, receipt)
    return exit_of_receipt(receipt)


def run_queued(place: Place, run: Run, ask: Callable[[Desk], Awaitable[Receipt]]) -> int:
    """Ask the desk for something that is queued, wait as `run` says, and show the receipt; the exit code.

    While it waits, a worker runs in this process, unless the settings say `worker: off`. Ctrl-C stops the waiting,
    never the work: what this process held goes back to the queue.
    """
    watched = _Watched()
    try:
        receipt = anyio.run(_ask_and_wait, place, run, ask, watched)
    except KeyboardInterrupt:
        return _stopped_watching(place, watched)
    show_receipt(place.terminal, receipt)
    return exit_of_receipt(receipt)


async def _ask_and_wait(
    place: Place, run: Run, ask: Callable[[Desk], Awaitable[Receipt]], watched: _Watched
) -> Receipt:
    async with open_desk(place.project, settings=place.overrides, worker=False) as desk:
        receipt = await ask(desk)
        watched.receipt = receipt
        if not run.waits or receipt.operation_id is None:
            return receipt
        _tell_handle(place, receipt)
        # Only now: a worker that began before would do what waits already, and leave nothing to ask for.
        async with desk.working() if desk.settings.worker else nullcontext():
            return await _wait(desk, place, run, receipt)


async def _wait(desk: Desk, place: Place, run: Run, receipt: Receipt) -> Receipt:
    assert receipt.operation_id is not None, "there is something to wait for"
    with ProgressBar(place.terminal.err, str(receipt.operation)) as bar:

        async def report(progress: Progress) -> None:
            bar.move(progress.finished, progress.total, progress.line.partition(": ")[2])

        return await desk.wait(receipt.operation_id, seconds=run.seconds, report=report)


def _tell_handle(place: Place, receipt: Receipt) -> None:
    if not place.terminal.as_json:
        place.terminal.note(
            f"{receipt.operation_id}: {receipt.queued_sections} sections queued. Ctrl-C stops watching."
        )


def _stopped_watching(place: Place, watched: _Watched) -> int:
    if watched.receipt is None or watched.receipt.operation_id is None:
        raise KeyboardInterrupt
    handle = watched.receipt.operation_id
    message = (
        f"Stopped watching {handle}. Its unfinished jobs stay queued: a server or `copydesk worker` goes on with them. "
        f"See `copydesk status {handle} --watch`; `copydesk cancel {handle}` ends them."
    )
    failure = Failure("interrupted", message, Exit.INTERRUPTED)
    print_failure(failure.code, failure.message, as_json=place.terminal.as_json)
    return failure.exit


def asked_by(run: Run) -> Asked:
    return Asked(started_by=_user(), via="cli", request_id=run.request_id)


def _user() -> str | None:
    """Who sits at the terminal; nobody in a container without a user."""
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return None
