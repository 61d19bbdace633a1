"""What no copy can hold, whatever its schema allows: things that JSON, UTF-8 or the database cannot keep."""

from __future__ import annotations

import math
from typing import Any, Final

__all__ = ["DEEPEST", "storable_problem"]

DEEPEST: Final = 32
"""Objects and lists within each other. Beyond some hundreds, encoders give up."""


def storable_problem(value: Any, depth: int = 0) -> str | None:
    """Why the value cannot be kept, as the rest of a sentence; `None` if it can."""
    match value:
        case float() if not math.isfinite(value):
            return "holds a number that is not finite"
        case str() if any("\ud800" <= character <= "\udfff" for character in value):
            return "holds half a character (a lone surrogate)"
        case dict() | list() if depth >= DEEPEST:
            return f"is nested deeper than {DEEPEST} levels"
        case dict():
            return _first_problem([*value, *value.values()], depth)
        case list():
            return _first_problem(value, depth)
        case _:
            return None


def _first_problem(values: list[Any], depth: int) -> str | None:
    return next((problem for each in values if (problem := storable_problem(each, depth + 1))), None)
