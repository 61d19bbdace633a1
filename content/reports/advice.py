"""What to say about an operation: how it went, what holds it up, and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from copydesk.content.operations.values import Edit, read_operation
from copydesk.content.reports.receipts import BlockedBy, NextStep, Outcome
from copydesk.store.states import OperationKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.content.operations.values import Scope
    from copydesk.store.models import Operation
    from copydesk.store.workers import WorkerRecord

_FIRST_WAIT: Final = 2.0
_LONGEST_WAIT: Final = 45.0
_MOST_NAMES: Final = 10
_CHANGES_PREVIEW: Final = (OperationKind.GENERATE, OperationKind.REGENERATE, OperationKind.EDIT)

_DONE: Final = {
    OperationKind.GENERATE: "written to preview",
    OperationKind.REGENERATE: "rewritten in preview",
    OperationKind.PROMOTE: "published to production",
    OperationKind.ROLLBACK: "restored",
    OperationKind.EDIT: "edited in preview",
}


def outcome_of(operation: Operation) -> Outcome | None:
    """How a finished operation went; `None` while it is unfinished."""
    if operation.is_unfinished:
        return None
    if operation.failed == 0 and operation.cancelled == 0:
        return "ok" if operation.completed else "nothing-to-do"
    if operation.completed:
        return "partial"
    return "failed" if operation.failed else "cancelled"


def blocked_by(operation: Operation, workers: Sequence[WorkerRecord]) -> BlockedBy | None:
    """Why nothing moves, if nothing does: nobody is there who could do the jobs."""
    if not operation.is_unfinished or operation.processing:
        return None
    if operation.writer is None:
        return None if workers else "no-worker"
    able = any(operation.writer in worker.writers for worker in workers)
    return None if able else "no-worker"


def message_of(operation: Operation, blocked: BlockedBy | None, *, is_draft: bool, placeholders: int = 0) -> str:
    """The operation in a sentence or two. `placeholders` counts the drafts among the sections of a promote."""
    done = _DONE[operation.kind]
    if operation.is_unfinished:
        text = f"{operation.finished} of {operation.queued} sections are {done}; the rest goes on in the background."
        if blocked == "no-worker":
            text += " No worker is running: start one with `copydesk worker`, or a server with its worker on."
        return text
    text = f"{operation.completed} of {operation.queued} sections were {done}."
    if operation.failed:
        text += f" {operation.failed} failed."
    if operation.cancelled:
        text += f" {operation.cancelled} were cancelled."
    if is_draft and operation.completed:
        text += " The copy is a placeholder draft, not finished text."
    if placeholders:
        text += f" {placeholders} of them {_are_drafts(placeholders)}."
    return text


def placeholder_warnings(count: int, *, published: bool) -> tuple[str, ...]:
    """What to say of a promote whose copy is, in `count` sections, a placeholder draft."""
    if not count:
        return ()
    if published:
        return (f"{count} of the published sections {_are_drafts(count)}: write finished text, or roll back.",)
    return (f"{count} of the sections to publish {_are_drafts(count)}: write finished text first.",)


def _are_drafts(count: int) -> str:
    return "is a placeholder draft" if count == 1 else "are placeholder drafts"


def next_step(operation: Operation, *, retryable: int, is_draft: bool, now: int) -> NextStep | None:
    """What an assistant should call next."""
    if operation.is_unfinished:
        return _look_again(operation, now)
    if retryable:
        return NextStep(tool="retry-failed", arguments={"operationId": operation.id})
    if operation.kind in _CHANGES_PREVIEW and operation.completed and not is_draft:
        return NextStep(tool="compare-content", arguments=_scope_of(operation))
    return None


def _scope_of(operation: Operation) -> dict[str, Any]:
    """What the operation was asked for, as arguments; many names are said in fewer, wider ones."""
    match read_operation(operation.request):
        case Edit(page=page, section=section):
            return {"sections": [f"{page}/{section}"]}
        case request:
            return _arguments_of(request.scope)


def _arguments_of(scope: Scope) -> dict[str, Any]:
    pages = scope.pages or tuple(dict.fromkeys(name.rpartition("/")[0] or "/" for name in scope.sections))
    if 0 < len(scope.sections) <= _MOST_NAMES:
        return {"sections": list(scope.sections)}
    return {"pages": list(pages)} if 0 < len(pages) <= _MOST_NAMES else {"all": True}


def _look_again(operation: Operation, now: int) -> NextStep:
    """Wait as long as the rest will take at the pace so far, and longer the longer it has taken."""
    age = (now - operation.created_at) / 1000
    wait = min(_LONGEST_WAIT, max(_FIRST_WAIT, age / 2, seconds_left(operation, now) or 0.0))
    arguments = {"operationId": operation.id, "waitSeconds": round(wait)}
    return NextStep(tool="check-generation-status", arguments=arguments)


def rate_of(operation: Operation, now: int) -> float | None:
    """Sections a minute, so far; `None` before the first."""
    if not operation.finished or operation.started_at is None:
        return None
    milliseconds = (operation.finished_at or now) - operation.started_at
    return operation.finished * 60_000 / max(1, milliseconds)


def seconds_left(operation: Operation, now: int) -> float | None:
    """How long the rest takes at the rate so far; 0 when finished, `None` before the first."""
    rate = rate_of(operation, now)
    if not operation.is_unfinished:
        return 0.0
    return None if rate is None else (operation.pending + operation.processing) * 60 / rate
