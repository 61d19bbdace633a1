"""Answers of bounded size: as many entries as fit, and the cursor of the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Wire

__all__ = [
    "BOUNDLESS",
    "LARGEST_ANSWER",
    "Page",
    "after_cursor",
    "counted",
    "fill",
    "invalid_cursor",
    "json_size",
    "shorten",
]

LARGEST_ANSWER: Final = 10_000
"""Characters of JSON. Clients warn, cut or refuse beyond some multiple of it, and the model pays for each."""
BOUNDLESS: Final = 2**40
"""The room of an answer that no model has to read: one for a terminal or a script."""

T = TypeVar("T")
W = TypeVar("W", bound=Wire)


@dataclass(frozen=True, slots=True)
class Page(Generic[W]):
    """The entries of one answer. `cursor` is the key of the first entry that did not fit; `None` at the end."""

    entries: tuple[W, ...]
    cursor: str | None


def json_size(value: Wire) -> int:
    """Characters that the value takes on the wire."""
    return len(value.model_dump_json(by_alias=True))


def fill(items: Iterable[T], entry: Callable[[T], W], key: Callable[[T], str], *, room: int) -> Page[W]:
    """As many entries as `room` characters hold, but at least one. Only one item more than those is looked at."""
    entries: list[W] = []
    for item in items:
        made = entry(item)
        room -= json_size(made) + 1
        if entries and room < 0:
            return Page(tuple(entries), key(item))
        entries.append(made)
    return Page(tuple(entries), None)


def after_cursor(items: list[T], key: Callable[[T], str], cursor: str | None) -> list[T]:
    """The items from the cursor's on. Raises `ContentError` (invalid-cursor) when there is none of that name."""
    if not cursor:
        return items
    for index, item in enumerate(items):
        if key(item) == cursor:
            return items[index:]
    raise invalid_cursor(cursor)


def invalid_cursor(cursor: str) -> ContentError:
    message = (
        f'The cursor "{shorten(cursor, 80)}" leads nowhere: it is none of this list, or the list has changed since. '
        "Ask again without a cursor."
    )
    return ContentError("invalid-cursor", message)


def shorten(text: Any, longest: int) -> str:
    """The text on one line, cut with an ellipsis."""
    line = " ".join(str(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def counted(number: int, noun: str) -> str:
    """`1 section`, `2 sections`"""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
