"""What a validation error says to a person or a model: where, what, and by how much."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jsonschema.exceptions import ValidationError

__all__ = ["json_path", "type_name", "violation_sentence"]

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_MAX_SHOWN: Final = 60


def json_path(parts: Iterable[str | int]) -> str:
    """`$.buttons[0].label`; names that are no identifiers are quoted: `$["a b"]`."""
    return "$" + "".join(_step(part) for part in parts)


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN_NAME.fullmatch(part) else f"[{json.dumps(part, ensure_ascii=False)}]"


def violation_sentence(error: ValidationError) -> str:
    """The rest of a sentence whose subject is the error's path."""
    sentence = _SENTENCES.get(str(error.validator))
    if sentence is None:
        return error.message if error.validator in _WORDED else f"breaks `{error.validator}`: {_shown(error.message)}"
    return sentence(error.validator_value, error.instance)


_WORDED: Final = ("required", "additionalProperties")


def type_name(instance: object) -> str:
    """What JSON calls the instance, with its article."""
    kind = type(instance)
    return _TYPE_NAMES.get(kind, f"a {kind.__name__}")


_TYPE_NAMES: Final[dict[type, str]] = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def _quoted(value: object) -> str:
    return _shown(json.dumps(value, ensure_ascii=False, default=str))


def _counted(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _at_most(noun: str, verb: str) -> Callable[[Any, Any], str]:
    def sentence(limit: Any, value: Any) -> str:
        return f"{verb} {_counted(len(value), noun)}, {len(value) - int(limit)} over the limit of {limit}"

    return sentence


def _at_least(noun: str, verb: str) -> Callable[[Any, Any], str]:
    def sentence(limit: Any, value: Any) -> str:
        return f"{verb} {_counted(len(value), noun)}, {int(limit) - len(value)} short of the minimum of {limit}"

    return sentence


def _type(wanted: Any, value: Any) -> str:
    names = [wanted] if isinstance(wanted, str) else wanted
    return f"is {type_name(value)}, not {' or '.join(_with_article(name) for name in names)}"


def _with_article(name: str) -> str:
    if name == "null":
        return name
    return f"an {name}" if name[:1] in "aio" else f"a {name}"


def _enum(allowed: Any, value: Any) -> str:
    shown = ", ".join(_quoted(choice) for choice in allowed[:10])
    more = f" or {len(allowed) - 10} more" if len(allowed) > 10 else ""  # noqa: PLR2004
    return f"is {_quoted(value)}, not one of {shown}{more}"


_SENTENCES: Final[dict[str, Callable[[Any, Any], str]]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda wanted, value: f"is {_quoted(value)}, not {_quoted(wanted)}",
    "maxLength": _at_most("character", "is"),
    "minLength": _at_least("character", "is"),
    "maxItems": _at_most("item", "has"),
    "minItems": _at_least("item", "has"),
    "maxProperties": _at_most("property", "has"),
    "minProperties": _at_least("property", "has"),
    "maximum": lambda limit, value: f"is {value}, over the maximum of {limit}",
    "minimum": lambda limit, value: f"is {value}, under the minimum of {limit}",
    "exclusiveMaximum": lambda limit, value: f"is {value}, not below {limit}",
    "exclusiveMinimum": lambda limit, value: f"is {value}, not above {limit}",
    "multipleOf": lambda step, value: f"is {value}, not a multiple of {step}",
    "pattern": lambda pattern, value: f"is {_quoted(value)}, which does not match the pattern {pattern}",
    "format": lambda name, value: f"is {_quoted(value)}, which is not a valid {name}",
    "uniqueItems": lambda _, value: "has items that are equal; all must differ",
    "contains": lambda wanted, value: f"has no item (or too few, or too many) that fits {_quoted(wanted)}",
    "dependentRequired": lambda wanted, value: f"lacks properties that others call for ({_quoted(wanted)})",
    "unevaluatedProperties": lambda _, value: "has properties that are not allowed",
    "unevaluatedItems": lambda _, value: "has items that are not allowed",
    "anyOf": lambda shapes, value: f"fits none of the {len(shapes)} allowed shapes",
    "oneOf": lambda shapes, value: f"must fit exactly one of the {len(shapes)} allowed shapes, and does not",
    "not": lambda shape, value: f"must not fit {_quoted(shape)}",
}
