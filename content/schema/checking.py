"""The validator behind compiled schemas: jsonschema's, with paths that point at what is meant, and within a budget.

A schema can be small and endless to check: alternatives whose references lead to alternatives double at each step. So
each check counts the keywords that it evaluates, and gives up after very many.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import referencing
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from copydesk.content.schema.explosions import MAX_SEARCHED
from copydesk.content.schema.formats import FORMATS
from copydesk.content.schema.patterns import search_within_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copydesk.content.definition.models import Schema

    Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]

__all__ = ["TooMuchWork", "validator_of", "within_budget"]

_MOST_WORK: Final = 100_000
"""Keywords evaluated in one check: a second or two. Copy of a hundred fields needs a few hundred."""
_SEARCH_WORK: Final = 5_000
"""What it costs to try a pattern on the longest text; half the text costs a quarter."""


class TooMuchWork(Exception):
    """The check was given up: this copy would take too long to compare with this schema."""


_left: ContextVar[list[int] | None] = ContextVar("left", default=None)


@contextmanager
def within_budget() -> Iterator[None]:
    """What is checked inside shares one budget. Raises `TooMuchWork` once that is spent."""
    token = _left.set([_MOST_WORK])
    try:
        yield
    except RecursionError as error:
        raise TooMuchWork from error
    finally:
        _left.reset(token)


def validator_of(schema: Schema) -> Any:
    """A validator that looks references up in the schema itself, and nowhere else."""
    return _Validator(schema, registry=referencing.Registry(), format_checker=FORMATS)


def _spend(amount: int) -> None:
    left = _left.get()
    if left is None:
        return
    left[0] -= amount
    if left[0] < 0:
        raise TooMuchWork


def _required(validator: Any, names: list[str], instance: object, schema: Schema) -> Iterator[ValidationError]:
    """Points at the missing property itself, not at the object that lacks it."""
    if isinstance(instance, dict):
        yield from (ValidationError("is missing", path=(name,)) for name in names if name not in instance)


def _additional_properties(
    validator: Any, allowed: object, instance: object, schema: Schema
) -> Iterator[ValidationError]:
    """Points at each property that nothing allows."""
    if allowed is not False:
        yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, allowed, instance, schema)
    elif isinstance(instance, dict):
        patterns = schema.get("patternProperties", {})
        for name in instance:
            if name not in schema.get("properties", {}) and not any(_found(p, name) for p in patterns):
                yield ValidationError("is not allowed", path=(name,))


def _pattern(validator: Any, pattern: str, instance: object, schema: Schema) -> Iterator[ValidationError]:
    """Lengths come before patterns: an over-long text is reported as such and not searched."""
    too_long = isinstance(instance, str) and len(instance) > schema.get("maxLength", len(instance))
    if isinstance(instance, str) and not too_long and not _found(pattern, instance):
        yield ValidationError("does not match")


def _pattern_properties(
    validator: Any, patterns: dict[str, Any], instance: object, schema: Schema
) -> Iterator[ValidationError]:
    """As jsonschema does it, with names searched no further than texts."""
    if isinstance(instance, dict):
        for pattern, subschema in patterns.items():
            for name, value in instance.items():
                if _found(pattern, name):
                    yield from validator.descend(value, subschema, path=name, schema_path=pattern)


def _found(pattern: str, text: str) -> bool:
    _spend(_SEARCH_WORK * min(len(text), MAX_SEARCHED) ** 2 // MAX_SEARCHED**2)
    return search_within_limit(pattern, text)


def _unique_items(validator: Any, wanted: bool, instance: object, schema: Schema) -> Iterator[ValidationError]:
    """As JSON has it: 1 and 1.0 are the same, 1 and true are not. In a time that grows with the list only."""
    if wanted and isinstance(instance, list):
        _spend(len(instance))
        if len({json.dumps(_plain(each), sort_keys=True) for each in instance}) < len(instance):
            yield ValidationError("has non-unique elements")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return {name: _plain(each) for name, each in value.items()} if isinstance(value, dict) else value


def _counted(keyword: Keyword) -> Keyword:
    def evaluate(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        _spend(1 + (len(value) // 10 if isinstance(value, list) else 0))
        yield from keyword(validator, value, instance, schema) or ()

    return evaluate


_OWN: Final[dict[str, Any]] = {
    "required": _required,
    "additionalProperties": _additional_properties,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "uniqueItems": _unique_items,
}

# jsonschema's own annotations are incomplete here, and its stubs' too.
_Validator: Final[type[Any]] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {name: _counted(keyword) for name, keyword in (dict(Draft202012Validator.VALIDATORS) | _OWN).items()},
)
