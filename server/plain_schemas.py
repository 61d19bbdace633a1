"""Schemas without the titles that pydantic adds: `Jobids` says nothing beside `jobIds`, and the model pays for it."""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["without_titles"]

JsonSchema: TypeAlias = dict[str, Any]

_NAMED_SCHEMAS = {"properties", "patternProperties", "$defs", "dependentSchemas"}
"""Keywords whose keys are names of the author's own, so that `title` may be one of them."""
_VERBATIM = {"default", "const", "enum", "examples"}
"""Keywords that hold values, not schemas."""


def without_titles(schema: JsonSchema) -> JsonSchema:
    """A copy of the schema in which no subschema has the annotation `title`. A property named `title` stays."""
    return {keyword: _plain(keyword, value) for keyword, value in schema.items() if keyword != "title"}


def _plain(keyword: str, value: Any) -> Any:
    if keyword in _VERBATIM:
        return value
    if keyword in _NAMED_SCHEMAS:
        return {name: _subschema(each) for name, each in value.items()}
    return _subschema(value)


def _subschema(value: Any) -> Any:
    match value:
        case dict():
            return without_titles(value)
        case list():
            return [_subschema(each) for each in value]
        case _:
            return value
