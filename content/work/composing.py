"""The dialogue with a writer: it writes, is shown what is wrong, and writes again. No secret gets past it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from copydesk.content.grounding import binding_violations, wishes_missed
from copydesk.content.secrets import held_secret, redact
from copydesk.content.writers.base import Answer, Correction, Invalid, Permanent, Transient, Usage, Writer, Written

if TYPE_CHECKING:
    from copydesk.content.briefs import Brief

__all__ = ["MOST_CORRECTIONS", "Composition"]

MOST_CORRECTIONS: Final = 2
"""How often a writer is shown its violations within one attempt."""


class Composition:
    """One writer at one brief. `usage` grows with every answer, so that it is known even if the last never comes."""

    def __init__(self, writer: Writer, brief: Brief) -> None:
        self.usage = Usage()
        self._writer = writer
        self._brief = brief
        self._usable: Written | None = None
        self._missed = 0

    @property
    def usable(self) -> Written | None:
        """Copy that may be kept if nothing better comes: it has all that binds, but misses wishes of the site."""
        return None if self._usable is None else replace(self._usable, usage=self.usage)

    async def run(self) -> Answer | Invalid:
        """Let the writer write, and show it what is wrong until it is right or was shown often enough."""
        correction: Correction | None = None
        for _ in range(1 + MOST_CORRECTIONS):
            answer = await _ask(self._writer, self._brief, correction)
            self.usage = _sum(self.usage, answer.usage)
            if not isinstance(answer, Written):
                return self._fallen_back(answer)
            before, correction = correction, self._correction(answer)
            if correction is None:
                return replace(answer, usage=self.usage)
            if self._usable is answer and before is not None and before.violations == correction.violations:
                break  # it was told and did no better: asking again would only cost
        assert correction is not None, "the loop ran at least once"
        return self.usable or Invalid(correction.fields, correction.violations, self.usage)

    def _correction(self, answer: Written) -> Correction | None:
        """What the writer has to be shown; `None` if all is well. Placeholders are held to no wishes."""
        binding = binding_violations(self._brief, answer.fields)
        wishes = () if self._writer.is_draft else wishes_missed(self._brief, answer.fields)
        if not binding and (self._usable is None or len(wishes) <= self._missed):
            self._usable, self._missed = answer, len(wishes)
        return Correction(answer.fields, binding + wishes) if binding or wishes else None

    def _fallen_back(self, answer: Transient | Permanent) -> Answer:
        """What is usable is worth more than a failure while it was being improved; a wrong key stops all the same."""
        if self.usable is not None and not (isinstance(answer, Permanent) and answer.stops):
            return self.usable
        return replace(answer, usage=self.usage)


async def _ask(writer: Writer, brief: Brief, correction: Correction | None) -> Answer:
    """The writer's answer; what it raises or returns against its contract becomes an answer too."""
    try:
        answer: object = await writer.write(brief, correction)
    except Exception as error:  # noqa: BLE001 - a writer is somebody else's code: its fault must not end the worker
        return Transient("writer-error", redact(f"{writer.name} failed: {type(error).__name__}: {error}"))
    if isinstance(answer, Written):
        return _without_secrets(writer, _as_json(writer, answer))
    if isinstance(answer, Transient | Permanent):
        return replace(answer, message=redact(answer.message))
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


def _without_secrets(writer: Writer, answer: Written | Transient) -> Answer:
    """What writers say goes into the database and everywhere from there. Placeholders come from the definition."""
    if isinstance(answer, Transient):
        return replace(answer, message=redact(answer.message))
    if writer.is_draft:
        return answer
    name = held_secret(json.dumps(answer.fields, ensure_ascii=False))
    if name is not None:
        return Permanent("writer-error", f"{writer.name} wrote copy with the secret {name} in it.", usage=answer.usage)
    return replace(answer, model=None if answer.model is None else redact(answer.model))


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        _plus(one.input_tokens, other.input_tokens),
        _plus(one.output_tokens, other.output_tokens),
        None if one.cost is None and other.cost is None else (one.cost or 0.0) + (other.cost or 0.0),
    )


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)
