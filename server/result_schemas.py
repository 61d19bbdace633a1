"""The published schemas of results: the names at the first level, each with its type.

Half of the tools answer with the same receipt, and each has to publish its whole schema: in full those would fill more
of a client's list of tools than everything else. The server itself checks every answer against the full model, and an
answer may hold more than its published schema names.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

__all__ = ["first_level"]

JsonSchema: TypeAlias = dict[str, Any]

_STEERING: Final = frozenset({"status", "outcome", "reviewId", "cursor", "nextStep"})
"""What tells a program how to go on: published, though it may be null."""


def first_level(schema: JsonSchema) -> JsonSchema:
    """A schema that is true of the same values: what is required or never null, and what steers, with its type."""
    definitions: JsonSchema = schema.get("$defs", {})
    required: list[str] = schema.get("required", [])
    types = {name: _type_of(each, definitions) for name, each in schema.get("properties", {}).items()}
    shown = {
        name: {"type": type_}
        for name, type_ in types.items()
        if name in required or name in _STEERING or "null" not in type_
    }
    return {"type": "object", "properties": shown, "required": required}


def _type_of(schema: JsonSchema, definitions: JsonSchema) -> str | list[str]:
    """A type or several, for what may be null: more clients understand that than `anyOf`."""
    if "$ref" in schema:
        return _type_of(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions)
    if "anyOf" in schema:
        types = [_type_of(each, definitions) for each in schema["anyOf"]]
        return [name for each in types for name in ([each] if isinstance(each, str) else each)]
    named: str | list[str] = schema["type"]
    return named
