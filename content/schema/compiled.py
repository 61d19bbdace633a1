"""JSON Schemas (2020-12) as the project uses them: compiled once, and answering with sentences.

Nothing is ever fetched: a `$ref` is looked up in the schema itself. `schema_problems` says what is wrong with a schema
when a site loads; `CompiledSchema.violations` says what is wrong with fields.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.schema.checking import TooMuchWork, validator_of, within_budget
from copydesk.content.schema.problems import schema_problems
from copydesk.content.schema.sentences import json_path, violation_sentence
from copydesk.content.schema.violations import Violation

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from copydesk.content.definition.models import Schema

__all__ = ["MAX_VIOLATIONS", "CompiledSchema", "compile_schema", "json_path", "schema_problems"]

MAX_VIOLATIONS: Final = 50

_TOO_MUCH: Final = "takes too long to check: it is too large, or its schema has too many alternatives"


class CompiledSchema:
    """A schema, ready to check fields against. Make it with `compile_schema`."""

    __slots__ = ("_validator", "canonical", "schema")

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.canonical = json.dumps(schema, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        """The schema as JSON text with sorted keys: equal schemas have equal texts."""
        self._validator = validator_of(schema)

    def violations(self, fields: object) -> tuple[Violation, ...]:
        """Everything wrong with the fields, at most 50 entries; empty if they are valid."""
        return tuple(violation for _, violation in self.broken(fields))

    def broken(self, fields: object) -> tuple[tuple[str, Violation], ...]:
        """As `violations`, each with the keyword that is broken: `maxLength`, `required` …"""
        found: list[tuple[str, Violation]] = []
        try:
            with within_budget():
                errors = islice(self._validator.iter_errors(fields), MAX_VIOLATIONS)
                found.extend((str(error.validator), _violation(error)) for error in errors)
        except TooMuchWork:
            found.append(("$ref", Violation("$", _TOO_MUCH)))
        return tuple(found)

    def is_valid(self, fields: object) -> bool:
        return self.allows(self.schema, fields)

    def allows(self, subschema: Any, value: object) -> bool:
        """Whether the value fits a part of this schema; references in the part are looked up in the whole."""
        try:
            with within_budget():
                return bool(self._validator.evolve(schema=subschema).is_valid(value))
        except TooMuchWork:
            return False


def compile_schema(schema: Schema) -> CompiledSchema:
    """The compiled form of a schema without problems; the same object for schemas written alike."""
    return _compile(json.dumps(schema, ensure_ascii=False, separators=(",", ":")))


@lru_cache(maxsize=512)
def _compile(text: str) -> CompiledSchema:
    return CompiledSchema(json.loads(text))


def _violation(error: ValidationError) -> Violation:
    return Violation(json_path(error.absolute_path), _sentence(error))


def _sentence(error: ValidationError) -> str:
    if not error.context:
        return violation_sentence(error)
    # The shape that was meant is the one that got furthest in.
    closest = max(error.context, key=lambda inner: len(inner.absolute_path))
    where = json_path(closest.absolute_path)
    return f"{violation_sentence(error)} (closest: {where} {violation_sentence(closest)})"
