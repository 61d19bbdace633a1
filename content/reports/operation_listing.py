"""What was done: past operations by time, kind and person, with what they took."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.content.reports import advice
from copydesk.content.reports.content_views import OperationListing, OperationsTotal, PastOperation, WriterTotal
from copydesk.content.reports.paging import LARGEST_ANSWER, counted, fill, invalid_cursor, shorten
from copydesk.content.reports.receipts import LISTED, NextStep, UsageSummary
from copydesk.content.reports.reporting import counts_of, usage_of
from copydesk.content.reports.times import iso_time, read_time
from copydesk.store import history
from copydesk.store.states import OperationKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.content.desk import Desk
    from copydesk.store.database import Database
    from copydesk.store.history import OperationFilter, OperationTotals, WriterTotals
    from copydesk.store.models import Operation

__all__ = ["OperationsQuery", "list_operations"]

_ROOM: Final = LARGEST_ANSWER - 2_400
_MOST_WRITERS: Final = 5
_LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class OperationsQuery:
    """Which operations. `since` and `until` are dates, times or ages (`7d`); all filters together must hold."""

    since: str | None = None
    until: str | None = None
    kinds: tuple[str, ...] = ()
    started_by: str | None = None
    cursor: str | None = None


EVERYTHING: Final = OperationsQuery()


async def list_operations(desk: Desk, query: OperationsQuery = EVERYTHING) -> OperationListing:
    """Past operations, newest first, with the totals of all that the filters let through.

    Raises `ContentError`: invalid-time, unknown-kind, unknown-person, invalid-cursor.
    """
    wanted = _filter_of(query, now=desk.store.clock.now())
    return await desk.store.read(_read_listing, wanted, _number_of(query.cursor))


def _filter_of(query: OperationsQuery, *, now: int) -> OperationFilter:
    since = read_time(query.since, now=now) if query.since else None
    until = read_time(query.until, now=now, is_end=True) if query.until else None
    if since is not None and until is not None and since >= until:
        message = f"since ({query.since}) must be before until ({query.until})."
        raise ContentError("invalid-time", message)
    kinds = tuple(_kind_of(kind) for kind in query.kinds)
    return history.OperationFilter(since, until, kinds, query.started_by or None)


def _kind_of(written: str) -> OperationKind:
    try:
        return OperationKind(written.strip().lower())
    except ValueError as error:
        message = f'There is no kind of operation "{written}": {did_you_mean(written, OperationKind)}'
        raise ContentError("unknown-kind", message) from error


def _number_of(cursor: str | None) -> int | None:
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < LISTED):
        raise invalid_cursor(cursor)
    return int(cursor)


def _read_listing(db: Database, wanted: OperationFilter, before: int | None) -> OperationListing:
    _refuse_unknown_person(db, wanted.started_by)
    found = history.list_operations(db, wanted, before=before, limit=LISTED + 1)
    page = fill(found[:LISTED], _past_operation, lambda one: str(one.seq + 1), room=_ROOM)
    totals = history.total_operations(db, wanted)
    more = page.cursor or (str(found[LISTED - 1].seq) if len(found) > LISTED else None)
    return OperationListing(
        operations=page.entries,
        totals=_totals(totals, history.total_by_writer(db, wanted, limit=_MOST_WRITERS)),
        cursor=more,
        message=_message(totals),
        next_step=_next_step(page.entries),
    )


def _refuse_unknown_person(db: Database, started_by: str | None) -> None:
    known = history.starters(db) if started_by is not None else []
    if started_by is not None and started_by not in known:
        message = f'Nobody called "{started_by}" has started an operation: {did_you_mean(started_by, known)}'
        raise ContentError("unknown-person", message)


def _past_operation(operation: Operation) -> PastOperation:
    return PastOperation(
        operation_id=operation.id,
        operation=operation.kind,
        scope=_scope_of(json.loads(operation.request)),
        status=operation.status,
        outcome=advice.outcome_of(operation),
        environment=operation.environment,
        writer=operation.writer,
        started_by=None if operation.started_by is None else shorten(operation.started_by, _LONGEST_NAME),
        retry_of=operation.retry_of,
        counts=counts_of(operation),
        changed=operation.changed,
        usage=usage_of(operation),
        created_at=iso_time(operation.created_at),
        finished_at=None if operation.finished_at is None else iso_time(operation.finished_at),
    )


def _scope_of(request: dict[str, Any]) -> str:
    """What was asked for, in a line: `home, pricing/hero`, `all`, `review_…`, `undo of op_…`"""
    scope = request.get("scope") or {}
    names = [*scope.get("pages", ()), *scope.get("sections", ())]
    if request.get("review_id"):
        return f"what {request['review_id']} showed"
    if request.get("operation_ids"):
        return shorten(f"undo of {', '.join(request['operation_ids'])}", _LONGEST_NAME)
    if "page" in request:
        return f"{request['page']}/{request['section']}"
    return "all" if scope.get("all") else shorten(", ".join(names), _LONGEST_NAME)


def _totals(totals: OperationTotals, writers: Sequence[WriterTotals]) -> OperationsTotal:
    return OperationsTotal(
        operations=totals.operations,
        sections_done=totals.completed,
        sections_failed=totals.failed,
        changed=totals.changed,
        usage=_usage(totals),
        writers=tuple(
            WriterTotal(
                writer=shorten(one.writer, _LONGEST_NAME),
                operations=one.operations,
                sections_done=one.completed,
                usage=_usage(one),
            )
            for one in writers
        ),
    )


def _usage(totals: OperationTotals | WriterTotals) -> UsageSummary:
    return UsageSummary(input_tokens=totals.input_tokens, output_tokens=totals.output_tokens, cost=totals.cost)


def _message(totals: OperationTotals) -> str:
    if not totals.operations:
        return "No operation fits."
    done = counted(totals.completed, "section")
    text = f"{counted(totals.operations, 'operation')}, {done} done, {totals.failed} failed."
    if totals.input_tokens is not None or totals.output_tokens is not None:
        text += f" {(totals.input_tokens or 0) + (totals.output_tokens or 0)} tokens"
        text += "." if totals.cost is None else f", {totals.cost:.4f} US dollars."
    return text


def _next_step(shown: tuple[PastOperation, ...]) -> NextStep | None:
    """Where something can still be done about what is listed."""
    for one in shown:
        if one.outcome is None:
            arguments = {"operationId": one.operation_id, "waitSeconds": 10}
            return NextStep(tool="check-generation-status", arguments=arguments)
    return None
