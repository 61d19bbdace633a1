"""From an exception to a code, a sentence and an exit code."""

from __future__ import annotations

from dataclasses import dataclass

import click

from copydesk.content.errors import ContentError
from copydesk.server.causes import original
from copydesk.server.cli.exits import Exit
from copydesk.store.errors import StoreError

__all__ = ["FORESEEN", "Failure", "failure_of"]

FORESEEN = (click.ClickException, click.Abort, ContentError, StoreError, KeyboardInterrupt, BaseExceptionGroup)
"""What a command may raise; anything else is a defect and keeps its traceback."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command failed, as it is told."""

    code: str
    message: str
    exit: Exit


def failure_of(error: BaseException) -> Failure:
    """The failure behind an exception. A defect is raised again as it is."""
    match original(error):
        case click.NoSuchOption() | click.UsageError() as wrong:
            return Failure("wrong-usage", _usage(wrong), Exit.REFUSED)
        case click.ClickException() as wrong:
            return Failure("wrong-usage", wrong.format_message(), Exit.REFUSED)
        case click.Abort() | KeyboardInterrupt():
            return Failure(
                "interrupted", "Interrupted. What is queued stays queued: see `copydesk status`.", Exit.INTERRUPTED
            )
        case ContentError() as known:
            return Failure(known.code, str(known), Exit.REFUSED)
        case StoreError() as known:
            return Failure(known.code, str(known), Exit.FAILED)
        case other:
            raise other


def _usage(wrong: click.UsageError) -> str:
    path = wrong.ctx.command_path if wrong.ctx else "copydesk"
    return f"{wrong.format_message()} See `{path} --help`."
