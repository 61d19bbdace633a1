"""A task as it travels: an operation in the words of the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mcp import MCPError

from copydesk.content.reports.times import iso_time
from copydesk.store.states import OperationStatus
from copydesk.tools.answers import answer

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from copydesk.content.reports.following import Followed

__all__ = ["Json", "asking", "completed", "failed", "has_ended", "receipt_result", "task"]

Json: TypeAlias = dict[str, Any]

_ENDED: Final = frozenset({"completed", "failed", "cancelled"})
_SHORTEST_POLL: Final = 500
_LONGEST_POLL: Final = 15_000
"""Milliseconds."""
_MILLISECONDS_A_DAY: Final = 86_400_000


def task(followed: Followed, *, now: int, retention: float) -> Json:
    """The operation as a bare task, without its result. `retention` is days, `now` milliseconds."""
    return {
        "taskId": followed.operation.id,
        "status": _status(followed),
        "statusMessage": _message(followed),
        "createdAt": iso_time(followed.operation.created_at),
        "lastUpdatedAt": iso_time(followed.updated_at),
        "ttlMs": _time_to_live(followed, retention),
        "pollIntervalMs": _poll_interval(followed, now),
    }


def has_ended(task: Json) -> bool:
    return task["status"] in _ENDED


def asking(task: Json, requests: Json) -> Json:
    """The task, waiting for the client if it asks for something."""
    return {**task, "status": "input_required", "inputRequests": requests} if requests else task


def completed(task: Json, result: CallToolResult) -> Json:
    """The task with what the call would have answered at its end."""
    return {**task, "result": result.model_dump(mode="json", by_alias=True, exclude_none=True)}


def failed(task: Json, error: MCPError) -> Json:
    """The task whose call would have ended in an error of the protocol: not one of the tool."""
    return {
        **task,
        "status": "failed",
        "statusMessage": error.error.message,
        "error": error.error.model_dump(mode="json", by_alias=True, exclude_none=True),
    }


def receipt_result(followed: Followed) -> CallToolResult:
    """The receipt, as the tool would answer it at the end; an error if nothing at all came of it."""
    result = answer(followed.receipt)
    return result.model_copy(update={"is_error": followed.operation.status is OperationStatus.FAILED})


def _status(followed: Followed) -> str:
    match followed.operation.status:
        case OperationStatus.PENDING | OperationStatus.PROCESSING:
            return "working"
        case OperationStatus.COMPLETED | OperationStatus.FAILED:
            return "completed"  # "failed" is for errors of the protocol: the result says how it went
        case OperationStatus.CANCELLED:
            return "cancelled"


def _message(followed: Followed) -> str:
    """The line of progress; all there is to say where nothing moves or all is over."""
    operation = followed.operation
    if operation.is_unfinished and followed.receipt.blocked_by is None:
        return followed.line
    if operation.pruned_at is not None:
        return f"{followed.receipt.message} The list of its jobs has been pruned since; its totals and changes stay."
    return followed.receipt.message


def _time_to_live(followed: Followed, retention: float) -> int | None:
    """How long from its creation the whole result can be had: work that waits or runs never expires."""
    operation = followed.operation
    if operation.finished_at is None:
        return None
    return operation.finished_at - operation.created_at + round(retention * _MILLISECONDS_A_DAY)


def _poll_interval(followed: Followed, now: int) -> int:
    """The longer it has taken, the less there is to miss."""
    age = now - followed.operation.created_at
    return min(_LONGEST_POLL, max(_SHORTEST_POLL, age // 10))
