"""Storing how an attempt went: the copy, another try, or why there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from copydesk.content.writers.base import Answer, Invalid, Permanent, Transient, Usage, Written
from copydesk.store import paces, queue, stopping
from copydesk.store.models import Claim, NewRevision, Spent
from copydesk.store.states import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from copydesk.content.briefs import Brief
    from copydesk.content.schema.violations import Violation
    from copydesk.content.settings import Settings
    from copydesk.content.work.contexts import OperationContext
    from copydesk.content.work.timing import Timing
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

__all__ = ["Attempted", "Provenance", "backoff", "storing"]

LONGEST_BACKOFF: Final = 60.0
"""Seconds; the wait before a retry is drawn between nothing and twice the last limit, up to this."""
LONGEST_RETRY_AFTER: Final = 600.0
"""Seconds: a provider that asks for more is asked again after this."""
LONGEST_REFUSAL: Final = 1_800.0
"""Seconds: a provider that accepts nothing for so long ends the operation. Longer than any limit by the minute."""
MOST_REFUSALS: Final = 10
"""Of one job, by a provider that accepts others meanwhile."""
REFUSED: Final = "rate-limited"
"""The code of a refusal for being too fast (429), whatever the provider."""
_FIRST_BACKOFF: Final = 1.0
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Provenance:
    """What copy was made from, as its revision will remember it."""

    context: OperationContext
    brief: Brief
    is_draft: bool


@dataclass(frozen=True, slots=True)
class Attempted:
    """How an attempt went. Without provenance it came to its end before the writer was asked."""

    outcome: Answer | Invalid
    provenance: Provenance | None = None


def storing(
    claim: Claim, attempted: Attempted, settings: Settings, timing: Timing, *, at: Moment
) -> Callable[[Database], object]:
    """What to do in the store after an attempt."""
    match attempted.outcome:
        case Written() as outcome:
            return partial(_complete, claim=claim, revision=_revision(claim, attempted, outcome), at=at)
        case Invalid() as outcome:
            return partial(_give_up_invalid, claim=claim, outcome=outcome, at=at)
        case Transient() as outcome:
            tried = claim.refusals if outcome.code == REFUSED else claim.failures
            wait = round(backoff(tried, outcome.retry_after, timing.jitter) * 1000)
            most = settings.max_attempts
            return partial(_try_again, claim=claim, outcome=outcome, max_attempts=most, wait=wait, at=at)
        case Permanent() as outcome:
            return partial(_give_up, claim=claim, outcome=outcome, at=at)


def _revision(claim: Claim, attempted: Attempted, outcome: Written) -> NewRevision:
    made = attempted.provenance
    assert made is not None, "what was written was written from a brief"
    return NewRevision(
        template=claim.template,
        fields=outcome.fields,
        origin=Origin.WRITER,
        snapshot=made.context.snapshot.hash,
        writer=claim.writer,
        model=outcome.model,
        is_draft=made.is_draft,
        brief=made.brief.hash,
        spent=_spent(outcome.usage, outcome.model),
    )


def backoff(failures: int, retry_after: float | None, jitter: Callable[[float], float]) -> float:
    """Seconds to wait: exponential with full jitter, or longer if the provider asks for it."""
    jittered = jitter(min(LONGEST_BACKOFF, _FIRST_BACKOFF * 2**failures))
    return jittered if retry_after is None else min(LONGEST_RETRY_AFTER, retry_after) + jittered


def _try_again(db: Database, claim: Claim, outcome: Transient, max_attempts: int, wait: int, *, at: Moment) -> None:
    """Try again after `wait` milliseconds, if there are attempts left."""
    queue.record_usage(db, claim, _spent(outcome.usage), at=at)
    if outcome.code == REFUSED:
        _after_refusal(db, claim, outcome, _note_refusal(db, claim, outcome, at), wait, at=at)
        return
    if outcome.retry_after is not None:
        _note_refusal(db, claim, outcome, at)
    if claim.failures + 1 >= max_attempts:
        message = f"{outcome.message} That was attempt {claim.failures + 1} of {max_attempts}."
        queue.fail(db, claim, code=outcome.code, message=message, at=at)
    else:
        queue.retry(db, claim, code=outcome.code, message=outcome.message, delay=wait, at=at)


def _note_refusal(db: Database, claim: Claim, outcome: Transient, at: Moment) -> paces.Refusal:
    """Pause the writer in every process, and slow it down afterwards."""
    asked = outcome.retry_after
    delay = None if asked is None else round(max(0.0, min(LONGEST_RETRY_AFTER, asked)) * 1000)
    return paces.refuse(db, claim.writer, begun_at=claim.begun_at, wait=delay, reason=outcome.message, at=at)


def _after_refusal(
    db: Database, claim: Claim, outcome: Transient, refusal: paces.Refusal, wait: int, *, at: Moment
) -> None:
    """A refusal says that we are too fast, not that the job cannot be done: it costs no attempt. But it has its end."""
    if refusal.lasted >= LONGEST_REFUSAL * 1000:
        _stop_refused(db, claim, outcome, round(refusal.lasted / 60_000), at)
    elif claim.refusals + refusal.is_first >= MOST_REFUSALS:
        message = (
            f"{outcome.message} The provider refused this section {MOST_REFUSALS} times and accepted others between: "
            "its brief may ask for more at once than the account allows."
        )
        queue.fail(db, claim, code=outcome.code, message=message, at=at)
    else:
        queue.postpone(
            db, claim, code=outcome.code, message=outcome.message, delay=wait, is_counted=refusal.is_first, at=at
        )


def _stop_refused(db: Database, claim: Claim, outcome: Transient, minutes: int, at: Moment) -> None:
    """Every other job of the operation would meet the same refusal, one after the other, for hours."""
    message = (
        f"{outcome.message} The provider of {claim.writer} has accepted nothing for {minutes} minutes, so the rest of "
        "the operation was given up. Retry the failed ones when it accepts requests again."
    )
    if queue.fail(db, claim, code=outcome.code, message=message, at=at) is queue.Finish.DONE:
        stopping.stop_operation(db, claim.operation, code=outcome.code, message=message, stopped=None, at=at)


def _complete(db: Database, claim: Claim, revision: NewRevision, *, at: Moment) -> queue.Finish:
    paces.accept(db, claim.writer)
    return queue.complete(db, claim, revision, at=at)


def _give_up_invalid(db: Database, claim: Claim, outcome: Invalid, *, at: Moment) -> None:
    paces.accept(db, claim.writer)
    queue.record_usage(db, claim, _spent(outcome.usage), at=at)
    message = (
        f"{claim.writer} wrote copy that does not fit {claim.template}: {_described(outcome.violations)} "
        f"{queue.where_the_text_is(db, claim)}"
    )
    result = json.dumps(outcome.fields, ensure_ascii=False, default=str)
    queue.fail(db, claim, code="invalid-copy", message=message, result=result, at=at)


def _described(violations: tuple[Violation, ...]) -> str:
    more = f" and {len(violations) - _MOST_NAMED} more." if len(violations) > _MOST_NAMED else "."
    return "; ".join(str(violation).rstrip(".") for violation in violations[:_MOST_NAMED]) + more


def _give_up(db: Database, claim: Claim, outcome: Permanent, *, at: Moment) -> None:
    """A wrong key stops the whole operation: every other job of it would fail the same way."""
    queue.record_usage(db, claim, _spent(outcome.usage), at=at)
    finish = queue.fail(db, claim, code=outcome.code, message=outcome.message, stopped=outcome.stops, at=at)
    if outcome.stops is not None and finish is queue.Finish.DONE:
        stopping.stop_operation(
            db, claim.operation, code=outcome.code, message=outcome.message, stopped=outcome.stops, at=at
        )


def _spent(usage: Usage, model: str | None = None) -> Spent:
    return Spent(model, usage.input_tokens, usage.output_tokens, usage.cost)
