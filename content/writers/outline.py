"""The outline writer: deterministic drafts from the definition's own words. No model, no key, no network.

Its copy fits any schema, names its page and says what will stand there; for demos, tests and benchmarks.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from copydesk.content.schema.compiled import CompiledSchema, compile_schema
from copydesk.content.writers.base import Estimate, Permanent, Usage, Written
from copydesk.content.writers.drafting import DraftWords, PlainWords
from copydesk.content.writers.instances import InstanceBuilder, Unsatisfiable
from copydesk.content.writers.weaving import woven

if TYPE_CHECKING:
    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Fields, Schema
    from copydesk.content.writers.base import Answer, Correction

__all__ = ["OutlineWriter", "satisfiable"]


@dataclass(frozen=True, slots=True)
class OutlineWriter:
    """Implements `Writer`. Equal briefs get equal copy."""

    name: str = "outline"
    is_draft: bool = True

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        """A draft that is valid for the schema, or `Permanent` with code unsatisfiable-schema."""
        try:
            fields = _drafted(brief, 0 if correction is None else 1)
        except Unsatisfiable as problem:
            message = f"No draft fits the schema of template {brief.template.name}: {problem}."
            return Permanent("unsatisfiable-schema", message)
        return Written(woven(brief.schema, fields, brief.keep), Usage(0, 0, 0.0))

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate()


def satisfiable(schema: Schema) -> str | None:
    """Why the outline writer cannot write for a schema without problems, as a sentence; `None` if it can."""
    compiled = compile_schema(schema)
    try:
        _built(compiled, PlainWords(), 0)
    except Unsatisfiable as problem:
        return f"No instance of this schema could be made: {problem}."
    return None


def _drafted(brief: Brief, again: int) -> Fields:
    wish = zlib.crc32(brief.instructions.encode()) if brief.instructions else 0
    if brief.current is None:
        return _built(brief.schema, DraftWords(brief, wish + again), 0)
    # One step on from the plain draft, so that improving a draft shows.
    revised = _built(brief.schema, DraftWords(brief, wish + again + 1), 0)
    return _with_some_of(brief.schema, revised, brief.current)


def _built(schema: CompiledSchema, words: DraftWords | PlainWords, number: int) -> Fields:
    fields = _builder(schema).build(words, number)
    violations = schema.violations(fields)
    if violations:
        raise Unsatisfiable((), f"asks for what no draft could meet: {violations[0]}")
    result: Fields = fields
    return result


@lru_cache(maxsize=512)
def _builder(schema: CompiledSchema) -> InstanceBuilder:
    return InstanceBuilder(schema)


def _with_some_of(schema: CompiledSchema, revised: Fields, current: Fields) -> Fields:
    """The revised fields with the first half of the current ones: fewer, down to one, if these no longer fit."""
    shared = [name for name in revised if name in current and current[name] != revised[name]]
    for count in range(max(len(shared) // 2, 1), 0, -1):
        mixed = revised | {name: current[name] for name in shared[:count]}
        if schema.is_valid(mixed):
            return mixed
    return revised
