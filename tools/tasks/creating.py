"""Which answers of a tool are the beginning of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from copydesk.store.states import OperationStatus

if TYPE_CHECKING:
    from mcp_types import CallToolResult

__all__ = ["ENQUEUING", "begun_operation"]

ENQUEUING: Final = frozenset(
    {
        "generate",
        "generate-all",
        "regenerate-content",
        "regenerate-all",
        "promote",
        "rollback",
        "retry-failed",
    }
)
"""The tools whose answer is a receipt of what they put into the queue."""
_UNFINISHED = frozenset({OperationStatus.PENDING, OperationStatus.PROCESSING})


def begun_operation(result: CallToolResult) -> str | None:
    """The operation of a receipt that is not finished; `None` for every other answer, which stays what it is.

    A dry run and a call that stored nothing have no status; an operation that has ended needs no task.
    """
    receipt = result.structured_content
    if result.is_error or not isinstance(receipt, dict) or receipt.get("status") not in _UNFINISHED:
        return None
    operation_id = receipt.get("operationId")
    return operation_id if isinstance(operation_id, str) else None
