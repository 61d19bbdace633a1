"""One attempt at a job: make the brief, let the writer write, check, and store how it went."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
import anyio.lowlevel

from copydesk.content.briefs import Brief, build_brief
from copydesk.content.errors import ContentError
from copydesk.content.operations.keeping import standing_in
from copydesk.content.operations.values import Generate, Mode, Regenerate
from copydesk.content.schema.checks import check_copy
from copydesk.content.work.insisting import insist
from copydesk.content.work.timing import USUAL, Timing
from copydesk.content.writers.base import (
    Answer,
    Correction,
    Invalid,
    Permanent,
    Transient,
    Usage,
    Violation,
    Writer,
    Written,
)
from copydesk.store import entities, queue
from copydesk.store.errors import StoreClosed
from copydesk.store.models import Claim, Moment, NewRevision, Spent
from copydesk.store.states import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from copydesk.content.definition.models import Fields
    from copydesk.content.settings import Settings
    from copydesk.content.work.contexts import OperationContext, OperationContexts
    from copydesk.content.writers.registry import Writers
    from copydesk.store.database import Database
    from copydesk.store.store import Store

MOST_CORRECTIONS: Final = 2
"""How often a writer is shown its violations within one attempt."""
LONGEST_BACKOFF: Final = 60.0
"""Seconds; the wait before a retry is drawn between nothing and twice the last limit, up to this."""
LONGEST_RETRY_AFTER: Final = 600.0
"""Seconds: a provider that asks for more is asked again after this."""
_FIRST_BACKOFF: Final = 1.0
_MOST_NAMED: Final = 5

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Written:
    """An outcome with the brief it answers, as the revision will remember it."""

    outcome: Answer | Invalid
    context: OperationContext | None = None
    brief: Brief | None = None


class Attempts:
    """Does claimed jobs, one attempt at a time; several at once."""

    def __init__(
        self,
        store: Store,
        writers: Writers,
        contexts: OperationContexts,
        settings: Settings,
        timing: Timing = USUAL,
    ) -> None:
        self._store = store
        self._writers = writers
        self._contexts = contexts
        self._settings = settings
        self._timing = timing

    async def run(self, claim: Claim) -> None:
        """Write the section and store how it went. Cancelled at any point, it stores the whole outcome or nothing."""
        await anyio.lowlevel.checkpoint_if_cancelled()
        try:
            await self._record(claim, await self._write(claim))
        except StoreClosed:
            raise
        except Exception as error:  # noqa: BLE001 - a defect that one job meets must not stop the others
            _LOG.exception("a defect stopped the work on %s/%s", claim.page, claim.section)
            await self._fail_by_defect(claim, error)

    async def _record(self, claim: Claim, written: _Written) -> None:
        step = self._step(claim, written, Moment.read(self._store.clock))
        await insist(lambda: self._store.write(step))

    def _step(self, claim: Claim, written: _Written, at: Moment) -> Callable[[Database], object]:
        """What to store of an outcome."""
        match written.outcome:
            case Written() as outcome:
                return partial(queue.complete, claim=claim, revision=self._revision(claim, written, outcome), at=at)
            case Invalid() as outcome:
                return partial(_give_up_invalid, claim=claim, outcome=outcome, at=at)
            case Transient() as outcome:
                wait = round(backoff(claim.failures, outcome.retry_after, self._timing.jitter) * 1000)
                most = self._settings.max_attempts
                return partial(_try_again, claim=claim, outcome=outcome, max_attempts=most, wait=wait, at=at)
            case Permanent() as outcome:
                return partial(_give_up, claim=claim, outcome=outcome, at=at)

    async def _fail_by_defect(self, claim: Claim, error: Exception) -> None:
        message = (
            f"copydesk itself failed at {claim.page}/{claim.section} ({type(error).__name__}). This is a defect: the "
            "traceback is in the log of the process that worked on it."
        )
        at = Moment.read(self._store.clock)
        await insist(lambda: self._store.write(queue.fail, claim, code="internal-error", message=message, at=at))

    async def _write(self, claim: Claim) -> _Written:
        try:
            writer = self._writers.resolve(claim.writer)
        except ContentError as error:
            return _Written(Permanent("writer-missing", str(error)))
        try:
            context, brief = await insist(lambda: self._prepare(claim))
        except ContentError as error:
            return _Written(Permanent("definition", str(error)))
        async with self._writers.turn(claim.writer):
            return _Written(await self._compose(claim, Composition(writer, brief)), context, brief)

    async def _compose(self, claim: Claim, composition: Composition) -> Answer | Invalid:
        try:
            with anyio.fail_after(self._settings.attempt_timeout):
                return await composition.run()
        except TimeoutError:
            seconds = self._settings.attempt_timeout
            message = f"{claim.writer} gave no answer for {claim.page}/{claim.section} within {seconds:g} s."
            return Transient("timeout", message, usage=composition.usage)

    async def _prepare(self, claim: Claim) -> tuple[OperationContext, Brief]:
        context = await self._contexts.get(claim.operation)
        return context, await self._brief(claim, context)

    async def brief(self, claim: Claim) -> Brief:
        """What the writer is asked for this job. Raises `ContentError` as the definition or the template make it."""
        return await self._brief(claim, await self._contexts.get(claim.operation))

    async def _brief(self, claim: Claim, context: OperationContext) -> Brief:
        request = context.request
        base = await self._base(claim, request)
        return build_brief(
            context.snapshot.site,
            claim.page,
            claim.section,
            template=claim.template,
            instructions=request.instructions,
            keep=standing_in(request.keep, base or {}) if isinstance(request, Regenerate) else (),
            current=base if isinstance(request, Regenerate) and request.mode is Mode.WITH_CURRENT else None,
        )

    async def _base(self, claim: Claim, request: Generate | Regenerate) -> Fields | None:
        """The copy that the job was planned on, where the request needs it."""
        needs_it = isinstance(request, Regenerate) and (request.keep or request.mode is Mode.WITH_CURRENT)
        if claim.base is None or not needs_it:
            return None
        revision = await self._store.read(entities.revision, claim.base)
        return None if revision is None else revision.fields

    def _revision(self, claim: Claim, written: _Written, outcome: Written) -> NewRevision:
        assert written.context is not None, "what was written was written for an operation"
        assert written.brief is not None, "what was written was written from a brief"
        return NewRevision(
            template=claim.template,
            fields=outcome.fields,
            origin=Origin.WRITER,
            snapshot=written.context.snapshot.hash,
            writer=claim.writer,
            model=outcome.model,
            is_draft=self._writers.resolve(claim.writer).is_draft,
            brief=written.brief.hash,
            spent=_spent(outcome.usage, outcome.model),
        )


class Composition:
    """One writer at one brief. `usage` grows with every answer, so that it is known even if the last never comes."""

    def __init__(self, writer: Writer, brief: Brief) -> None:
        self.usage = Usage()
        self._writer = writer
        self._brief = brief

    async def run(self) -> Answer | Invalid:
        """Let the writer write, and show it what is wrong until it is right or was shown often enough."""
        correction: Correction | None = None
        for _ in range(1 + MOST_CORRECTIONS):
            answer = await _ask(self._writer, self._brief, correction)
            self.usage = _sum(self.usage, answer.usage)
            if not isinstance(answer, Written):
                return replace(answer, usage=self.usage)
            violations = check_copy(self._brief.schema, answer.fields, self._brief.keep)
            if not violations:
                return replace(answer, usage=self.usage)
            correction = Correction(answer.fields, violations)
        assert correction is not None, "the loop ran at least once"
        return Invalid(correction.fields, correction.violations, self.usage)


async def _ask(writer: Writer, brief: Brief, correction: Correction | None) -> Answer:
    """The writer's answer; what it raises or returns against its contract becomes an answer too."""
    try:
        answer: object = await writer.write(brief, correction)
    except Exception as error:  # noqa: BLE001 - a writer is somebody else's code: its fault must not end the worker
        return Transient("writer-error", f"{writer.name} failed: {type(error).__name__}: {error}")
    if isinstance(answer, Written):
        return _as_json(writer, answer)
    if isinstance(answer, Transient | Permanent):
        return answer
    return Transient("writer-error", f"{writer.name} answered with a {type(answer).__name__}, which is no answer.")


def _as_json(writer: Writer, answer: Written) -> Written | Transient:
    """The answer with its fields as they come back from the store; what JSON cannot hold is no copy."""
    try:
        fields: object = json.loads(json.dumps(answer.fields, allow_nan=False, ensure_ascii=False).encode())
    except (TypeError, ValueError, RecursionError) as error:
        message = f"{writer.name} answered with fields that are no JSON: {error}"
        return Transient("writer-error", message, usage=answer.usage)
    if isinstance(fields, dict):
        return replace(answer, fields=fields)
    message = f"{writer.name} answered with a {type(fields).__name__} in place of an object of fields."
    return Transient("writer-error", message, usage=answer.usage)


def backoff(failures: int, retry_after: float | None, jitter: Callable[[float], float]) -> float:
    """Seconds to wait: exponential with full jitter, or longer if the provider asks for it."""
    jittered = jitter(min(LONGEST_BACKOFF, _FIRST_BACKOFF * 2**failures))
    return jittered if retry_after is None else min(LONGEST_RETRY_AFTER, retry_after) + jittered


def _try_again(db: Database, claim: Claim, outcome: Transient, max_attempts: int, wait: int, *, at: Moment) -> None:
    """Try again after `wait` milliseconds, if there are attempts left."""
    queue.record_usage(db, claim, _spent(outcome.usage), at=at)
    if outcome.retry_after is not None:
        delay = round(min(LONGEST_RETRY_AFTER, outcome.retry_after) * 1000)
        queue.pause_writer(db, claim.writer, delay=delay, reason=outcome.message, at=at)
    if claim.failures + 1 >= max_attempts:
        message = f"{outcome.message} That was attempt {claim.failures + 1} of {max_attempts}."
        queue.fail(db, claim, code=outcome.code, message=message, at=at)
    else:
        queue.retry(db, claim, code=outcome.code, message=outcome.message, delay=wait, at=at)


def _give_up_invalid(db: Database, claim: Claim, outcome: Invalid, *, at: Moment) -> None:
    queue.record_usage(db, claim, _spent(outcome.usage), at=at)
    message = f"{claim.writer} wrote copy that does not fit {claim.template}: {_described(outcome.violations)}"
    result = json.dumps(outcome.fields, ensure_ascii=False, default=str)
    queue.fail(db, claim, code="invalid-copy", message=message, result=result, at=at)


def _described(violations: tuple[Violation, ...]) -> str:
    more = f" and {len(violations) - _MOST_NAMED} more." if len(violations) > _MOST_NAMED else "."
    return "; ".join(str(violation).rstrip(".") for violation in violations[:_MOST_NAMED]) + more


def _give_up(db: Database, claim: Claim, outcome: Permanent, *, at: Moment) -> None:
    """A wrong key stops the whole operation: every other job of it would fail the same way."""
    queue.record_usage(db, claim, _spent(outcome.usage), at=at)
    lost = queue.fail(db, claim, code=outcome.code, message=outcome.message, stopped=outcome.stops, at=at)
    if outcome.stops is not None and lost is queue.Finish.DONE:
        queue.stop_operation(
            db, claim.operation, code=outcome.code, message=outcome.message, stopped=outcome.stops, at=at
        )


def _spent(usage: Usage, model: str | None = None) -> Spent:
    return Spent(model, usage.input_tokens, usage.output_tokens, usage.cost)


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        _plus(one.input_tokens, other.input_tokens),
        _plus(one.output_tokens, other.output_tokens),
        None if one.cost is None and other.cost is None else (one.cost or 0.0) + (other.cost or 0.0),
    )


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)
