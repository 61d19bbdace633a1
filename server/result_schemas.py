"""The published schemas of results: their first level, and what is nested only by its type.

Most tools answer with the same receipt, and each has to publish its whole schema: in full those would fill more of a
client's list of tools than everything else. The server itself checks every answer against the full model.
"""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["first_level"]

JsonSchema: TypeAlias = dict[str, Any]

_KEPT = ("type", "enum", "const")


def first_level(schema: JsonSchema) -> JsonSchema:
    """A schema that is true of the same values, and says no more than the types of what is nested."""
    definitions: JsonSchema = schema.get("$defs", {})
    properties = {name: _typed(each, definitions) for name, each in schema.get("properties", {}).items()}
    return {"type": "object", "properties": properties, "required": schema.get("required", [])}


def _typed(schema: JsonSchema, definitions: JsonSchema) -> JsonSchema:
    if "$ref" in schema:
        return _typed(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions)
    if "anyOf" in schema:
        return _either([_typed(each, definitions) for each in schema["anyOf"]])
    plain = {keyword: schema[keyword] for keyword in _KEPT if keyword in schema}
    if "items" in schema:
        plain["items"] = _typed(schema["items"], definitions)
    return plain


def _either(alternatives: list[JsonSchema]) -> JsonSchema:
    """A type or null as one schema: more clients understand that than `anyOf`."""
    match alternatives:
        case [{"type": str(named), **rest}, {"type": "null"}]:
            allowed = {"enum": [*rest.pop("enum"), None]} if "enum" in rest else {}
            return {"type": [named, "null"], **rest, **allowed}
        case _:
            return {"anyOf": alternatives}
