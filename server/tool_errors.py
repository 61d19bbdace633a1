"""What the model reads when a tool call fails: a code in brackets, then a whole sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from pydantic import ValidationError

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.content.secrets import redact
from copydesk.server.causes import original
from copydesk.store.errors import StoreError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["as_tool_error", "unknown_arguments", "unusable_argument"]

_MOST_SHOWN = 5
_LONGEST_SHOWN = 80
_LONGEST_MESSAGE = 5_000
"""A site file may have many problems, and a name that is quoted back may be of any length."""
_SDK_PREFIX = re.compile(r"^Error executing tool [^:\s]+: ")


def as_tool_error(error: ToolError, tool: str) -> ToolError:
    """The same failure in our words. Every error has a code, whichever room it comes from.

    The SDK wraps what a tool raises: `__cause__` is the original. A crash stays an `UnexpectedToolError`, so that the
    SDK writes its traceback to the log; its text does not reach the model.
    """
    match original(error.__cause__):
        case ContentError() as known:
            return _told(_short(f"[{known.code}] {known}", _LONGEST_MESSAGE))
        case StoreError() as known:
            return _told(f"[{known.code}] {known}")
        case ValidationError() as refused:
            return _told(_refused_arguments(refused, tool))
        case _ if isinstance(error, UnexpectedToolError):
            return UnexpectedToolError(
                f"[internal-error] {tool} failed in a way that nobody foresaw. The server's log (standard error) "
                "says more; check-generation-status tells what was stored."
            )
        case _:
            return _told(_SDK_PREFIX.sub("", str(error)))


def unknown_arguments(tool: str, unknown: Sequence[str], known: Sequence[str]) -> ToolError:
    """An argument that the tool does not have: it would be ignored otherwise, and the model never the wiser."""
    complaints = [f'{tool} has no argument "{_short(name)}": {did_you_mean(name, known)}' for name in unknown]
    return _told(f"[unknown-argument] {' '.join(complaints[:_MOST_SHOWN])} Nothing was changed.")


def unusable_argument(tool: str, name: str, problem: str) -> ToolError:
    """An argument with something in it that neither the database nor an answer can hold."""
    return _told(f"[invalid-argument] {tool}: {name} {problem}. Nothing was changed.")


def _refused_arguments(refused: ValidationError, tool: str) -> str:
    complaints = [_complaint(detail) for detail in refused.errors(include_url=False, include_context=False)]
    more = f" ({len(complaints) - _MOST_SHOWN} more)" if len(complaints) > _MOST_SHOWN else ""
    return f"[invalid-argument] {tool}: {'; '.join(complaints[:_MOST_SHOWN])}{more}. Nothing was changed."


def _complaint(detail: ErrorDetails) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "missing":
        return f"{where} is missing"
    message = detail["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{where}: {message[:1].lower()}{message[1:]}, not {_short(repr(detail['input']))}"


def _told(sentence: str) -> ToolError:
    return ToolError(redact(sentence))


def _short(text: str, longest: int = _LONGEST_SHOWN) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
