"""What a plain YAML scalar means: the core schema of YAML 1.2 (section 10.3.2), so that `no` and `on` stay words."""

from __future__ import annotations

import math
import re
from typing import TypeAlias

__all__ = ["Scalar", "UnusableNumber", "plain_scalar"]

Scalar: TypeAlias = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_NUMBER = 40


class UnusableNumber(ValueError):
    """JSON has no way to write this number."""


def plain_scalar(text: str) -> Scalar:
    """The value of an unquoted scalar. Raises `UnusableNumber` for infinities, not-a-number and endless digits."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    return _number_or_text(text)


def _number_or_text(text: str) -> Scalar:
    if _OCTAL.fullmatch(text):
        return int(_bounded(text), 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(_bounded(text), 16)
    if _DECIMAL.fullmatch(text):
        return int(_bounded(text))
    if _NOT_FINITE.fullmatch(text):
        raise UnusableNumber(text)
    if _FLOAT.fullmatch(text):
        return _finite(float(_bounded(text)), text)
    return text


def _bounded(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        raise UnusableNumber(text)
    return text


def _finite(number: float, text: str) -> float:
    if not math.isfinite(number):
        raise UnusableNumber(text)
    return number
