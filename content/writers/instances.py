"""Building an instance of any JSON Schema: every choice a schema leaves is tried, plainest first, until one is valid.

The texts come from outside (`Words`), so that an instance reads like a draft. What cannot be built raises
`Unsatisfiable` with a sentence; a wrong instance is never returned unless the schema as a whole is checked afterwards,
which `outline` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Final, Protocol

from copydesk.content.schema.formats import FORMATS
from copydesk.content.schema.patterns import matching_texts, search_within_limit
from copydesk.content.schema.sentences import json_path
from copydesk.content.writers.alternatives import Alternatives, types_of
from copydesk.content.writers.numbers import numbers_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copydesk.content.schema.compiled import CompiledSchema

__all__ = ["InstanceBuilder", "Unsatisfiable", "Words"]

_USUAL_ITEMS: Final = 3
_MAX_STEPS: Final = 5_000
_MAX_TEXT: Final = 50_000
_MAX_DEPTH: Final = 40
_SALTS: Final = 4
# With these a value may come out wrong although each part was built by its rules: it is checked on the spot.
_TRICKY: Final = frozenset(
    (
        *("not", "anyOf", "oneOf", "allOf", "if", "dependentSchemas", "dependentRequired", "contains", "$ref"),
        *("propertyNames", "patternProperties", "unevaluatedProperties", "unevaluatedItems", "multipleOf", "enum"),
    )
)


class Unsatisfiable(Exception):
    """No instance was found."""

    def __init__(self, path: tuple[str | int, ...], reason: str) -> None:
        super().__init__(f"{json_path(path)} {reason}")
        self.path = path


class Words(Protocol):
    """Where texts come from."""

    def text(self, name: str, number: int, shortest: int, longest: int | None, *, in_list: bool = False) -> str:
        """A text for the property `name`, or an item of it, as long as the bounds say; another one for each number."""

    def formatted(self, form: str, number: int) -> tuple[str, ...]:
        """Texts in a format such as `email` or `date`; empty if the format is unknown."""


@dataclass(slots=True)
class _Place:
    """Where in the instance, and how far the search has come."""

    path: tuple[str | int, ...] = ()
    number: int = 0
    open_schemas: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return next((part for part in reversed(self.path) if isinstance(part, str)), "")

    @property
    def is_item(self) -> bool:
        return bool(self.path) and isinstance(self.path[-1], int)

    def below(self, step: str | int, number: int, schema: object) -> _Place:
        return _Place((*self.path, step), number, (*self.open_schemas, id(schema)))


@dataclass(slots=True)
class InstanceBuilder:
    """Builds instances of one schema. Keep it: it remembers what it found out about the schema."""

    schema: CompiledSchema
    alternatives: Alternatives = field(init=False)

    def __post_init__(self) -> None:
        self.alternatives = Alternatives(self.schema.schema)

    def build(self, words: Words, number: int = 0) -> Any:
        """An instance; another one, where the schema leaves room, for each number. Raises Unsatisfiable."""
        return _Search(self, words).value(self.schema.schema, _Place(number=number))


@dataclass(slots=True)
class _Search:
    builder: InstanceBuilder
    words: Words
    steps: int = 0

    def value(self, schema: Any, place: _Place) -> Any:
        self._count_step(place)
        failure: Unsatisfiable | None = None
        for choice in self.builder.alternatives.of(schema):
            for kind in types_of(choice):
                try:
                    return self._fitting(schema, choice, kind, place)
                except Unsatisfiable as error:
                    # The deepest failure says most about what is wrong.
                    if failure is None or len(error.path) > len(failure.path):
                        failure = error
        raise failure or Unsatisfiable(place.path, "allows no value at all")

    def _count_step(self, place: _Place) -> None:
        self.steps += 1
        if self.steps > _MAX_STEPS or len(place.path) > _MAX_DEPTH:
            raise Unsatisfiable(place.path, "is too intricate to write a draft for")

    def _fitting(self, schema: Any, choice: dict[str, Any], kind: str, place: _Place) -> Any:
        tricky = isinstance(schema, dict) and not _TRICKY.isdisjoint(schema)
        for lean in (False, True) if kind in ("object", "array") else (False,):
            for salt in range(_SALTS if tricky else 1):
                shifted = _Place(place.path, place.number + salt, place.open_schemas)
                value = self._of_type(choice, kind, shifted, lean=lean)
                if not tricky or self.builder.schema.allows(schema, value):
                    return value
        raise Unsatisfiable(place.path, "has rules that contradict each other, or that no draft could follow")

    def _of_type(self, choice: dict[str, Any], kind: str, place: _Place, *, lean: bool) -> Any:
        if "enum" in choice:
            return _chosen(choice["enum"], kind, place)
        if kind == "object":
            return self._object(choice, place, lean=lean)
        if kind == "array":
            return self._array(choice, place, lean=lean)
        if kind == "string":
            return self._string(choice, place)
        if kind in ("integer", "number"):
            return _number(choice, kind, place)
        return None if kind == "null" else place.number % 2 == 0

    def _string(self, choice: dict[str, Any], place: _Place) -> str:
        shortest, longest = int(choice.get("minLength", 0)), choice.get("maxLength")
        longest = None if longest is None else int(longest)
        if shortest > _MAX_TEXT:
            raise Unsatisfiable(
                place.path, f"must have at least {shortest} characters; a draft has at most {_MAX_TEXT}"
            )
        if longest is not None and shortest > longest:
            raise Unsatisfiable(place.path, f"must have at least {shortest} and at most {longest} characters")
        form, patterns = choice.get("format"), choice.get("pattern", ())
        if not form and not patterns:
            return self.words.text(place.name, place.number, shortest, longest, in_list=place.is_item)
        for text in self._string_candidates(choice, place, shortest, longest):
            if shortest <= len(text) and (longest is None or len(text) <= longest) and _has_form(text, form, patterns):
                return text
        rule = " and ".join(
            [*(f"the pattern {pattern}" for pattern in patterns), *([f"format {form}"] if form else [])]
        )
        raise Unsatisfiable(place.path, f"needs a text for {rule}, which no draft can make up")

    def _string_candidates(
        self, choice: dict[str, Any], place: _Place, shortest: int, longest: int | None
    ) -> Iterator[str]:
        yield from (example for example in choice.get("examples", ()) if isinstance(example, str))
        yield from self.words.formatted(choice.get("format", ""), place.number)
        text = self.words.text(place.name, place.number, shortest, longest, in_list=place.is_item)
        yield from (text, text.lower(), text.upper())
        for pattern in choice.get("pattern", ()):
            found = list(islice(matching_texts(pattern, shortest=shortest, longest=longest), _SALTS * 2))
            turn = place.number % len(found) if found else 0
            yield from found[turn:] + found[:turn]

    def _object(self, choice: dict[str, Any], place: _Place, *, lean: bool) -> dict[str, Any]:
        required = dict.fromkeys(choice.get("required", ()))
        wanted = {name: None for name in choice.get("properties", ()) if name in required or not lean} | required
        fields: dict[str, Any] = {}
        for name in wanted:
            schema = _property_schema(choice, name)
            below = place.below(name, place.number, schema)
            if name in required:
                fields[name] = self._required_value(schema, below)
            elif not self._is_recursive(schema, place):
                self._add_optional(fields, name, schema, below)
        for name in _names_called_for(choice, fields):
            schema = _property_schema(choice, name)
            fields[name] = self._required_value(schema, place.below(name, place.number, schema))
        self._reach_least(fields, choice, place)
        return _cut_to_most(fields, choice, required)

    def _required_value(self, schema: Any, place: _Place) -> Any:
        if place.open_schemas.count(id(schema)) > 2:  # noqa: PLR2004  (here, and within itself once)
            raise Unsatisfiable(place.path, "needs a value inside itself, without end")
        return self.value(schema, place)

    def _add_optional(self, fields: dict[str, Any], name: str, schema: Any, place: _Place) -> None:
        try:
            fields[name] = self.value(schema, place)
        except Unsatisfiable:
            return  # a property that may be left out is left out

    def _is_recursive(self, schema: Any, place: _Place) -> bool:
        return id(schema) in place.open_schemas

    def _reach_least(self, fields: dict[str, Any], choice: dict[str, Any], place: _Place) -> None:
        least = int(choice.get("minProperties", 0))
        for name in islice(self._spare_names(choice, place), _MAX_STEPS if len(fields) < least else 0):
            if len(fields) >= least:
                return
            if name not in fields:
                self._add_optional(fields, name, schema := _property_schema(choice, name), place.below(name, 0, schema))
        if len(fields) < least:
            raise Unsatisfiable(place.path, f"needs {least} properties and allows fewer")

    def _spare_names(self, choice: dict[str, Any], place: _Place) -> Iterator[str]:
        yield from choice.get("properties", ())
        for pattern in choice.get("patternProperties", ()):
            yield from matching_texts(pattern, shortest=1)
        if "propertyNames" in choice:
            for number in range(int(choice.get("minProperties", 0)) * 2):
                yield str(self.value({"allOf": [choice["propertyNames"], {"type": "string"}]}, _Place(number=number)))
        yield from (f"note{number}" for number in islice(count(1), int(choice.get("minProperties", 0))))

    def _array(self, choice: dict[str, Any], place: _Place, *, lean: bool) -> list[Any]:
        prefix, rest = choice.get("prefixItems", []), choice.get("items", True)
        needed = [wanted for wanted, least in choice.get("contains", ()) for _ in range(least)]
        size = _array_size(choice, len(prefix), len(needed), lean=lean or self._is_recursive(rest, place))
        items: list[Any] = []
        for index in range(size):
            schema = prefix[index] if index < len(prefix) else rest
            # What the array must contain comes last, where the prefix leaves it free.
            late = index - (size - len(needed))
            schema = self.builder.alternatives.both(schema, needed[late]) if late >= 0 else schema
            try:
                items.append(self._item(schema, place, index, items if choice.get("uniqueItems") else []))
            except Unsatisfiable:
                if index < int(choice.get("minItems", 0)) or late >= 0:
                    raise
                break
        return items

    def _item(self, schema: Any, place: _Place, index: int, taken: list[Any]) -> Any:
        if place.open_schemas.count(id(schema)) > 2:  # noqa: PLR2004
            raise Unsatisfiable(place.path, "needs a value inside itself, without end")
        for salt in range(len(taken) * 2 + 1):
            value = self.value(schema, place.below(index, place.number + index + salt, schema))
            if not any(_is_same(value, other) for other in taken):
                return value
        raise Unsatisfiable(place.path, f"needs {index + 1} different items and allows too few values")


def _chosen(values: list[Any], kind: str, place: _Place) -> Any:
    fitting = [value for value in values if kind in _kinds_of(value)]
    if not fitting:
        raise Unsatisfiable(place.path, "allows no value at all")
    return fitting[place.number % len(fitting)]


def _kinds_of(value: object) -> tuple[str, ...]:
    if isinstance(value, float) and value.is_integer():
        return ("integer", "number")
    return _KINDS[type(value)]


_KINDS: Final[dict[type, tuple[str, ...]]] = {
    type(None): ("null",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    str: ("string",),
    list: ("array",),
    dict: ("object",),
}


def _number(choice: dict[str, Any], kind: str, place: _Place) -> int | float:
    found = list(islice(numbers_within(choice, whole=kind == "integer"), place.number % 64 + 1))
    if not found:
        raise Unsatisfiable(place.path, "has bounds that no number meets")
    return found[place.number % len(found)]


def _has_form(text: str, form: str | None, patterns: tuple[str, ...]) -> bool:
    return (not form or FORMATS.conforms(text, form)) and all(search_within_limit(p, text) for p in patterns)


def _property_schema(choice: dict[str, Any], name: str) -> Any:
    """The rules for a property: its own, those of the patterns its name matches, else those for all others."""
    own = choice.get("properties", {}).get(name)
    matching = [
        schema for pattern, schema in choice.get("patternProperties", {}).items() if search_within_limit(pattern, name)
    ]
    if own is not None and not matching:
        return own
    if own is None and not matching:
        return choice.get("additionalProperties", True)
    return {"allOf": [*([] if own is None else [own]), *matching]}


def _names_called_for(choice: dict[str, Any], fields: dict[str, Any]) -> Iterator[str]:
    """Properties that become required because another is there; grows while `fields` grows."""
    rules = choice.get("dependentRequired", {})
    while missing := [name for given in fields for name in rules.get(given, ()) if name not in fields]:
        yield missing[0]


def _cut_to_most(fields: dict[str, Any], choice: dict[str, Any], required: dict[str, None]) -> dict[str, Any]:
    surplus = len(fields) - int(choice.get("maxProperties", len(fields)))
    optional = [name for name in fields if name not in required]
    dropped = set(optional[len(optional) - surplus :]) if surplus > 0 else set()
    return {name: value for name, value in fields.items() if name not in dropped}


def _array_size(choice: dict[str, Any], prefix: int, needed: int, *, lean: bool) -> int:
    least = max(int(choice.get("minItems", 0)), needed)
    usual = 0 if lean else max(prefix, _USUAL_ITEMS)
    return int(min(max(least, usual), choice.get("maxItems", max(least, usual))))


def _is_same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: true is not 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
