"""The assistant as the writer: it takes briefs, submits copy, and is told each time what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from copydesk.content.assistant.handing import MOST_BRIEFS, Handed, Wanted, hand_out
from copydesk.content.assistant.items import Item, Submitting
from copydesk.content.assistant.views import HandedBriefs, ItemAnswer, SubmissionAnswer
from copydesk.content.errors import ContentError
from copydesk.content.operations.standing import find_operation
from copydesk.content.reports.cutting import value_size
from copydesk.content.reports.paging import LARGEST_ANSWER
from copydesk.content.reports.receipts import NextStep
from copydesk.content.reports.status import StatusQuery
from copydesk.content.writers.base import AGENT
from copydesk.store import briefs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from copydesk.content.assistant.items import Taken
    from copydesk.content.assistant.takers import Taker
    from copydesk.content.reports.receipts import JobStatusSummary
    from copydesk.content.work.briefing import Briefings
    from copydesk.content.work.contexts import OperationContexts
    from copydesk.store.store import Store

__all__ = ["MOST_ITEMS", "USUAL_COUNT", "Assistant"]

MOST_ITEMS: Final = MOST_BRIEFS
USUAL_COUNT: Final = 10
"""Briefs in an answer, if nobody says how many, and as far as they fit."""
_HOPELESS: Final = 5
"""Rejections of one section after which somebody should look at it, rather than correct it again."""
_FEWER_VIOLATIONS: Final = (20, 10, 5, 3, 1)
_FRAME: Final = 800
"""Characters of an answer for what stands around briefs and results: names, message, counts."""
_OF_REJECTED: Final = 100
_STORED: Final = ("accepted", "already-done")
_HOW: Final = (
    "Each prompt follows siteBrief; fields is the JSON object that is valid for the schema of its template. Then do "
    "nextStep with the fields filled in."
)


class Assistant:
    """One project's assistants: whoever comes with a name is served."""

    def __init__(
        self,
        store: Store,
        briefings: Briefings,
        contexts: OperationContexts,
        status: Callable[[StatusQuery], Awaitable[JobStatusSummary]],
    ) -> None:
        self._store = store
        self._briefings = briefings
        self._contexts = contexts
        self._status = status

    async def take(self, taker: Taker, *, count: int | None = None, operation_id: str | None = None) -> HandedBriefs:
        """Hand out up to `count` briefs, as many as fit into an answer and never none: first those taken before.

        Raises `ContentError` (unknown-operation).
        """
        operations = await self._operations(operation_id)
        count = count or USUAL_COUNT
        handed = Handed()
        if operations is not None:
            taker_id = taker.id_at(self._store.owner)
            wanted = Wanted(taker_id, count, LARGEST_ANSWER - _FRAME, operations)
            handed = await hand_out(self._store, self._briefings, wanted)
        if not handed.briefs:
            return await self._nothing_to_take(operation_id)
        left = await self._left(operations or ()) - len(handed.briefs)
        return HandedBriefs(
            briefs=handed.briefs,
            site_brief=handed.site_brief,
            schemas=handed.schemas,
            left=left,
            message=f"{_counted(len(handed.briefs), 'brief')}, {left} more unfinished. {_HOW}",
            next_step=_submit([one.job_id for one in handed.briefs], min(left, count)),
        )

    async def submit(self, taker: Taker, items: Sequence[Item], *, take_next: int = 0) -> SubmissionAnswer:
        """Take in each item for itself, in order; with `take_next` hand out up to so many further briefs.

        Raises `ContentError` (too-many-items) before anything is stored.
        """
        if len(items) > MOST_ITEMS:
            message = f"{len(items)} items are too many for one call: {MOST_ITEMS} at most. Nothing was stored."
            raise ContentError("too-many-items", message)
        taker_id = taker.id_at(self._store.owner)
        submitting = Submitting(self._store, self._briefings, self._contexts, taker=taker_id, model=taker.name)
        taken = [await submitting.take_in(item) for item in items]
        results = _short_enough([one.answer for one in taken])
        handed = await self._next_briefs(taken, results, taker_id, take_next)
        return await self._answer(taken, results, handed, take_next)

    async def _next_briefs(
        self, taken: Sequence[Taken], results: Sequence[ItemAnswer], taker_id: str, count: int
    ) -> Handed:
        if count <= 0:
            return Handed()
        rejected = [one.job for one in taken if one.job is not None and one.answer.status == "rejected"]
        wanted = Wanted(
            taker_id,
            count,
            room=LARGEST_ANSWER - _size(results) - _OF_REJECTED * len(rejected),
            operations=_operations_of(taken),
            without=tuple((job.operation_id, job.position) for job in rejected),
            known=frozenset(one.brief.stable for one in taken if one.brief is not None),
            fresh_first=True,
            at_least_one=not taken,
        )
        return await hand_out(self._store, self._briefings, wanted)

    async def _answer(
        self, taken: Sequence[Taken], results: Sequence[ItemAnswer], handed: Handed, take_next: int
    ) -> SubmissionAnswer:
        operations = _operations_of(taken)
        left = await self._left(operations) - len(handed.briefs)
        settled = {one.job_id for one in results if one.status in _STORED}
        rejected = [one.job_id for one in results if one.status == "rejected" and one.job_id not in settled]
        hopeless = {one.job.id for one in taken if one.job is not None and one.job.rejections + 1 >= _HOPELESS}
        hopeless &= set(rejected)
        open_jobs = [one for one in rejected if one not in hopeless] + [one.job_id for one in handed.briefs]
        others = left - len(set(rejected))
        if hopeless and left == len(hopeless):
            step: NextStep | None = None
        elif open_jobs:
            step = _submit(open_jobs, min(others, take_next or USUAL_COUNT))
        elif left > 0:
            step = NextStep(tool="take-brief", arguments={"count": min(left, USUAL_COUNT), **_only(taken)})
        else:
            step = (await self._status(StatusQuery(_only(taken).get("operationId")))).next_step
        accepted = sum(one.status == "accepted" for one in results)
        return SubmissionAnswer(
            success=all(one.status in _STORED for one in results),
            accepted=accepted,
            rejected=len(rejected),
            results=tuple(results),
            briefs=handed.briefs,
            site_brief=handed.site_brief,
            schemas=handed.schemas,
            left=left,
            message=_submission_message(results, len(rejected), handed, left) + _said_of(hopeless),
            next_step=step,
        )

    async def _operations(self, operation_id: str | None) -> tuple[int, ...] | None:
        """The operations to take from: (), all of them; `None`, none, since another writer writes the one named."""
        if operation_id is None:
            return ()
        operation = await self._store.read(find_operation, operation_id)
        return (operation.seq,) if operation.writer == AGENT else None

    async def _nothing_to_take(self, operation_id: str | None) -> HandedBriefs:
        status = await self._status(StatusQuery(operation_id))
        return HandedBriefs(message=f"No brief waits for an assistant. {status.message}", next_step=status.next_step)

    async def _left(self, operations: tuple[int, ...]) -> int:
        return await self._store.read(briefs.left, operations)


def _submit(job_ids: Sequence[str], take_next: int) -> NextStep:
    """The call to make, with empty fields to be filled in."""
    items = [{"jobId": one, "fields": {}} for one in dict.fromkeys(job_ids)]
    more = {"takeNext": take_next} if take_next > 0 else {}
    return NextStep(tool="submit-content", arguments={"items": items, **more})


def _operations_of(taken: Sequence[Taken]) -> tuple[int, ...]:
    """The operations whose briefs were submitted."""
    return tuple(dict.fromkeys(one.job.operation for one in taken if one.job is not None and one.job.waiting_for))


def _only(taken: Sequence[Taken]) -> dict[str, str]:
    """The operation, if it was only one, as an argument."""
    ids = {one.job.operation_id for one in taken if one.job is not None and one.job.waiting_for}
    return {"operationId": ids.pop()} if len(ids) == 1 else {}


def _short_enough(results: list[ItemAnswer]) -> list[ItemAnswer]:
    """The results; where many items have very many violations, the first of each, and how many there are."""
    for most in _FEWER_VIOLATIONS:
        if _size(results) <= LARGEST_ANSWER:
            break
        results = [one.model_copy(update={"violations": one.violations[:most]}) for one in results]
    return results


def _size(results: Sequence[ItemAnswer]) -> int:
    return value_size([one.model_dump(mode="json", by_alias=True) for one in results]) + _FRAME


def _submission_message(results: Sequence[ItemAnswer], rejected: int, handed: Handed, left: int) -> str:
    accepted = sum(one.status == "accepted" for one in results)
    before = sum(one.status == "already-done" for one in results)
    others = len(results) - accepted - before - rejected
    parts = [f"{accepted} stored in preview"]
    parts += [f"{before} stored before"] if before else []
    parts += [f"{rejected} to correct: see violations"] if rejected else []
    parts += [f"{others} not stored: see results"] if others else []
    parts += [f"{_counted(len(handed.briefs), 'further brief')}"] if handed.briefs else []
    return f"{'; '.join(parts)}. {left} more unfinished."


def _said_of(hopeless: set[str]) -> str:
    if not hopeless:
        return ""
    return (
        f" {_counted(len(hopeless), 'section')} sent back {_HOPELESS} times or more: tell the user what the violations "
        "ask for (the template may be at fault), or stop it with cancel-generation."
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
