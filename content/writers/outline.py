"""The outline writer: deterministic drafts from the definition's own words. No model, no key, no network.

Its copy fits any schema, names its page and says what will stand there; for demos, tests and benchmarks.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from copydesk.content.schema.checks import check_copy
from copydesk.content.schema.compiled import CompiledSchema, compile_schema
from copydesk.content.writers.base import Estimate, Permanent, Usage, Written
from copydesk.content.writers.drafting import DraftWords, PlainWords
from copydesk.content.writers.instances import InstanceBuilder, Unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        for count in range(len(brief.keep)):
            fields = _woven(brief.schema, fields, brief.keep[: count + 1])
        return Written(fields, Usage(0, 0, 0.0))

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


def _woven(schema: CompiledSchema, fields: Fields, keep: tuple[str, ...]) -> Fields:
    """The fields with the last text of `keep` in a string that has room beside the others; unchanged if none has."""
    kept = keep[-1]
    places = sorted(_places(fields), key=lambda place: len(place[1]), reverse=True)
    if any(kept in text for _, text in places):
        return fields
    for path, text in places:
        for version in _versions(text, kept):
            woven: Fields = _replaced(fields, path, version)
            if _is_gain(schema, fields, woven, keep):
                return woven
    return fields


def _is_gain(schema: CompiledSchema, fields: Fields, woven: Fields, keep: tuple[str, ...]) -> bool:
    """Valid, and one more text kept than before: none may push out another."""
    return schema.is_valid(woven) and len(check_copy(schema, woven, keep)) < len(check_copy(schema, fields, keep))


def _versions(text: str, kept: str) -> Iterator[str]:
    """The text together with the kept one, then shorter and shorter."""
    yield f"{text} {kept}"
    sentences = text.split(". ")
    yield from (f"{'. '.join(sentences[:count])}. {kept}" for count in range(len(sentences) - 1, 0, -1))
    yield kept


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text that says something, with where it stands."""
    if isinstance(value, str) and value:
        yield path, value
    elif isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(item, (*path, step))


def _replaced(value: Any, path: tuple[str | int, ...], text: str) -> Any:
    """A copy of the value with another text at that one place."""
    if not path:
        return text
    copy = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:], text)
    return copy
