"""Fields that are valid for a JSON Schema, made from nothing but the schema."""

from __future__ import annotations

from typing import Any

_WORDS = "Bread that keeps for a week and smells of the oven it came from. "


def fields_for(schema: dict[str, Any], root: dict[str, Any] | None = None, name: str = "") -> Any:
    """An instance with what is required, of the kinds of schema that the sample site and the core templates use."""
    root = root or schema
    if "$ref" in schema:
        return fields_for(root["$defs"][schema["$ref"].rpartition("/")[2]], root, name)
    match schema.get("type"):
        case _ if "enum" in schema:
            return schema["enum"][0]
        case "object":
            required = schema.get("required", ())
            return {one: fields_for(schema["properties"][one], root, f"{name} {one}") for one in required}
        case "array":
            return [fields_for(schema["items"], root, f"{name} {one}") for one in range(schema.get("minItems", 1))]
        case "integer" | "number" | "boolean":
            return schema.get("minimum", 1) if schema["type"] != "boolean" else True
        case _:
            return _text(schema, name)


def _text(schema: dict[str, Any], name: str) -> str:
    if schema.get("format") in ("uri", "uri-reference"):
        return "/"
    shortest, longest = schema.get("minLength", 1), schema.get("maxLength", 80)
    length = min(longest, max(shortest, 40))
    return f"{name.strip().capitalize()}: {_WORDS * 20}"[:length].strip().ljust(shortest, ".")
