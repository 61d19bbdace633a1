"""JSON Schemas (2020-12) as the project uses them: compiled once, and answering with sentences.

Nothing is ever fetched: a `$ref` is looked up in the schema itself. `schema_problems` says what is wrong with a schema
when a site loads; `CompiledSchema.violations` says what is wrong with fields.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import referencing
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from copydesk.content.schema.formats import FORMATS
from copydesk.content.schema.patterns import search_within_limit
from copydesk.content.schema.problems import schema_problems
from copydesk.content.schema.sentences import json_path, violation_sentence
from copydesk.content.schema.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copydesk.content.definition.models import Schema

__all__ = ["MAX_VIOLATIONS", "CompiledSchema", "compile_schema", "json_path", "schema_problems"]

MAX_VIOLATIONS: Final = 50


class CompiledSchema:
    """A schema, ready to check fields against. Make it with `compile_schema`."""

    __slots__ = ("_validator", "canonical", "schema")

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.canonical = json.dumps(schema, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        """The schema as JSON text with sorted keys: equal schemas have equal texts."""
        self._validator = _Validator(schema, registry=referencing.Registry(), format_checker=FORMATS)

    def violations(self, fields: object) -> tuple[Violation, ...]:
        """Everything wrong with the fields, at most 50 entries; empty if they are valid."""
        errors = islice(self._validator.iter_errors(fields), MAX_VIOLATIONS)
        return tuple(_violation(error) for error in errors)

    def broken(self, fields: object) -> tuple[tuple[str, Violation], ...]:
        """As `violations`, each with the keyword that is broken: `maxLength`, `required` …"""
        errors = islice(self._validator.iter_errors(fields), MAX_VIOLATIONS)
        return tuple((str(error.validator), _violation(error)) for error in errors)

    def is_valid(self, fields: object) -> bool:
        return next(self._validator.iter_errors(fields), None) is None

    def allows(self, subschema: Any, value: object) -> bool:
        """Whether the value fits a part of this schema; references in the part are looked up in the whole."""
        return bool(self._validator.evolve(schema=subschema).is_valid(value))


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


def _required(validator: Any, names: list[str], instance: object, schema: Schema) -> Iterator[ValidationError]:
    """Points at the missing property itself, not at the object that lacks it."""
    if isinstance(instance, dict):
        yield from (ValidationError("is missing", path=(name,)) for name in names if name not in instance)


def _additional_properties(
    validator: Any, allowed: object, instance: object, schema: Schema
) -> Iterator[ValidationError]:
    """Points at each property that nothing allows."""
    if allowed is not False:
        yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, allowed, instance, schema)
    elif isinstance(instance, dict):
        patterns = schema.get("patternProperties", {})
        for name in instance:
            if name not in schema.get("properties", {}) and not any(search_within_limit(p, name) for p in patterns):
                yield ValidationError("is not allowed", path=(name,))


def _pattern(validator: Any, pattern: str, instance: object, schema: Schema) -> Iterator[ValidationError]:
    """Lengths come before patterns: an over-long text is reported as such and not searched."""
    too_long = isinstance(instance, str) and len(instance) > schema.get("maxLength", len(instance))
    if isinstance(instance, str) and not too_long and not search_within_limit(pattern, instance):
        yield ValidationError("does not match")


# jsonschema's own annotations are incomplete here, and its stubs' too.
_Validator: Final[type[Any]] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"required": _required, "additionalProperties": _additional_properties, "pattern": _pattern},
)
