"""Schemas without what pydantic adds and nobody needs: the model pays for each character of them.

`Jobids` says nothing beside `jobIds`, and that what is not given is null, false or empty goes without saying.
"""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["without_empty_defaults", "without_titles"]

JsonSchema: TypeAlias = dict[str, Any]

_NAMED_SCHEMAS = {"properties", "patternProperties", "$defs", "dependentSchemas"}
"""Keywords whose keys are names of the author's own, so that `title` may be one of them."""
_VERBATIM = {"default", "const", "enum", "examples"}
"""Keywords that hold values, not schemas."""


def without_titles(schema: JsonSchema) -> JsonSchema:
    """A copy of the schema in which no subschema has the annotation `title`. A property named `title` stays."""
    return {keyword: _plain(keyword, value) for keyword, value in schema.items() if keyword != "title"}


def without_empty_defaults(schema: JsonSchema) -> JsonSchema:
    """A copy of the schema whose properties have only those defaults that say something."""
    properties = {name: _without_empty_default(each) for name, each in schema.get("properties", {}).items()}
    return {**schema, "properties": properties}


def _without_empty_default(schema: JsonSchema) -> JsonSchema:
    return {keyword: value for keyword, value in schema.items() if keyword != "default" or value}


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
