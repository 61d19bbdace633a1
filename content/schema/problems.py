"""What is wrong with a JSON Schema: what the metaschema finds, and what it lets pass although it cannot work.

Found when a site loads, so that nobody pays a writer for copy that no text could satisfy.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import referencing
from jsonschema import Draft202012Validator
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from copydesk.content.schema.explosions import pattern_problem
from copydesk.content.schema.sentences import json_path, type_name, violation_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["schema_problems"]

Path: TypeAlias = tuple[str | int, ...]
Problem: TypeAlias = tuple[Path, str]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MAX_DEPTH: Final = 64
_MOST_PARTS: Final = 5_000
_MOST_PROBLEMS: Final = 50
_TYPES: Final = ("object", "array", "string", "number", "integer", "boolean", "null")

# Keywords by what they hold: one schema, a list of schemas, or schemas by name.
_ONE: Final = (
    *("additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else"),
    *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
_LISTED: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED: Final = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
# These apply to the very value the schema itself applies to.
_IN_PLACE: Final = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")
_PLAIN: Final = (
    *("$schema", "$id", "$anchor", "$ref", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$comment"),
    *("type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
    *("maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains"),
    *("maxProperties", "minProperties", "required", "dependentRequired", "format"),
    *("contentEncoding", "contentMediaType", "title", "description", "default", "deprecated", "readOnly"),
    *("writeOnly", "examples"),
)
_KEYWORDS: Final = frozenset((*_ONE, *_LISTED, *_NAMED, *_PLAIN))
_BOUNDS: Final = (
    *(("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties")),
    *(("minContains", "maxContains"), ("minimum", "maximum")),
)
_OPEN_BOUNDS: Final = (
    *(("exclusiveMinimum", "exclusiveMaximum"), ("minimum", "exclusiveMaximum"), ("exclusiveMinimum", "maximum")),
)


def schema_problems(schema: object) -> list[tuple[str, str]]:
    """What is wrong with a template's schema: (JSON path in the schema, the rest of a sentence about it), at most 50.

    The schema must describe an object, use JSON Schema 2020-12 and refer to nothing outside itself.
    """
    problems: dict[Path, str] = {}
    for path, sentence in islice(_problems(schema), _MOST_PROBLEMS):
        problems.setdefault(path, sentence)
    return [(json_path(path), sentence) for path, sentence in problems.items()]


def _problems(schema: object) -> Iterator[Problem]:
    if not isinstance(schema, dict):
        yield (), f"must be a JSON Schema with `type: object`, not {type_name(schema)}"
        return
    if _depth_exceeds(schema, _MAX_DEPTH):
        yield (), f"is nested more than {_MAX_DEPTH} levels deep"
        return
    if sum(1 for _ in islice(_parts(schema), _MOST_PARTS + 1)) > _MOST_PARTS:
        yield (), f"has more than {_MOST_PARTS:,} parts"
        return
    if schema.get("type") != "object":
        yield ("type",), "must be `object`: a section's copy is an object with named fields"
    if str(schema.get("$schema", _DIALECT)).rstrip("#") != _DIALECT:
        yield ("$schema",), f"must be {_DIALECT} (or absent): schemas are read as JSON Schema 2020-12"
    yield from _Lint(schema).problems()
    yield from _metaschema_problems(schema)


def _depth_exceeds(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for node in level for child in _children(node)]
    return bool(level)


def _parts(schema: object) -> Iterator[object]:
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(_children(part))


def _children(node: object) -> list[object]:
    values = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [value for value in values if isinstance(value, dict | list)]


def _metaschema_problems(schema: dict[str, Any]) -> Iterator[Problem]:
    validator = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    for error in validator.iter_errors(schema):
        path = tuple(error.absolute_path)
        hint = "; use prefixItems for a list of schemas" if path[-1:] == ("items",) else ""
        yield path, violation_sentence(error) + hint


@dataclass(slots=True)
class _Lint:
    """One walk over all subschemas of a schema."""

    root: dict[str, Any]
    resolver: Any = field(init=False)
    ending: set[int] = field(default_factory=set)
    """Identities of subschemas from which no chain of references comes back."""

    def __post_init__(self) -> None:
        resource = DRAFT202012.create_resource(self.root)
        registry: referencing.Registry[Any] = referencing.Registry()
        self.resolver = registry.resolver_with_root(resource)

    def problems(self) -> Iterator[Problem]:
        for path, schema in _subschemas(self.root):
            yield from _keyword_problems(path, schema)
            yield from _type_problems(path, schema)
            yield from _bound_problems(path, schema)
            yield from _choice_problems(path, schema)
            yield from _property_problems(path, schema)
            yield from _regex_problems(path, schema)
            yield from self.reference_problems(path, schema)

    def reference_problems(self, path: Path, schema: dict[str, Any]) -> Iterator[Problem]:
        for keyword in ("$ref", "$dynamicRef"):
            reference = schema.get(keyword)
            if not isinstance(reference, str):
                continue
            if not reference.startswith("#"):
                yield (
                    (*path, keyword),
                    f"refers to {reference}, outside the schema; only references within it are followed (#/$defs/…)",
                )
            elif not isinstance(self.resolve(reference), dict | bool):
                yield (
                    (*path, keyword),
                    f"refers to {reference}, which is not a schema in this schema{self.nearest(reference)}",
                )
            elif problem := self.endlessness(schema):
                yield (*path, keyword), f"refers to {reference}, which {problem}"

    def endlessness(self, schema: dict[str, Any]) -> str | None:
        try:
            return "leads back here without ever describing a value" if self.is_endless(schema, ()) else None
        except RecursionError:
            return "leads on through too many others"

    def resolve(self, reference: str) -> object:
        try:
            return self.resolver.lookup(reference).contents
        except (Unresolvable, ValueError, TypeError, KeyError, IndexError):
            return None

    def nearest(self, reference: str) -> str:
        definitions = self.root.get("$defs")
        names = [f"#/$defs/{name}" for name in definitions] if isinstance(definitions, dict) else []
        found = difflib.get_close_matches(reference, names, n=1)
        return f"; did you mean {found[0]}?" if found else ""

    def is_endless(self, schema: object, seen: tuple[int, ...]) -> bool:
        """Whether following what applies in place comes back to where it was."""
        if not isinstance(schema, dict):
            return False
        if id(schema) in seen:
            return True
        if id(schema) not in self.ending:
            if any(self.is_endless(target, (*seen, id(schema))) for target in self.in_place(schema)):
                return True
            self.ending.add(id(schema))
        return False

    def in_place(self, schema: dict[str, Any]) -> Iterator[object]:
        yield from (self.resolve(schema[key]) for key in ("$ref", "$dynamicRef") if isinstance(schema.get(key), str))
        for keyword in _IN_PLACE:
            held = schema.get(keyword, ())
            yield from held if isinstance(held, list) else (held,)


def _subschemas(root: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    waiting: list[tuple[Path, object]] = [((), root)]
    while waiting:
        path, schema = waiting.pop()
        if isinstance(schema, dict):
            yield path, schema
            waiting.extend(reversed(list(_held(path, schema))))


def _held(path: Path, schema: dict[str, Any]) -> Iterator[tuple[Path, object]]:
    for keyword, value in schema.items():
        if keyword in _ONE:
            yield (*path, keyword), value
        elif keyword in _LISTED and isinstance(value, list):
            yield from (((*path, keyword, index), item) for index, item in enumerate(value))
        elif keyword in _NAMED and isinstance(value, dict):
            yield from (((*path, keyword, name), item) for name, item in value.items())


def _keyword_problems(path: Path, schema: dict[Any, Any]) -> Iterator[Problem]:
    """Unknown keywords are legal annotations; one that looks like a known keyword is a slip without effect."""
    for name in schema:
        if not isinstance(name, str):
            yield path, f"has a key that is not a string: {name!r}"
        elif name not in _KEYWORDS and not name.startswith("x-") and (known := _known_keyword(name)):
            yield (*path, name), f"is no JSON Schema keyword and would have no effect; did you mean {known}?"


def _known_keyword(name: str) -> str | None:
    by_lower = {keyword.lower(): keyword for keyword in sorted(_KEYWORDS)}
    plain = name.lower().replace("_", "").replace("-", "")
    found = difflib.get_close_matches(plain, by_lower, n=1, cutoff=0.8)
    return by_lower[found[0]] if found else None


def _type_problems(path: Path, schema: dict[str, Any]) -> Iterator[Problem]:
    wanted = schema.get("type")
    for name in wanted if isinstance(wanted, list) else [wanted]:
        if isinstance(name, str) and name not in _TYPES:
            found = difflib.get_close_matches(name.lower(), _TYPES, n=1)
            hint = f"did you mean {found[0]}?" if found else f"there are {', '.join(_TYPES)}"
            yield (*path, "type"), f"is {name}, which is no JSON type; {hint}"


def _bound_problems(path: Path, schema: dict[str, Any]) -> Iterator[Problem]:
    for pairs, reaches in ((_BOUNDS, False), (_OPEN_BOUNDS, True)):
        for low, high in pairs:
            least, most = _number(schema.get(low)), _number(schema.get(high))
            if least is not None and most is not None and (least > most or (reaches and least == most)):
                yield (*path, low), f"is {least} and {high} is {most}: no value can meet both"


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _choice_problems(path: Path, schema: dict[str, Any]) -> Iterator[Problem]:
    if schema.get("enum") == []:
        yield (*path, "enum"), "is empty: no value is allowed"


def _property_problems(path: Path, schema: dict[str, Any]) -> Iterator[Problem]:
    required, properties = schema.get("required"), schema.get("properties", {})
    closed = schema.get("additionalProperties") is False and not schema.get("patternProperties")
    if not closed or not isinstance(required, list) or not isinstance(properties, dict):
        return
    for index, name in enumerate(required):
        if isinstance(name, str) and name not in properties:
            found = difflib.get_close_matches(name, list(properties), n=1)
            hint = f"; did you mean {found[0]}?" if found else ""
            yield (*path, "required", index), f"requires {name}, which additionalProperties: false forbids{hint}"


def _regex_problems(path: Path, schema: dict[str, Any]) -> Iterator[Problem]:
    pattern, named = schema.get("pattern"), schema.get("patternProperties")
    places = [((*path, "pattern"), pattern, _longest(schema))] if isinstance(pattern, str) else []
    if isinstance(named, dict):
        places += [((*path, "patternProperties", name), name, None) for name in named if isinstance(name, str)]
    for place, source, longest in places:
        if problem := pattern_problem(source, longest):
            yield place, problem


def _longest(schema: dict[str, Any]) -> int | None:
    """The length beyond which a text is refused before its pattern is tried."""
    longest = schema.get("maxLength")
    return longest if isinstance(longest, int) and not isinstance(longest, bool) and longest >= 0 else None
