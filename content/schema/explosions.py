"""Regular expressions that could take forever on some texts: found when a site loads, by their parse tree.

Matching backtracks. Something repeated that itself repeats tries exponentially many ways; repetitions that stand in a
row and match the same characters try as many ways as their spans multiplied. The first is refused; the second is
refused unless texts are short enough (`maxLength`). Where the tree does not tell, the worst is assumed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["MAX_SEARCHED", "pattern_problem"]

MAX_SEARCHED: Final = 10_000
"""Characters of a text that a pattern is tried on: even harmless-looking patterns take quadratic time."""

_LONGEST_PATTERN: Final = 2_000
_MOST_STEPS: Final = 400_000_000
"""Of the matcher, for one text, counted generously: about a second."""
_OFFERED_LENGTHS: Final = (5_000, 2_000, 1_000, 500, 200, 100, 50, 20)

# The parser has no public name since 3.11; its tree of (operation, argument) pairs has been stable since Python 2.
_parser: Final[Any] = import_module("re._parser")
_op: Final[Any] = import_module("re._constants")
_REPEATS: Final = (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT)
_BEGINNINGS: Final = (_op.AT_BEGINNING, _op.AT_BEGINNING_STRING)
_ALPHABET: Final = frozenset(map(chr, range(0x180))) | frozenset("αжש中—“😀")
"""What sets of characters are tried on, beside the characters that the pattern itself names."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """Exactly one character, of those that are tried."""

    letters: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Repeat:
    least: int
    most: int
    body: tuple[_Item, ...]


@dataclass(frozen=True, slots=True)
class _Branch:
    choices: tuple[tuple[_Item, ...], ...]


@dataclass(frozen=True, slots=True)
class _Around:
    """What looks around, and stays where it is."""

    body: tuple[_Item, ...]


@dataclass(frozen=True, slots=True)
class _Beginning:
    """The beginning of the text."""


_Item: TypeAlias = _Letter | _Repeat | _Branch | _Around | _Beginning


def pattern_problem(pattern: str, longest: int | None = None) -> str | None:
    """Why a pattern cannot be used for texts of at most `longest` characters, as the rest of a sentence, or `None`."""
    if len(pattern) > _LONGEST_PATTERN:
        return f"is longer than {_LONGEST_PATTERN:,} characters"
    try:
        re.compile(pattern)
        items = _Reading(pattern).items
    except (re.error, OverflowError, RecursionError) as error:
        return f"is not a regular expression: {error}"
    if any(_explodes(body) for body in _repeated_bodies(items)):
        return "repeats something that itself repeats, which can take forever on some texts; use a single repetition"
    return _cost_problem(items, MAX_SEARCHED if longest is None else min(longest, MAX_SEARCHED))


def _cost_problem(items: tuple[_Item, ...], longest: int) -> str | None:
    if _steps(items, longest) <= _MOST_STEPS:
        return None
    reason = "has repetitions in a row that match the same characters, which can take forever on long texts"
    fitting = next((length for length in _OFFERED_LENGTHS if _steps(items, length) <= _MOST_STEPS), None)
    advice = f"begin it with ^, let them match different characters, or set maxLength to {fitting} or less beside it"
    return f"{reason}; {advice if fitting else 'use fewer of them'}"


class _Reading:
    """The items of a pattern, with sets of characters in place of the parser's notations."""

    def __init__(self, pattern: str) -> None:
        tree = _parser.parse(pattern)
        self._any_case = bool(tree.state.flags & re.IGNORECASE) or bool(re.search(r"\(\?[a-z]*i", pattern))
        self._is_multiline = bool(tree.state.flags & re.MULTILINE) or bool(re.search(r"\(\?[a-z]*m", pattern))
        self._alphabet = _ALPHABET | frozenset(_named(tree))
        if self._any_case:
            self._alphabet |= frozenset(form for letter in self._alphabet for form in _cases(letter))
        self.items = self._sequence(tree)

    def _sequence(self, tree: Iterable[Any]) -> tuple[_Item, ...]:
        return tuple(item for operation, argument in tree for item in self._read(operation, argument))

    def _read(self, operation: Any, argument: Any) -> Iterator[_Item]:
        if operation in _REPEATS:
            yield _Repeat(argument[0], int(argument[1]), self._sequence(argument[2]))
        elif operation is _op.SUBPATTERN:
            yield from self._sequence(argument[-1])
        elif operation is _op.ATOMIC_GROUP:
            yield from self._sequence(argument)
        elif operation is _op.BRANCH:
            yield _Branch(tuple(map(self._sequence, argument[1])))
        elif operation is _op.GROUPREF_EXISTS:
            yield _Branch((self._sequence(argument[1]), self._sequence(argument[2] or ())))
        elif operation in (_op.ASSERT, _op.ASSERT_NOT):
            yield _Around(self._sequence(argument[1]))
        elif operation is _op.AT:
            yield from (_Beginning(),) if argument in _BEGINNINGS and not self._is_multiline else ()
        else:
            yield _Letter(self._letters(operation, argument))

    def _letters(self, operation: Any, argument: Any) -> frozenset[str]:
        found = self._matching(operation, argument)
        return frozenset(form for letter in found for form in _cases(letter)) if self._any_case else found

    def _matching(self, operation: Any, argument: Any) -> frozenset[str]:
        if operation is _op.LITERAL:
            return frozenset(chr(argument))
        if operation is _op.NOT_LITERAL:
            return self._alphabet - {chr(argument)}
        if operation is _op.RANGE:
            low, high = argument
            return frozenset(letter for letter in self._alphabet if low <= ord(letter) <= high)
        if operation is _op.CATEGORY:
            return _of_category(str(argument), self._alphabet)
        if operation is _op.IN:
            negated = argument[0][0] is _op.NEGATE
            held = frozenset[str]().union(*(self._matching(*each) for each in argument[negated:]))
            return self._alphabet - held if negated else held
        return self._alphabet  # ANY, what a group had, and whatever a later Python may bring


def _named(tree: Any) -> Iterator[str]:
    """The characters that a parse tree names, with their neighbours: what is in between behaves as they do."""
    if isinstance(tree, int) and not isinstance(tree, bool) and type(tree) is int:
        yield from (chr(code) for code in (tree - 1, tree, tree + 1) if 0 <= code <= 0x10FFFF)  # noqa: PLR2004
    elif isinstance(tree, tuple | list | _parser.SubPattern):
        for part in tree:
            yield from _named(part)


def _cases(letter: str) -> tuple[str, ...]:
    return letter, letter.lower(), letter.upper(), letter.casefold()


def _of_category(name: str, alphabet: frozenset[str]) -> frozenset[str]:
    escape = {"digit": "d", "space": "s", "word": "w"}[name.rsplit("_", 1)[-1].lower()]
    escape = escape.upper() if "_NOT_" in name else escape
    return frozenset(letter for letter in alphabet if re.match(rf"\{escape}", letter))


def _bodies(item: _Item) -> tuple[tuple[_Item, ...], ...]:
    match item:
        case _Repeat() | _Around():
            return (item.body,)
        case _Branch():
            return item.choices
        case _:
            return ()


def _reach(items: Iterable[_Item]) -> frozenset[str]:
    """Every character that any part may match."""
    letters = frozenset[str]()
    for item in items:
        letters |= item.letters if isinstance(item, _Letter) else frozenset[str]().union(*map(_reach, _bodies(item)))
    return letters


# ---- What repeats something that repeats.


def _repeated_bodies(items: Iterable[_Item]) -> Iterator[tuple[_Item, ...]]:
    """The body of every repetition that may run more than once, at any depth."""
    for item in items:
        if isinstance(item, _Repeat) and item.most > 1:
            yield item.body
        for body in _bodies(item):
            yield from _repeated_bodies(body)


def _explodes(body: tuple[_Item, ...]) -> bool:
    """Whether repeating the body can match one text in many ways.

    It cannot if each round has a delimiter, a mandatory character that none of its variable parts can match (the
    hyphen in `(-[a-z]+)*`), and if no two variable parts between two delimiters can match the same character.
    """
    if any(_overlapping(item) for item in body):
        return True
    reach = _reach(filter(_varies, body))
    delimiters = [isinstance(item, _Letter) and not item.letters & reach for item in body]
    if True not in delimiters:
        return any(map(_varies, body))
    start = delimiters.index(True)
    return any(_competes(stretch) for stretch in _stretches(body[start:] + body[:start], reach))


def _varies(item: _Item) -> bool:
    repeats_variably = isinstance(item, _Repeat) and item.least != item.most
    return repeats_variably or any(_varies(inner) for body in _bodies(item) for inner in body)


def _stretches(items: Sequence[_Item], reach: frozenset[str]) -> Iterator[list[_Item]]:
    """The parts that are not of one character, between each two delimiters."""
    stretch: list[_Item] = []
    for item in items:
        if not isinstance(item, _Letter):
            stretch.append(item)
        elif not item.letters & reach:
            yield stretch
            stretch = []
    yield stretch


def _competes(stretch: list[_Item]) -> bool:
    reaches = [_reach([item]) for item in stretch if _varies(item)]
    return any(one & other for one, other in combinations(reaches, 2))


def _overlapping(item: _Item) -> bool:
    """Whether two alternatives of a branch may match the same beginning, as `a` and `ab` do."""
    return isinstance(item, _Branch) and any(_overlap(one, other) for one, other in combinations(item.choices, 2))


def _overlap(one: Iterable[_Item], other: Iterable[_Item]) -> bool:
    for item, rival in zip(one, other, strict=False):
        if not isinstance(item, _Letter) or not isinstance(rival, _Letter):
            return bool(_reach([item]) & _reach([rival]))
        if not item.letters & rival.letters:
            return False
    return True


# ---- What repetitions in a row cost.


def _steps(items: tuple[_Item, ...], longest: int) -> float:
    """How many steps the matcher takes at most, about, on a text of that length."""
    needed = _without_free_end(items)
    starts = 1 if needed and isinstance(needed[0], _Beginning) else longest
    return float(starts * longest * (_choices(needed, longest) + _looking_around(needed, longest)))


def _without_free_end(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
    """Without repetitions at the end that may be empty: they never fail, so nothing is tried again for them."""
    while items and isinstance(items[-1], _Repeat) and not items[-1].least and not any(map(_varies, items[-1].body)):
        items = items[:-1]
    return items


def _choices(items: tuple[_Item, ...], longest: int) -> float:
    """In how many ways the items may share a text, where the last that varies takes what is left to it."""
    last = next((index for index in reversed(range(len(items))) if _varies(items[index])), len(items))
    inside = _span(items[last], frozenset(), longest) if last < len(items) else 1.0
    return inside * _ambiguity(items[:last], _beginnings(items[last:]), longest)


def _looking_around(items: tuple[_Item, ...], longest: int) -> float:
    """What looks around is done with once it has matched, but is done again for each way to come to it."""
    return sum(
        _choices(item.body, longest) * _ambiguity(items[:index], _beginnings(items[index + 1 :]), longest)
        for index, item in enumerate(items)
        if isinstance(item, _Around)
    )


def _ambiguity(items: tuple[_Item, ...], follow: frozenset[str], longest: int) -> float:
    """In how many ways the items may share a text if a character of `follow` comes next."""
    ways = 1.0
    for item in reversed(items):
        ways *= _span(item, follow, longest)
        follow = _beginnings((item,)) | (follow if _may_be_empty(item) else frozenset())
    return ways


def _span(item: _Item, follow: frozenset[str], longest: int) -> float:
    """How many ends an item may have that begins at one place, if a character of `follow` comes next.

    What comes next decides where a repetition ends, unless the repetition could match that too.
    """
    match item:
        case _Repeat():
            again = _beginnings(item.body) if item.most > 1 else frozenset()
            inside = _ambiguity(item.body, again | follow, longest)
            ends = min(item.most - item.least, longest) + 1 if _reach((item,)) & follow else 1
            return ends * inside
        case _Branch():
            most = max(_ambiguity(choice, follow, longest) for choice in item.choices)
            return most * (len(item.choices) if _overlapping(item) else 1)
        case _:
            return 1.0


def _beginnings(items: Sequence[_Item]) -> frozenset[str]:
    """The characters with which the items may begin."""
    letters = frozenset[str]()
    for item in items:
        if isinstance(item, _Letter):
            letters |= item.letters
        elif isinstance(item, _Repeat | _Branch):
            letters = letters.union(*map(_beginnings, _bodies(item)))
        if not _may_be_empty(item):
            break
    return letters


def _may_be_empty(item: _Item) -> bool:
    match item:
        case _Letter():
            return False
        case _Repeat():
            return item.least == 0 or all(map(_may_be_empty, item.body))
        case _Branch():
            return any(all(map(_may_be_empty, choice)) for choice in item.choices)
        case _:
            return True
