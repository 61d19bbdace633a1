"""What to say about an operation: how it went, what holds it up, and the next step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from copydesk.content.failures import remedy_for
from copydesk.content.operations.values import Edit, Promote, read_operation
from copydesk.content.reports.receipts import BlockedBy, Failure, NextStep, Outcome
from copydesk.content.writers.base import AGENT
from copydesk.store.states import OperationKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.content.operations.values import Operation as AnyOperation
    from copydesk.content.operations.values import Scope
    from copydesk.store.models import Operation
    from copydesk.store.workers import WorkerRecord

_USUAL_BRIEFS: Final = 10
_MOST_REPEATED: Final = 20
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

_TOOLS: Final = {
    OperationKind.GENERATE: "generate",
    OperationKind.REGENERATE: "regenerate-content",
    OperationKind.PROMOTE: "promote",
    OperationKind.ROLLBACK: "rollback",
}
_WHOLE_SITE_TOOLS: Final = {OperationKind.GENERATE: "generate-all", OperationKind.REGENERATE: "regenerate-all"}


def outcome_of(operation: Operation) -> Outcome | None:
    """How a finished operation went; `None` while it is unfinished."""
    if operation.is_unfinished:
        return None
    if operation.failed == 0 and operation.cancelled == 0:
        return "ok" if operation.completed else "nothing-to-do"
    if operation.completed:
        return "partial"
    return "failed" if operation.failed else "cancelled"


MissingKey: TypeAlias = Callable[[str], str | None]
"""The environment variable with the key that this process lacks for a writer."""


def no_key_missing(writer: str) -> None:
    """For those who do not know the writers."""


def blocked_by(
    operation: Operation, workers: Sequence[WorkerRecord], missing_key: MissingKey = no_key_missing
) -> BlockedBy | None:
    """Why nothing moves, if nothing does: nobody is there who could do the jobs, or they wait for the assistant."""
    if not operation.is_unfinished:
        return None
    if operation.writer == AGENT:
        return "assistant"
    if operation.processing or _is_spent(operation):
        return None if operation.processing else "budget"
    if operation.writer is None:
        return None if workers else "no-worker"
    if any(operation.writer in worker.writers for worker in workers):
        return None
    return "no-key" if missing_key(operation.writer) else "no-worker"


def _is_spent(operation: Operation) -> bool:
    """Whether the budget is used up: the next worker that looks stops what is left."""
    spent = (operation.input_tokens or 0) + (operation.output_tokens or 0)
    return operation.budget is not None and spent >= operation.budget


def message_of(
    operation: Operation,
    blocked: BlockedBy | None,
    *,
    is_draft: bool,
    placeholders: int = 0,
    missing_key: MissingKey = no_key_missing,
) -> str:
    """The operation in a sentence or two. `placeholders` counts the drafts among the sections of a promote."""
    done = _DONE[operation.kind]
    if operation.is_unfinished:
        rest = _of_the_rest(operation, blocked, missing_key)
        return f"{operation.finished} of {operation.queued} sections are {done}; {rest}"
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


def _of_the_rest(operation: Operation, blocked: BlockedBy | None, missing_key: MissingKey) -> str:
    """What becomes of the sections that are not done yet."""
    match blocked:
        case "assistant":
            return "the rest waits for the assistant: take-brief gives it briefs, submit-content takes its copy."
        case "no-key":
            writer = operation.writer or ""
            return (
                f"the rest waits for a key: {writer} needs {missing_key(writer)} in the environment of the worker. Set "
                "it and restart, or cancel and ask again with the writer agent: then the assistant writes."
            )
        case "budget":
            return f"the budget of {operation.budget:,} tokens is used up, so the rest will not be written."
        case "no-worker":
            return (
                "the rest goes on in the background. No worker is running: start one with `copydesk worker`, or a "
                "server with its worker on."
            )
        case _:
            return "the rest goes on in the background."


def placeholder_warnings(count: int, *, published: bool) -> tuple[str, ...]:
    """What to say of a promote whose copy is, in `count` sections, a placeholder draft."""
    if not count:
        return ()
    if published:
        return (f"{count} of the published sections {_are_drafts(count)}: write finished text, or roll back.",)
    return (f"{count} of the sections to publish {_are_drafts(count)}: write finished text first.",)


def _are_drafts(count: int) -> str:
    return "is a placeholder draft" if count == 1 else "are placeholder drafts"


def next_step(
    operation: Operation,
    *,
    retryable: int,
    is_draft: bool,
    now: int,
    blocked: BlockedBy | None = None,
    earlier: Sequence[Operation] = (),
    rest: float = 0.0,
) -> NextStep | None:
    """What an assistant should call next; nothing where only a person can help.

    `earlier` are the operations that this one retries, the first one first; `rest` is for how many seconds its writer
    is paused. A retry that helped nothing is not repeated, and what failed to be published is reviewed again first.
    """
    if blocked == "assistant":
        waiting = operation.pending + operation.processing
        arguments = {"operationId": operation.id, "count": min(waiting, _USUAL_BRIEFS)}
        return NextStep(tool="take-brief", arguments=arguments)
    if operation.is_unfinished and blocked != "budget":
        return None if blocked else _look_again(operation, now, rest)
    helps = operation.completed or not earlier
    if retryable and helps and operation.kind is not OperationKind.PROMOTE and not operation.is_unfinished:
        return NextStep(tool="retry-failed", arguments={"operationId": operation.id})
    return _review((*earlier, operation), is_draft=is_draft)


def _review(tries: Sequence[Operation], *, is_draft: bool) -> NextStep | None:
    """A look at what was asked for the first time, if any try wrote something, or could not publish what it should."""
    is_written = tries[0].kind in _CHANGES_PREVIEW and any(one.completed for one in tries) and not is_draft
    is_unpublished = tries[-1].kind is OperationKind.PROMOTE and tries[-1].failed
    if not (is_written or is_unpublished):
        return None
    return NextStep(tool="compare-content", arguments=_scope_of(tries[0]))


def retryable_at_once(failures: Sequence[Failure]) -> int:
    """How many failures another try can help as things are, with nothing done in between by anybody."""
    return sum(one.retryable and not remedy_for(one.code).needs_somebody for one in failures)


def what_helps(failures: Sequence[Failure], step: NextStep | None) -> str:
    """What would help most of the failures, with a blank before it, unless the next step already does."""
    if not failures or (step is not None and step.tool == "retry-failed"):
        return ""
    code = Counter(one.code for one in failures).most_common(1)[0][0]
    fix = next(one.fix for one in failures if one.code == code)
    return f" What helps ({code}): {fix}"


def without_dry_run(operation: AnyOperation, retry_of: str | None) -> NextStep | None:
    """The same call in earnest, after a dry run; `None` where it names too much to be repeated here.

    A promote that nobody has reviewed is reviewed first.
    """
    if retry_of is not None:
        return NextStep(tool="retry-failed", arguments={"operationId": retry_of} | _given(operation, {"max_tokens"}))
    if isinstance(operation, Edit) or len(operation.scope.pages + operation.scope.sections) > _MOST_REPEATED:
        return None
    chosen = operation.scope.model_dump(mode="json", exclude_defaults=True)
    if isinstance(operation, Promote) and operation.review_id is None:
        return NextStep(tool="compare-content", arguments=chosen)
    tool = _TOOLS[operation.kind]
    whole = _WHOLE_SITE_TOOLS.get(operation.kind)
    if whole is not None and operation.scope.all and not getattr(operation, "keep", ()):
        tool, chosen = whole, {}
    return NextStep(tool=tool, arguments=chosen | _given(operation))


def _given(operation: AnyOperation, only: set[str] | None = None) -> dict[str, Any]:
    """What was said beside the scope, as arguments."""
    given: dict[str, Any] = operation.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, exclude={"kind", "scope"}, include=only
    )
    return given


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


def _look_again(operation: Operation, now: int, rest: float) -> NextStep:
    arguments = {"operationId": operation.id, "waitSeconds": wait_seconds(operation, now)}
    before = round(max(0.0, rest - _LONGEST_WAIT))
    return NextStep(tool="check-generation-status", arguments=arguments, after_seconds=before)


def wait_seconds(operation: Operation, now: int) -> int:
    """To wait as long as the rest will take at the pace so far, and longer the longer it has taken."""
    age = (now - operation.created_at) / 1000
    return round(min(_LONGEST_WAIT, max(_FIRST_WAIT, age / 2, seconds_left(operation, now) or 0.0)))


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
