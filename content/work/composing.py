"""The dialogue with a writer: it writes, is shown what is wrong, and writes again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from copydesk.content.schema.checks import check_copy
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


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        _plus(one.input_tokens, other.input_tokens),
        _plus(one.output_tokens, other.output_tokens),
        None if one.cost is None and other.cost is None else (one.cost or 0.0) + (other.cost or 0.0),
    )


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)
