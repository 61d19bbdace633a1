"""One item of a submission: read, checked, and stored with its effect, or answered with all that is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.assistant.handing import LEASE
from copydesk.content.assistant.takers import name_of
from copydesk.content.assistant.views import ItemAnswer, ItemStatus, Problem
from copydesk.content.definition.suggestions import nearest
from copydesk.content.errors import ContentError
from copydesk.content.grounding import binding_violations, wishes_missed
from copydesk.content.schema.storable import storable_problem
from copydesk.content.schema.violations import Violation
from copydesk.content.secrets import held_secret
from copydesk.content.writers.base import AGENT
from copydesk.store import briefs, entities, operations
from copydesk.store.ids import fields_hash
from copydesk.store.models import Claim, NewRevision
from copydesk.store.moments import Moment
from copydesk.store.queue import Finish
from copydesk.store.states import JobState, Origin

if TYPE_CHECKING:
    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Fields
    from copydesk.content.work.briefing import Briefings
    from copydesk.content.work.contexts import OperationContexts
    from copydesk.store.models import Job
    from copydesk.store.store import Store

__all__ = ["LARGEST_FIELDS", "Item", "Submitting"]

LARGEST_FIELDS: Final = 200_000
"""Characters of the JSON of one section's fields."""
_ADMONISHED: Final = 2
"""How often copy is sent back for wishes of the site alone, as with any other writer."""


@dataclass(frozen=True, slots=True)
class Item:
    """Copy for one job: its fields as an object, or as JSON text."""

    job_id: str
    fields: object


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an item, and which job and brief it was about, as far as there is one."""

    answer: ItemAnswer
    job: Job | None = None
    brief: Brief | None = None


class Submitting:
    """Takes in the items of one assistant, each for itself."""

    def __init__(
        self, store: Store, briefings: Briefings, contexts: OperationContexts, *, taker: str, model: str | None
    ) -> None:
        self._store = store
        self._briefings = briefings
        self._contexts = contexts
        self._taker = taker
        self._model = model

    async def take_in(self, item: Item) -> Taken:
        """Check the item and complete its job, or say why not. What is accepted is on the disk when this returns."""
        job = await self._store.read(operations.job, item.job_id)
        if job is None:
            return Taken(await self._unknown(item))
        if job.waiting_for is None:
            return Taken(_answer(job, "not-yours", _not_yours(job)), job)
        if job.finished_at is not None:
            return Taken(await self._finished(job, _fields_of(item.fields)[0]), job)
        return await self._check(job, item)

    async def _check(self, job: Job, item: Item) -> Taken:
        try:
            brief = await self._briefings.brief(_claim_of(job))
        except ContentError as error:
            await self._store.write(briefs.give_up, job, code="definition", message=str(error), at=self._now())
            return Taken(_answer(job, "failed", str(error)), job)
        fields, problems = _fields_of(item.fields)
        binding = problems or binding_violations(brief, fields)
        wishes = () if problems else wishes_missed(brief, fields)
        if binding or (wishes and job.rejections < _ADMONISHED):
            return Taken(await self._reject(job, binding + wishes), job, brief)
        return Taken(await self._complete(job, brief, fields, wishes), job, brief)

    async def _reject(self, job: Job, violations: tuple[Violation, ...]) -> ItemAnswer:
        await self._store.write(briefs.reject, job, taker=self._taker, duration=LEASE, at=self._now())
        problems = tuple(Problem(path=one.path, message=one.message) for one in violations)
        message = "Not stored. Correct all of violations and submit all of its fields again."
        answer = _answer(job, "rejected", message)
        return answer.model_copy(update={"violations": problems, "violations_total": len(problems)})

    async def _complete(self, job: Job, brief: Brief, fields: Fields, wishes: tuple[Violation, ...]) -> ItemAnswer:
        context = await self._contexts.get(job.operation)
        revision = NewRevision(
            template=brief.template.name,
            fields=fields,
            origin=Origin.ASSISTANT,
            snapshot=context.snapshot.hash,
            writer=AGENT,
            model=self._model,
            brief=brief.hash,
        )
        finish = await self._store.write(briefs.complete, job, revision, taker=self._taker, at=self._now())
        stored = await self._store.read(operations.job, job.id)
        assert stored is not None, "it was there a moment ago, and finished jobs are kept for days"
        match finish:
            case Finish.DONE:
                return _accepted(stored, wishes)
            case Finish.OVERTAKEN:
                return _answer(stored, "overtaken", stored.error or "")
            case Finish.LOST:
                return await self._finished(stored, fields)

    async def _finished(self, job: Job, fields: Fields) -> ItemAnswer:
        """What to say of a job that is finished already."""
        match job.state:
            case JobState.COMPLETED:
                return await self._written_before(job, fields)
            case JobState.CANCELLED:
                return _answer(job, "cancelled", f"Not stored: the job was cancelled. {job.error or ''}".strip())
            case _:
                overtaken = job.error_code == "edited"
                return _answer(job, "overtaken" if overtaken else "failed", f"Not stored: {job.error or 'it failed.'}")

    async def _written_before(self, job: Job, fields: Fields) -> ItemAnswer:
        made = None if job.revision is None else await self._store.read(entities.revision, job.revision)
        where = f"{job.page}/{job.section}"
        if made is not None and made.hash == fields_hash(made.template, fields):
            message = f"Exactly this was submitted for {where} before and is stored. Nothing to do."
            return _answer(job, "already-done", message, job.revision)
        if job.taken_by == self._taker:
            message = f"You have written {where} already; the first copy stays. regenerate-content writes it anew."
        else:
            message = f"{where} was already written by {name_of(job.taken_by)}; that copy stays. Yours was not stored."
        return _answer(job, "already-written", message, job.revision)

    async def _unknown(self, item: Item) -> ItemAnswer:
        ids = await self._store.read(briefs.unfinished_ids, taker=self._taker)
        near = nearest(item.job_id, ids)
        hint = f'The nearest is "{near}".' if near else "take-brief hands out briefs with their job ids."
        message = f"There is no such job. {hint} Nothing was stored."
        return ItemAnswer(job_id=item.job_id[:100], status="unknown", message=message)

    def _now(self) -> Moment:
        return Moment.read(self._store.clock)


def _claim_of(job: Job) -> Claim:
    return Claim(
        operation=job.operation,
        position=job.position,
        page=job.page,
        section=job.section,
        template=job.template or "",
        writer=AGENT,
        base=job.base,
        attempt=job.attempt,
        failures=job.failures,
        owner="",
    )


def _fields_of(value: object) -> tuple[Fields, tuple[Violation, ...]]:
    """The fields as the store would give them back, and what keeps them from being copy at all."""
    try:
        parsed: Any = json.loads(value) if isinstance(value, str) else value
        text = json.dumps(parsed, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        return {}, (Violation("$", f"is no valid JSON: {error}"),)
    if not isinstance(parsed, dict) or not parsed:
        return {}, (Violation("$", "must be an object with the fields of the schema"),)
    problem = _unusable(text, parsed)
    return ({}, (Violation("$", problem),)) if problem else (json.loads(text), ())


def _unusable(text: str, fields: Fields) -> str | None:
    if len(text) > LARGEST_FIELDS:
        return f"is too large: {len(text):,} characters of JSON, {LARGEST_FIELDS:,} at most"
    secret = held_secret(text)
    return storable_problem(fields) or (f"holds the secret {secret}: leave it out" if secret else None)


def _accepted(job: Job, wishes: tuple[Violation, ...]) -> ItemAnswer:
    left = "; ".join(str(one).rstrip(".") for one in wishes)
    message = f"Stored in preview, though the site wishes otherwise: {left}." if left else "Stored in preview."
    return _answer(job, "accepted", message, job.revision)


def _not_yours(job: Job) -> str:
    if job.writer is None:
        return f"Not stored: {job.id} is no job of a writer."
    return f"Not stored: {job.page}/{job.section} is written by {job.writer}. edit-content is for the user's own words."


def _answer(job: Job, status: ItemStatus, message: str, revision: int | None = None) -> ItemAnswer:
    return ItemAnswer(
        job_id=job.id, status=status, page=job.page, section=job.section, message=message, revision=revision
    )
