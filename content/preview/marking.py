"""Marking what differs between two versions of some HTML, word by word: `<del>` in the old, `<ins>` in the new."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Marked", "mark_changes"]

_TOKENS: Final = re.compile(r"<[^>]*>\s*|&#?\w+;\s*|\w+\s*|[^\w\s]\s*|\s+")
_MOST_TOKENS: Final = 3_000
"""Comparing is quadratic at its worst."""
_ALIKE: Final = 0.3
"""Less in common than this is another text: marking all of it would only colour the page."""

Change: TypeAlias = tuple[bool, int, int, int, int]
"""Whether it is equal, and the range of tokens in the old and in the new version."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Both versions; `is_marked` is false if they are too different or too long, and stand as they were."""

    before: str
    after: str
    is_marked: bool


def mark_changes(before: str, after: str) -> Marked:
    """Mark two versions of HTML in which `<`, `>` and `&` stand for themselves only where they are markup.

    Only text is wrapped, never an element, so that what was well-formed stays it.
    """
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    if max(len(old), len(new)) > _MOST_TOKENS:
        return Marked(before, after, is_marked=False)
    matcher = SequenceMatcher(None, _words(old), _words(new), autojunk=False)
    if matcher.ratio() < _ALIKE:
        return Marked(before, after, is_marked=False)
    changes = _calmed([(code[0] == "equal", *code[1:]) for code in matcher.get_opcodes()], new)
    return Marked(
        "".join(_wrapped("del", old[first:last], equal=equal) for equal, first, last, _, _ in changes),
        "".join(_wrapped("ins", new[first:last], equal=equal) for equal, _, _, first, last in changes),
        is_marked=True,
    )


def _words(tokens: Sequence[str]) -> list[str]:
    """The blanks behind a word are no difference."""
    return [token.rstrip() for token in tokens]


def _calmed(changes: list[Change], new: Sequence[str]) -> list[Change]:
    """A single word left alone between two changes belongs to them: the eye reads one change, not confetti."""
    calmed = [
        (equal and not (0 < index < len(changes) - 1 and _is_lonely(new[begin:end])), first, last, begin, end)
        for index, (equal, first, last, begin, end) in enumerate(changes)
    ]
    joined = (list(group) for _, group in groupby(calmed, key=lambda change: change[0]))
    return [(group[0][0], group[0][1], group[-1][2], group[0][3], group[-1][4]) for group in joined]


def _is_lonely(tokens: Sequence[str]) -> bool:
    return len(tokens) == 1 and not _is_element(tokens[0])


def _wrapped(element: str, tokens: Sequence[str], *, equal: bool) -> str:
    if equal:
        return "".join(tokens)
    return "".join(_wrapped_runs(element, tokens))


def _wrapped_runs(element: str, tokens: Sequence[str]) -> Iterable[str]:
    for is_element, run in groupby(tokens, key=_is_element):
        text = "".join(run)
        words = text.rstrip()
        yield text if is_element or not words else f"<{element}>{words}</{element}>{text[len(words) :]}"


def _is_element(token: str) -> bool:
    return token.startswith("<")
