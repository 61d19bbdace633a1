"""Numbers within a schema's bounds, the plainest first."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["common_multiple", "numbers_within"]

_TRIES: Final = 64


def numbers_within(bounds: dict[str, Any], *, whole: bool) -> Iterator[int | float]:
    """Numbers that meet minimum, maximum, their exclusive forms and multipleOf; whole numbers first."""
    steps = [_step(bounds, whole=True)] if whole else [_step(bounds, whole=True), _step(bounds, whole=False)]
    for step in steps:
        start = _start(bounds, step)
        found = (start + index * step * _direction(bounds) for index in range(_TRIES))
        yield from (_plain(number) for number in found if _is_within(bounds, number))


def _step(bounds: dict[str, Any], *, whole: bool) -> Fraction:
    multiple = Fraction(str(bounds.get("multipleOf", 1)))
    if whole:
        return common_multiple(multiple, Fraction(1))
    return multiple if "multipleOf" in bounds else _fine_step(bounds)


def _fine_step(bounds: dict[str, Any]) -> Fraction:
    """Small enough to fall between the bounds."""
    low, high = _low(bounds), _high(bounds)
    return Fraction(1, 2) if low is None or high is None or low == high else (high - low) / 4


def common_multiple(one: Fraction, other: Fraction) -> Fraction:
    """The smallest number that is a multiple of both."""
    denominator = one.denominator * other.denominator
    numerators = int(one * denominator), int(other * denominator)
    return Fraction(math.lcm(*numerators), denominator)


def _direction(bounds: dict[str, Any]) -> int:
    return -1 if _low(bounds) is None and _high(bounds) is not None else 1


def _start(bounds: dict[str, Any], step: Fraction) -> Fraction:
    low, high = _low(bounds), _high(bounds)
    if low is None and high is None:
        return step
    if low is None or high is None:
        edge = low if low is not None else high
        assert edge is not None
        rounded = math.ceil(edge / step) if low is not None else math.floor(edge / step)
        return rounded * step
    return math.ceil(low / step) * step if step.denominator == 1 or "multipleOf" in bounds else low


def _low(bounds: dict[str, Any]) -> Fraction | None:
    found = [Fraction(str(bounds[name])) for name in ("minimum", "exclusiveMinimum") if name in bounds]
    return max(found, default=None)


def _high(bounds: dict[str, Any]) -> Fraction | None:
    found = [Fraction(str(bounds[name])) for name in ("maximum", "exclusiveMaximum") if name in bounds]
    return min(found, default=None)


def _is_within(bounds: dict[str, Any], number: Fraction) -> bool:
    return (
        ("minimum" not in bounds or number >= Fraction(str(bounds["minimum"])))
        and ("maximum" not in bounds or number <= Fraction(str(bounds["maximum"])))
        and ("exclusiveMinimum" not in bounds or number > Fraction(str(bounds["exclusiveMinimum"])))
        and ("exclusiveMaximum" not in bounds or number < Fraction(str(bounds["exclusiveMaximum"])))
    )


def _plain(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)
