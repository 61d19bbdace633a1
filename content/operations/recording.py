"""Recording an operation: it is planned and stored with its jobs in one write, or refused with nothing changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from copydesk.content.errors import ContentError
from copydesk.content.operations.editing import record_edit
from copydesk.content.operations.keeping import refuse_lost_keeps
from copydesk.content.operations.plan_writing import TemplateResolver
from copydesk.content.operations.planning import make_plan
from copydesk.content.operations.plans import Plan
from copydesk.content.operations.policy import UNRESTRICTED, Policy, refuse_forbidden
from copydesk.content.operations.standing import find_operation, read_standing
from copydesk.content.operations.values import Edit, Rollback, dump_operation, read_operation
from copydesk.store import operations, queue, releases, stopping
from copydesk.store.ids import new_id
from copydesk.store.models import NewJob, NewOperation
from copydesk.store.models import Operation as StoredOperation

if TYPE_CHECKING:
    from copydesk.content.definition.models import Snapshot
    from copydesk.content.operations.values import Operation
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment


@dataclass(frozen=True, slots=True)
class Order:
    """An operation as somebody asked for it: what, on which definition, by whom, and with which writer and budget."""

    operation: Operation
    snapshot: Snapshot
    writer: str
    started_by: str | None = None
    request_id: str | None = None
    retry_of: str | None = None
    budget: int | None = None
    policy: Policy = UNRESTRICTED
    resolve: TemplateResolver | None = None
    estimates: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Tokens that an attempt at a section is expected to take, by page and section."""
    id: str = field(default_factory=lambda: new_id("op"))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an order. `operation` is `None` if there was nothing to store."""

    operation: StoredOperation | None
    plan: Plan | None
    """`None` when a repeated request id answered with the operation that it made the first time."""
    cancelled: int = 0
    """Unfinished jobs that an undo cancelled first."""


def plan_order(db: Database, order: Order, *, at: Moment) -> Plan:
    """The plan of an order as things stand now. Nothing is stored."""
    standing = read_standing(db, order.operation, order.snapshot.site, at=at)
    plan = make_plan(order.operation, order.snapshot.site, standing, writer=order.writer, resolve=order.resolve)
    refuse_forbidden(order.operation, plan.environment, order.policy)
    refuse_lost_keeps(db, order.operation, plan)
    jobs = tuple(replace(job, estimate=order.estimates.get((job.page, job.section), 0)) for job in plan.jobs)
    return replace(plan, jobs=jobs)


def record(db: Database, order: Order, *, at: Moment) -> Recorded:
    """Plan the order and store it. An empty plan stores nothing; a repeated request id stores nothing again."""
    repeated = _find_repeated(db, order)
    if repeated is not None:
        return Recorded(repeated, plan=None)
    if isinstance(order.operation, Edit):
        return _record_edit(db, order, order.operation, at)
    cancelled = _cancel_what_is_undone(db, order.operation, at)
    plan = plan_order(db, order, at=at)
    if not plan.jobs:
        return Recorded(None, plan, cancelled)
    operations.keep_snapshot(db, order.snapshot.hash, order.snapshot.document, at=at)
    seq = queue.enqueue(db, _new_operation(order, plan), plan.jobs, at=at)
    return Recorded(operations.by_seq(db, seq), plan, cancelled)


def record_applied(db: Database, order: Order, *, at: Moment) -> Recorded:
    """Record a promote or a rollback and do it in the same transaction."""
    recorded = record(db, order, at=at)
    if recorded.operation is None or recorded.plan is None:
        return recorded
    releases.apply_operation(db, recorded.operation.seq, at=at)
    return replace(recorded, operation=operations.by_seq(db, recorded.operation.seq))


def _find_repeated(db: Database, order: Order) -> StoredOperation | None:
    """The operation that this request id made before. Raises `ContentError` if that was asked for differently."""
    if order.request_id is None:
        return None
    found = operations.by_request_id(db, order.request_id)
    if found is not None and read_operation(found.request) != order.operation:
        message = (
            f'The requestId "{order.request_id}" was used for {found.id}, a {found.kind} with other arguments. Use a '
            "new requestId for a new request."
        )
        raise ContentError("request-id-reused", message)
    return found


def _cancel_what_is_undone(db: Database, operation: Operation, at: Moment) -> int:
    """An undo first cancels what is unfinished of the operations it names, so that nothing comes after it."""
    ids = operation.operation_ids if isinstance(operation, Rollback) else ()
    unfinished = [found for found in (find_operation(db, one) for one in ids) if found.is_unfinished]
    message = "Cancelled because the operation is rolled back."
    return sum(stopping.cancel_operation(db, one.seq, message=message, at=at) for one in unfinished)


def _record_edit(db: Database, order: Order, edit: Edit, at: Moment) -> Recorded:
    operations.keep_snapshot(db, order.snapshot.hash, order.snapshot.document, at=at)
    plan = plan_order(db, order, at=at)
    seq = queue.add_operation(db, _new_operation(order, plan), at=at)
    record_edit(db, edit, seq, order.snapshot, at=at)
    return Recorded(operations.by_seq(db, seq), plan)


def _new_operation(order: Order, plan: Plan) -> NewOperation:
    return NewOperation(
        id=order.id,
        kind=order.operation.kind,
        environment=plan.environment,
        request=dump_operation(order.operation),
        snapshot=order.snapshot.hash,
        total_sections=plan.total,
        writer=_writer_of(plan.jobs),
        started_by=order.started_by,
        request_id=order.request_id,
        retry_of=order.retry_of,
        budget=order.budget,
        skipped=_as_json(plan.skipped),
        refused=_as_json(plan.refused),
    )


def _writer_of(jobs: tuple[NewJob, ...]) -> str | None:
    return next((job.writer for job in jobs), None)


def _as_json(values: tuple[Any, ...]) -> str:
    return json.dumps([asdict(value) for value in values], ensure_ascii=False)
