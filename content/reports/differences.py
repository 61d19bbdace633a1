"""What differs between two versions of a section's fields, place by place, in a form that a person can read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal, TypeAlias

from copydesk.content.schema.sentences import json_path

__all__ = ["Difference", "differences", "inline_difference"]

Path: TypeAlias = tuple[str | int, ...]

_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS: Final = 3_000
"""Comparing is quadratic at its worst; longer texts are shown as taken out and put in."""
_CONTEXT: Final = 8
"""Words shown around a change; what is equal beyond them is left out."""
_LONG: Final = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs. `path` is a JSON path: in the version after, or of what was removed in the one before."""

    path: str
    change: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None

    @property
    def inline(self) -> str | None:
        """The change word by word, if both are texts and one of them is long."""
        before, after = self.before, self.after
        if not (isinstance(before, str) and isinstance(after, str)) or max(len(before), len(after)) <= _LONG:
            return None
        return inline_difference(before, after)


def differences(before: Any, after: Any) -> list[Difference]:
    """Every place that differs, in the order of the version after; objects and lists are gone into."""
    return list(_differences((), before, after))


def _differences(path: Path, before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_objects(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(path, before, after)
    elif _text(before) != _text(after):
        yield Difference(json_path(path), "changed", before, after)


def _of_objects(path: Path, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    for name, value in after.items():
        if name in before:
            yield from _differences((*path, name), before[name], value)
        else:
            yield from _all_of("added", (*path, name), value)
    for name, value in before.items():
        if name not in after:
            yield from _all_of("removed", (*path, name), value)


def _of_lists(path: Path, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    """Equal items are found again wherever they stand, so that one put in at the top does not change all below."""
    matcher = SequenceMatcher(None, [_text(item) for item in before], [_text(item) for item in after], autojunk=False)
    for _, first, last, begin, end in (code for code in matcher.get_opcodes() if code[0] != "equal"):
        paired = min(last - first, end - begin)
        for offset in range(paired):
            yield from _differences((*path, begin + offset), before[first + offset], after[begin + offset])
        for index in range(begin + paired, end):
            yield from _all_of("added", (*path, index), after[index])
        for index in range(first + paired, last):
            yield from _all_of("removed", (*path, index), before[index])


def _all_of(change: Literal["added", "removed"], path: Path, value: Any) -> Iterator[Difference]:
    """Everything in a value that is new or gone as a whole, text by text."""
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _all_of(change, (*path, key), item)
    elif change == "added":
        yield Difference(json_path(path), change, after=value)
    else:
        yield Difference(json_path(path), change, before=value)


def _text(value: Any) -> str:
    """Equal for equal JSON: 1 and true differ, the order of keys does not matter."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def inline_difference(before: str, after: str) -> str:
    """`We bake [-six-] {+seven+} breads`; long stretches that are equal are left out (`…`)."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        return f"[-{before}-] {{+{after}+}}"
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return "".join(_marked(code, old, new, len(new)) for code in matcher.get_opcodes())


def _marked(code: tuple[str, int, int, int, int], old: list[str], new: list[str], total: int) -> str:
    kind, first, last, begin, end = code
    if kind == "equal":
        return _context(new[begin:end], at_start=begin == 0, at_end=end == total)
    taken, put = "".join(old[first:last]), "".join(new[begin:end])
    return (f"[-{taken}-]" if taken else "") + (f"{{+{put}+}}" if put else "")


def _context(words: list[str], *, at_start: bool, at_end: bool) -> str:
    head = 0 if at_start else 2 * _CONTEXT
    tail = 0 if at_end else 2 * _CONTEXT
    if len(words) <= head + tail + 2 * _CONTEXT:
        return "".join(words)
    return "".join(words[:head]) + " … " + "".join(words[len(words) - tail :])
