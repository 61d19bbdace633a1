"""Which fields survive a trip through a file in every format, and with every reader of it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from copydesk.content.schema.compiled import json_path

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["portability_problem"]

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_DEEPEST: Final = 50
_LONGEST_NUMBER: Final = 40
_LONGEST_KEY: Final = 1000


def portability_problem(fields: object) -> str | None:
    """Why the fields cannot stand in a file, as a sentence with the place; `None` if they can.

    What is refused here means nothing in copy: control characters, halves of characters, infinite numbers, and sizes
    at which readers of YAML give up. Tabs and line breaks of all kinds are fine.
    """
    return next(_problems(fields, ()), None)


def _problems(value: object, path: tuple[str | int, ...]) -> Iterator[str]:
    if len(path) > _DEEPEST:
        yield f"The fields are nested more than {_DEEPEST} levels deep."
    elif isinstance(value, str):
        yield from _text_problems(value, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _text_problems(key, path)
            if len(key) > _LONGEST_KEY:
                yield f"{json_path(path)} has a key longer than {_LONGEST_KEY} characters."
            yield from _problems(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _problems(inner, (*path, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{json_path(path)} is {value}, which JSON has no number for."
    elif isinstance(value, int) and abs(value) >= 10**_LONGEST_NUMBER // 10:
        yield f"{json_path(path)} has {_LONGEST_NUMBER} digits or more."


def _text_problems(text: str, path: tuple[str | int, ...]) -> Iterator[str]:
    found = _CONTROL.search(text)
    if found:
        yield f"{json_path(path)} holds the control character U+{ord(found[0]):04X}; write the text without it."
