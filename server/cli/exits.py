"""What the exit code of a command says to a script."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from copydesk.content.reports.receipts import JobStatusSummary, Receipt, WaitEnded

__all__ = ["EXIT_CODES", "Exit", "exit_of_receipt", "exit_of_status"]


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1
    REFUSED = 2
    UNFINISHED = 3
    INTERRUPTED = 130


EXIT_CODES: Final = """\b
Exit codes:
  0    everything asked for was done (or queued, with --no-wait)
  1    something failed or was cancelled, or doctor, check or import found something wrong
  2    wrong usage, an unknown name, an invalid site or setting: nothing was changed
  3    the wait timed out, or nothing moves because no worker is running
  130  interrupted; queued jobs stay queued
"""
"""For `--help`; the backspace keeps click from filling the lines."""


def exit_of_receipt(receipt: Receipt) -> Exit:
    """The exit code for a receipt. A job that failed counts more than a wait that ended early."""
    return _exit(receipt.wait_ended, success=receipt.success)


def exit_of_status(summary: JobStatusSummary) -> Exit:
    return _exit(summary.wait_ended, success=summary.success)


def _exit(wait_ended: WaitEnded, *, success: bool) -> Exit:
    if not success:
        return Exit.FAILED
    return Exit.UNFINISHED if wait_ended in ("timeout", "blocked") else Exit.OK
