"""Schemas in the forms that providers take, and answers brought back to the schema they were asked for.

Providers that hold a model to a schema take a subset of JSON Schema. What they cannot hold it to, a length or a
condition, is checked by us afterwards; so a shape may lose constraints, but it may not lose places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copydesk.content.definition.models import Fields, Schema

__all__ = ["is_plain", "with_all_required", "without_nulls"]

_DEFINITIONS: Final = "#/$defs/"
_PLAIN: Final = frozenset(
    {
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "anyOf",
        "const",
        "default",
        "description",
        "enum",
        "examples",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "multipleOf",
        "oneOf",
        "pattern",
        "properties",
        "required",
        "title",
        "type",
        "uniqueItems",
    }
)
_SAYS_WHAT: Final = frozenset({"type", "enum", "const", "anyOf", "oneOf", "$ref"})


def is_plain(schema: Schema) -> bool:
    """Whether the schema's structure fits the subset: closed objects, lists of one kind, choices, definitions."""
    return schema.get("type") == "object" and not {"anyOf", "oneOf", "$ref"} & schema.keys() and _is_plain(schema)


def _is_plain(node: Any) -> bool:
    if not isinstance(node, dict) or not node.keys() <= _PLAIN or not node.keys() & _SAYS_WHAT:
        return False
    if not str(node.get("$ref", _DEFINITIONS)).startswith(_DEFINITIONS):
        return False
    kind = node.get("type")
    if kind == "object" and (node.get("additionalProperties", False) is not False or not node.get("properties")):
        return False
    if kind == "array" and "items" not in node:
        return False
    return all(_is_plain(child) for child in _children(node))


def _children(node: dict[str, Any]) -> Iterator[Any]:
    yield from node.get("properties", {}).values()
    yield from node.get("$defs", {}).values()
    for keyword in ("anyOf", "oneOf"):
        yield from node.get(keyword, ())
    if "items" in node:
        yield node["items"]


def with_all_required(schema: Schema) -> Schema:
    """A plain schema whose objects require every property; those that were optional may be null.

    So OpenAI's strict mode wants it. `without_nulls` takes back what was added.
    """
    return {key: _required(key, value, schema) for key, value in schema.items()} | _closed(schema)


def _required(key: str, value: Any, node: dict[str, Any]) -> Any:
    match key:
        case "properties":
            needed = node.get("required", ())
            return {name: with_all_required(one) if name in needed else _or_null(one) for name, one in value.items()}
        case "$defs":
            return {name: with_all_required(one) for name, one in value.items()}
        case "anyOf" | "oneOf":
            return [with_all_required(one) for one in value]
        case "items":
            return with_all_required(value)
    return value


def _closed(node: dict[str, Any]) -> dict[str, Any]:
    if "properties" not in node:
        return {}
    return {"required": list(node["properties"]), "additionalProperties": False}


def _or_null(node: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [with_all_required(node), {"type": "null"}]}


def without_nulls(schema: Schema, fields: Fields) -> Fields:
    """The fields without the properties that are null where the schema has them optional and not null."""
    cleaned: Fields = _cleaned([schema], schema, fields)
    return cleaned


def _cleaned(nodes: list[dict[str, Any]], root: Schema, value: Any) -> Any:
    """`nodes` are the schemas that may describe the value."""
    choices = [choice for node in nodes for choice in _choices(node, root)]
    if isinstance(value, list):
        items = [choice["items"] for choice in choices if isinstance(choice.get("items"), dict)]
        return [_cleaned(items, root, one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _cleaned(described, root, one)
        for name, one in value.items()
        for described in [_described(choices, name)]
        if one is not None or not _is_added(choices, described, name, root)
    }


def _described(choices: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    found = (choice.get("properties", {}).get(name) for choice in choices)
    return [node for node in found if isinstance(node, dict)]


def _is_added(choices: list[dict[str, Any]], described: list[dict[str, Any]], name: str, root: Schema) -> bool:
    """Whether null can only be here because a provider's mode asked for the property."""
    is_needed = any(name in choice.get("required", ()) for choice in choices)
    return bool(described) and not is_needed and not any(_takes_null(node, root) for node in described)


def _takes_null(node: dict[str, Any], root: Schema) -> bool:
    return any(
        "null" in (kinds if isinstance(kinds := choice.get("type"), list) else [kinds])
        or None in choice.get("enum", ())
        or ("const" in choice and choice["const"] is None)
        for choice in _choices(node, root)
    )


def _choices(node: dict[str, Any], root: Schema, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The node itself and what it refers to or offers."""
    yield node
    named = root.get("$defs", {}).get(str(node.get("$ref", "")).removeprefix(_DEFINITIONS))
    offered = [*node.get("anyOf", ()), *node.get("oneOf", ()), *([named] if named is not None else [])]
    if depth < 8:  # noqa: PLR2004  (definitions that refer to themselves have to end somewhere)
        for one in offered:
            if isinstance(one, dict):
                yield from _choices(one, root, depth + 1)
