"""Large copy made to fit an answer: long texts and lists are cut, and a note says so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Cut", "cut_text", "cut_value", "value_size"]

_STEPS: Final = ((4_000, 100), (2_000, 50), (1_000, 30), (500, 20), (200, 10), (80, 5), (30, 3))
"""How long a text and a list may be, step by step until the whole fits."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A value that fits. `is_cut`: something of it was left out."""

    value: Any
    is_cut: bool


def value_size(value: object) -> int:
    """Characters of the value as compact JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def cut_value(value: Any, room: int) -> Cut:
    """The value in at most `room` characters of JSON; `None` if not even its outline fits."""
    if value_size(value) <= room:
        return Cut(value, is_cut=False)
    for longest, most in _STEPS:
        shorter = _shortened(value, longest, most)
        if value_size(shorter) <= room:
            return Cut(shorter, is_cut=True)
    return Cut(None, is_cut=True)


def cut_text(text: str, room: int) -> Cut:
    """The beginning of a text in at most `room` characters of JSON."""
    if value_size(text) <= room:
        return Cut(text, is_cut=False)
    longest = room
    while longest > 0 and value_size(text[:longest]) > room - 1:
        longest -= max(1, longest // 10)
    return Cut(f"{text[: max(0, longest)]}…", is_cut=True)


def _shortened(value: Any, longest: int, most: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[: longest - 1]}…"
    if isinstance(value, list):
        return [_shortened(item, longest, most) for item in value[:most]]
    if isinstance(value, dict):
        return {name: _shortened(item, longest, most) for name, item in list(value.items())[: 4 * most]}
    return value
