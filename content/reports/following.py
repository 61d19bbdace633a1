"""One operation as somebody sees it who follows it from far: how far it is, and once it has ended, its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.content.operations.standing import find_operation
from copydesk.content.reports.advice import MissingKey, no_key_missing
from copydesk.content.reports.reporting import read_receipt
from copydesk.content.reports.watching import progress_line
from copydesk.store import operations

if TYPE_CHECKING:
    from copydesk.content.reports.receipts import Receipt
    from copydesk.store.database import Database
    from copydesk.store.models import Operation
    from copydesk.store.moments import Moment

__all__ = ["Followed", "follow"]


@dataclass(frozen=True, slots=True)
class Followed:
    """An operation at one moment."""

    operation: Operation
    receipt: Receipt
    line: str
    """`12 of 190: home/hero written`"""
    updated_at: int
    """When it last began, changed copy, lost a job or ended (ms)."""


def follow(
    db: Database,
    operation_id: str,
    *,
    at: Moment,
    drafts: frozenset[str],
    missing_key: MissingKey = no_key_missing,
) -> Followed:
    """The operation as it stands now. `drafts` names the writers of placeholder copy.

    Raises `ContentError` (unknown-operation).
    """
    operation = find_operation(db, operation_id)
    receipt = read_receipt(db, operation.seq, at=at, drafts=drafts, missing_key=missing_key)
    waited = receipt.wait_ended if operation.is_unfinished else "finished"
    return Followed(
        operation,
        receipt.model_copy(update={"wait_ended": waited}),
        progress_line(db, [operation], operation.finished, operation.queued),
        operations.last_moment(db, operation.seq),
    )
