"""Keeping secrets out of what a process says of itself: its logs, its warnings and the tracebacks it dies with.

The SDK, the libraries of the providers and asyncio log what they like, through handlers of their own. So what they log
is cleaned where it comes into being, whoever prints it later.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING, Any, Final, TextIO

from copydesk.content.secrets import redact

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["keep_secrets", "print_traceback"]

_UNFORMATTED: Final = logging.Formatter()


def keep_secrets() -> None:
    """From now on, no log record, warning or traceback of this process holds a secret. Again is as good as once.

    A program that handles its crashes itself goes on doing so.
    """
    if not isinstance(logging.getLogRecordFactory(), _CleanRecords):
        logging.setLogRecordFactory(_CleanRecords(logging.getLogRecordFactory()))
    if not isinstance(warnings.formatwarning, _CleanWarnings):
        warnings.formatwarning = _CleanWarnings(warnings.formatwarning)
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _print_crash
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _print_thread_crash
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _print_unraisable


def print_traceback(error: BaseException, stream: TextIO | None = None) -> None:
    """The traceback as Python prints it, without secrets. The values of local variables are never in it."""
    text = "".join(traceback.format_exception(error))
    (sys.stderr if stream is None else stream).write(redact(text))


class _CleanRecords:
    """Makes log records whose text, traceback and arguments are clean already, whatever formats them."""

    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(self, *arguments: Any, **named: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._make(*arguments, **named)
        _clean_message(record)
        _clean_traceback(record)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return record


def _clean_message(record: logging.LogRecord) -> None:
    """The arguments keep their number and kinds where that is enough: some formatters look into them."""
    message = _message(record)
    if redact(message) == message:
        return
    if isinstance(record.args, tuple):
        record.args = tuple(redact(one) if isinstance(one, str) else one for one in record.args)
    message = _message(record)
    if redact(message) != message:
        record.msg, record.args = redact(message), None


def _clean_traceback(record: logging.LogRecord) -> None:
    if not record.exc_info or record.exc_info[0] is None:
        return
    text = _UNFORMATTED.formatException(record.exc_info)
    if redact(text) != text:
        # Handlers that find `exc_info` render it themselves; of its text, they only print it.
        record.exc_text, record.exc_info = redact(text), None


def _message(record: logging.LogRecord) -> str:
    """A log call with wrong arguments is told as it stands: it must not become an error of its own here."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args}"


class _CleanWarnings:
    """Warnings quote what they are about."""

    def __init__(self, form: Any) -> None:
        self._form = form

    def __call__(self, *arguments: Any, **named: Any) -> str:
        return redact(self._form(*arguments, **named))


def _print_crash(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, _trace)
    else:
        print_traceback(error)


def _print_thread_crash(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None and not isinstance(crash.exc_value, SystemExit):
        sys.stderr.write(f"Exception in thread {crash.thread.name if crash.thread else 'unknown'}:\n")
        print_traceback(crash.exc_value)


def _print_unraisable(found: sys.UnraisableHookArgs) -> None:
    if found.exc_value is not None:
        sys.stderr.write(f"{found.err_msg or 'Exception ignored in'}: {type(found.object).__name__}\n")
        print_traceback(found.exc_value)
