"""Releases: a promote or a rollback is applied as a whole, in one transaction, or not at all.

Drift refuses a whole rollback, unless it is forced.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from copydesk.store import operations, queue, undo
from copydesk.store.database import Database, Topic
from copydesk.store.queries import load_queries
from copydesk.store.states import OperationKind

if TYPE_CHECKING:
    from copydesk.store.models import Operation
    from copydesk.store.moments import Moment

__all__ = ["apply_operation"]

_ENTITIES = load_queries("entities")
_OPERATIONS = load_queries("operations")


def apply_operation(db: Database, seq: int, *, at: Moment) -> bool:
    """Do all of a promote or rollback; whether it still waited to be done."""
    operation = operations.by_seq(db, seq)
    if operation is None or not operation.is_unfinished:
        return False
    if operation.kind is OperationKind.PROMOTE:
        _promote(db, operation, at)
    else:
        _roll_back(db, operation, at)
    db.tell(Topic.PROGRESS)
    return True


def _promote(db: Database, operation: Operation, at: Moment) -> None:
    parameters = {"operation": operation.seq, "now": at.now}
    for query in ("record_promotions", "move_production"):
        db.change(_ENTITIES[query], parameters)
    queue.complete_applied(db, operation.seq, at=at)


def _roll_back(db: Database, operation: Operation, at: Moment) -> None:
    planned = db.rows(_OPERATIONS["jobs_of"], _every_pending_job(operation.seq))
    ids = [change for row in planned for change in json.loads(row["undoes"])]
    changes = undo.changes_by_id(db, ids)
    drifted = [] if json.loads(operation.request).get("force") else undo.find_drift(db, changes)
    if drifted:
        message = "Not rolled back: " + "; ".join(undo.describe_drift(one) for one in drifted[:5])
        queue.refuse_applied(db, operation.seq, code="drift", message=message, at=at)
        return
    for change in changes:
        undo.append_inverse(db, change, operation=operation.seq, at=at)
    queue.complete_applied(db, operation.seq, at=at)


def _every_pending_job(operation: int) -> dict[str, object]:
    return {"operation": operation, "from_position": 0, "states": '["pending"]', "limit": -1}
