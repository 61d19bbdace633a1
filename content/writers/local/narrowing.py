"""A schema narrowed to what a model can be held to while it writes, token by token.

Every instance of the narrowed schema should be one of the template's; what a grammar cannot express is taken from a
draft that is known to be valid. The bounds of the narrowed schema never contradict each other: the grammar of such a
schema would eat all memory.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.writers.alternatives import Alternatives

if TYPE_CHECKING:
    from copydesk.content.definition.models import Fields, Schema
    from copydesk.content.schema.compiled import CompiledSchema

__all__ = ["Limits", "narrowed", "tidied"]

_SHORTEST: Final = 12
_MAX_DEPTH: Final = 12
_CHARACTERS: Final = "[A-Za-z ,.'?!-]"
_FREE_PATTERN: Final = re.compile(r"\^\[A-Z\]")
_SENTENCE: Final = re.compile(r"^.*[.!?](?=\s|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a model writes at most: characters a text, items a list, characters in all."""

    text: int
    items: int
    total: int
    plain: bool = True
    """Letters and a few marks only, a capital first. A small model otherwise ends up in markup and numbers."""


def narrowed(schema: CompiledSchema, draft: Fields, limits: Limits) -> Schema:
    """The schema to write by. Where it gets too long for the limits, texts and lists become shorter."""
    while True:
        found = _Narrowing(schema, limits).of(schema.schema, draft, 0)
        if _longest(found) <= limits.total or limits.text <= 2 * _SHORTEST:
            return found
        limits = replace(limits, text=limits.text * 2 // 3, items=max(1, limits.items - 1))


class _Narrowing:
    def __init__(self, schema: CompiledSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._alternatives = Alternatives(schema.schema)

    def of(self, schema: Any, draft: Any, depth: int) -> dict[str, Any]:
        """The part of the schema that the draft is an instance of."""
        choice = self._choice(schema, draft)
        if choice is None or depth > _MAX_DEPTH:
            return {"const": draft}
        if "enum" in choice:
            return {"enum": [value for value in choice["enum"] if self._schema.allows(schema, value)] or [draft]}
        if isinstance(draft, dict):
            return self._object(choice, draft, depth)
        if isinstance(draft, list):
            return self._array(choice, draft, depth)
        return self._single(choice, draft)

    def _single(self, choice: dict[str, Any], draft: Any) -> dict[str, Any]:
        match draft:
            case bool():
                return {"type": "boolean"}
            case str():
                return self._text(choice, draft)
            case int():
                return _integer(choice, draft)
        return {"const": draft}

    def _choice(self, schema: Any, draft: Any) -> dict[str, Any] | None:
        """Of the alternatives of a schema, the one that was drafted."""
        for choice in self._alternatives.of(schema):
            if _has_type(choice, draft) and self._holds(choice, draft):
                return choice
        return None

    def _holds(self, choice: dict[str, Any], draft: Any) -> bool:
        if "enum" in choice:
            return any(draft == value for value in choice["enum"])
        if not isinstance(draft, dict):
            return True
        properties = choice.get("properties", {})
        return set(choice.get("required", ())) <= set(draft) and all(
            name not in properties or self._schema.allows(properties[name], value) for name, value in draft.items()
        )

    def _text(self, choice: dict[str, Any], draft: str) -> dict[str, Any]:
        if "pattern" in choice or "format" in choice:
            return {"const": draft}
        least = int(choice.get("minLength", 0))
        most = max(int(min(choice.get("maxLength", self._limits.text), max(self._limits.text, least * 5 // 4))), least)
        if most < 2:  # noqa: PLR2004 - nothing to write there
            return {"const": draft}
        least = min(max(least, _SHORTEST), most)
        if self._limits.plain:
            return {"type": "string", "pattern": f"^[A-Z]{_CHARACTERS}{{{least - 1},{most - 1}}}$"}
        return {"type": "string", "minLength": least, "maxLength": most}

    def _object(self, choice: dict[str, Any], draft: dict[str, Any], depth: int) -> dict[str, Any]:
        """Exactly the properties of the draft: optional ones belong to good copy as well."""
        properties = choice.get("properties", {})
        parts = {
            name: self.of(properties[name], value, depth + 1) if name in properties else {"const": value}
            for name, value in draft.items()
        }
        return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}

    def _array(self, choice: dict[str, Any], draft: list[Any], depth: int) -> dict[str, Any]:
        items = choice.get("items", True)
        if not draft or items is True or not {"prefixItems", "contains"}.isdisjoint(choice):
            return {"const": draft}
        least = max(int(choice.get("minItems", 0)), 1)
        most = max(int(min(choice.get("maxItems", self._limits.items), self._limits.items)), least)
        return {"type": "array", "items": self.of(items, draft[0], depth + 1), "minItems": least, "maxItems": most}


def _has_type(choice: dict[str, Any], draft: Any) -> bool:
    wanted = choice.get("type")
    names = (wanted,) if isinstance(wanted, str) else wanted
    return names is None or any(isinstance(draft, _TYPES[name]) and _is_same_kind(name, draft) for name in names)


def _is_same_kind(name: str, draft: Any) -> bool:
    return name == "boolean" or not isinstance(draft, bool)


_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "object": (dict,),
    "array": (list,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def _integer(choice: dict[str, Any], draft: int) -> dict[str, Any]:
    """Only between two plain bounds: a model has no sense for how large a number may be."""
    least, most = choice.get("minimum"), choice.get("maximum")
    whole = isinstance(least, int) and isinstance(most, int)
    if not whole or not {"multipleOf", "exclusiveMinimum", "exclusiveMaximum"}.isdisjoint(choice):
        return {"const": draft}
    return {"type": "integer", "minimum": least, "maximum": most}


def _longest(part: dict[str, Any]) -> int:
    """Characters of the longest instance of a narrowed schema, as JSON with spaces."""
    if "enum" in part or "const" in part:
        return max(len(json.dumps(value)) for value in part.get("enum", [part.get("const")]))
    match part["type"]:
        case "object":
            return 4 + sum(len(name) + 8 + _longest(value) for name, value in part["properties"].items())
        case "array":
            return 4 + int(part["maxItems"]) * (4 + _longest(part["items"]))
        case "string":
            return int(part["maxLength"]) if "maxLength" in part else int(re.findall(r"\d+", part["pattern"])[-1]) + 3
    return _SHORTEST


def tidied(part: dict[str, Any], value: Any) -> Any:
    """What was written by a narrowed schema, with cut-off sentences and repeated items left out."""
    match value:
        case str() if _FREE_PATTERN.match(part.get("pattern", "")):
            return _tidied_text(part, value)
        case dict() if "properties" in part:
            return {name: tidied(part["properties"].get(name, {}), one) for name, one in value.items()}
        case list() if "items" in part:
            return _without_repeats([tidied(part["items"], one) for one in value], part["minItems"])
    return value


def _tidied_text(part: dict[str, Any], text: str) -> str:
    """The text up to its last whole sentence, if it ran against its end; never shorter than it may be."""
    least, most = (int(number) + 1 for number in re.findall(r"\d+", part["pattern"])[-2:])
    plain = " ".join(text.split()).rstrip(" ,-")
    if len(text) >= most:
        sentence = _SENTENCE.match(plain)
        whole = sentence[0] if sentence and 2 * len(sentence[0]) >= len(plain) else plain.rpartition(" ")[0]
        plain = whole.rstrip(" ,-") or plain
    return plain if len(plain) >= least else text


def _without_repeats(items: list[Any], least: int) -> list[Any]:
    kept: list[Any] = []
    for index, item in enumerate(items):
        if item not in kept or len(kept) + len(items) - index <= least:
            kept.append(item)
    return kept
