"""The plain schemas that a schema allows: references followed, `allOf` merged, each choice of `anyOf` on its own.

A plain schema holds only keywords about the value itself and its parts. In it `const` is an `enum` of one, `pattern`
a tuple, and `contains` a tuple of (schema, how many).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import chain, islice, product
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.schema.patterns import search_within_limit
from copydesk.content.writers.numbers import common_multiple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Alternatives", "types_of"]

_MAX_ALTERNATIVES: Final = 24
_MAX_EXPANSIONS: Final = 2_000
_MAX_DEPTH: Final = 32
_MAX_KNOWN: Final = 10_000
_TYPES: Final = ("string", "object", "array", "integer", "number", "boolean", "null")
_APPLICATORS: Final = frozenset(
    ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
)
_HINTS: Final = (
    ("object", ("properties", "required", "minProperties", "patternProperties", "additionalProperties")),
    ("array", ("items", "prefixItems", "minItems", "contains")),
    ("string", ("minLength", "maxLength", "pattern", "format")),
    ("integer", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)
_LOWEST: Final = frozenset(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"))
_HIGHEST: Final = frozenset(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"))
_BOTH: Final = frozenset(("items", "propertyNames", "unevaluatedItems", "unevaluatedProperties"))


def types_of(choice: dict[str, Any]) -> tuple[str, ...]:
    """The types a value of a plain schema may have, the most telling first."""
    wanted = choice.get("type")
    if wanted is not None:
        return tuple(sorted((wanted,) if isinstance(wanted, str) else wanted, key=_TYPES.index))
    hinted = [kind for kind, keywords in _HINTS if any(keyword in choice for keyword in keywords)]
    return tuple(dict.fromkeys((*hinted, *_TYPES)))


class Alternatives:
    """The alternatives of every subschema of one schema, remembered by identity while the schema lives."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._known: dict[int, tuple[Any, list[dict[str, Any]]]] = {}
        self._merged: dict[tuple[int, int], Any] = {}
        self._expansions = 0

    def of(self, schema: Any) -> list[dict[str, Any]]:
        """Plain schemas whose instances are likely instances of the schema; empty if there can be none."""
        known = self._known.get(id(schema))
        if known is None or known[0] is not schema:
            self._expansions = 0
            found = list(islice(self._expanded(schema, 0), _MAX_ALTERNATIVES))
            if isinstance(schema, bool) or len(self._known) > _MAX_KNOWN:
                return found
            known = self._known[id(schema)] = (schema, found)
        return known[1]

    def both(self, one: Any, other: Any) -> Any:
        """A schema for what is valid under both; the same object for the same two."""
        key = (id(one), id(other))
        if key not in self._merged:
            self._merged[key] = {"allOf": [one, other]}
        return self._merged[key]

    def _expanded(self, schema: Any, depth: int) -> Iterator[dict[str, Any]]:
        # Choices of choices multiply; nobody writes schemas for copy in which it matters where the search ends.
        self._expansions += 1
        if schema is False or depth > _MAX_DEPTH or self._expansions > _MAX_EXPANSIONS:
            return
        if schema is True:
            yield {}
            return
        own = _plain({key: value for key, value in schema.items() if key not in _APPLICATORS})
        parts = [list(islice(part, _MAX_ALTERNATIVES)) for part in self._parts(schema, depth + 1)]
        for combination in islice(product(*parts), _MAX_EXPANSIONS):
            merged = _merged_all((own, *combination))
            if merged is not None:
                yield merged

    def _parts(self, schema: dict[str, Any], depth: int) -> Iterator[Iterable[dict[str, Any]]]:
        """One collection of alternatives for each thing that applies in place."""
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in schema:
                yield self._expanded(self._referred(schema[keyword]), depth)
        for part in schema.get("allOf", ()):
            yield self._expanded(part, depth)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                yield chain.from_iterable(self._expanded(part, depth) for part in schema[keyword])
        if "if" in schema:
            when = {"allOf": [schema["if"], schema.get("then", True)]}
            yield chain(self._expanded(when, depth), self._expanded(schema.get("else", True), depth))
        for name, part in schema.get("dependentSchemas", {}).items():
            yield chain(self._expanded(part, depth), ({"properties": {name: False}},))

    def _referred(self, reference: str) -> Any:
        """What a reference within the schema points at: a JSON pointer or an anchor."""
        if not reference.startswith("#/"):
            return self._root if reference == "#" else _anchored(self._root, reference.removeprefix("#"))
        target: Any = self._root
        for step in reference.removeprefix("#/").split("/"):
            name = step.replace("~1", "/").replace("~0", "~").replace("%25", "%")
            target = target[int(name)] if isinstance(target, list) else target[name]
        return target


def _anchored(schema: Any, anchor: str) -> Any:
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and anchor in (node.get("$anchor"), node.get("$dynamicAnchor")):
            return node
        waiting.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
    return False


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "pattern" in schema:
        schema["pattern"] = (schema["pattern"],)
    if "contains" in schema:
        schema["contains"] = ((schema["contains"], int(schema.pop("minContains", 1))),)
    return schema


def _merged_all(schemas: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    merged: dict[str, Any] = {}
    for schema in schemas:
        if not merged:
            merged = schema
        elif schema and (both := _merged(merged, schema)) is not None:
            merged = both
        elif schema:
            return None
    return merged


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any] | None:
    """What both ask for; nothing if that contradicts itself."""
    result = one | other
    for keyword in one.keys() & other.keys():
        result[keyword] = _merged_keyword(keyword, one[keyword], other[keyword])
    if result.get("type") == [] or result.get("enum") == []:
        return None
    if one.keys() & _ABOUT_PROPERTIES and other.keys() & _ABOUT_PROPERTIES:
        result["properties"] = _merged_properties(one, other)
    return result


_ABOUT_PROPERTIES: Final = frozenset(("properties", "additionalProperties", "patternProperties"))


def _merged_keyword(keyword: str, one: Any, other: Any) -> Any:  # noqa: PLR0911  (a table of rules)
    if keyword in _LOWEST:
        return min(one, other)
    if keyword in _HIGHEST:
        return max(one, other)
    if keyword in _BOTH or keyword == "additionalProperties":
        return False if False in (one, other) else {"allOf": [one, other]}
    match keyword:
        case "type":
            return _common_types(one, other)
        case "enum":
            return [value for value in one if value in other]
        case "required":
            return list(dict.fromkeys((*one, *other)))
        case "pattern" | "contains":
            return tuple(dict.fromkeys((*one, *other))) if keyword == "pattern" else (*one, *other)
        case "multipleOf":
            multiple = common_multiple(Fraction(str(one)), Fraction(str(other)))
            return int(multiple) if multiple.denominator == 1 else float(multiple)
        case "patternProperties":
            return _merged_by_name(one, other)
        case "dependentRequired":
            return {name: [*one.get(name, ()), *other.get(name, ())] for name in one | other}
        case "prefixItems":
            longer, shorter = sorted((one, other), key=len, reverse=True)
            return [{"allOf": [item, *shorter[index : index + 1]]} for index, item in enumerate(longer)]
        case "uniqueItems":
            return one or other
    return one


def _common_types(one: Any, other: Any) -> list[str]:
    first, second = ([kinds] if isinstance(kinds, str) else kinds for kinds in (one, other))
    common = [kind for kind in first if kind in second]
    if "integer" in (*first, *second) and "integer" not in common and "number" in first and "number" in second:
        return common
    if ("integer" in first and "number" in second) or ("number" in first and "integer" in second):
        return list(dict.fromkeys((*common, "integer")))
    return common


def _merged_by_name(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    shared = {name: {"allOf": [one[name], other[name]]} for name in one if name in other}
    return one | other | shared


def _merged_properties(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A property that only one side names must also pass what the other says about unnamed ones."""
    named = _merged_by_name(one.get("properties", {}), other.get("properties", {}))
    for side in (one, other):
        rest = side.get("additionalProperties", True)
        for name in named:
            if rest is not True and name not in side.get("properties", {}) and not _is_patterned(side, name):
                named[name] = False if rest is False else {"allOf": [named[name], rest]}
    return named


def _is_patterned(schema: dict[str, Any], name: str) -> bool:
    return any(search_within_limit(pattern, name) for pattern in schema.get("patternProperties", ()))
