"""Regular expressions from schemas: how they are searched, and a text that matches one.

The parse tree comes from the standard library's own parser, so a pattern means here exactly what it means when it is
searched.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from copydesk.content.schema.explosions import MAX_SEARCHED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["matching_texts", "search_within_limit"]

_Item: TypeAlias = tuple[Any, Any]
"""An operation and its argument, as the parser has them."""

# The parser has no public name since 3.11; its tree of (operation, argument) pairs has been stable since Python 2.
_parser: Final[Any] = import_module("re._parser")
_op: Final[Any] = import_module("re._constants")

_REPEATS: Final = tuple(
    getattr(_op, name) for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") if hasattr(_op, name)
)
# Which letters a set contains is found out by trying these: all of Latin-1 and a few beyond.
_ALPHABET: Final = frozenset(map(chr, range(0x180))) | frozenset("αжש中—“😀")
_PREFERRED: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:/#@"
_MANY: Final = 64


def search_within_limit(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the first 10,000 characters of the text."""
    return _compiled(pattern).search(text[:MAX_SEARCHED]) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def matching_texts(pattern: str, *, shortest: int = 0, longest: int | None = None) -> Iterator[str]:
    """Texts that match the pattern and have a length in the bounds, plainest first; none if none was found."""
    tree = _parser.parse(pattern)
    limit = _MANY if longest is None else longest
    # The number of repetitions is the only thing varied: it is what lengths depend on in patterns people write.
    for times in dict.fromkeys((3, 8, 1, 0, 2, shortest, shortest - 1, shortest - 2, shortest - 3, *range(4, _MANY))):
        text = "".join(_write(tree, max(times, 0), {}))
        if shortest <= len(text) <= max(limit, shortest) and search_within_limit(pattern, text):
            yield text


def _write(tree: Iterable[_Item], times: int, groups: dict[int, str]) -> Iterator[str]:
    for operation, argument in tree:
        yield _write_one(operation, argument, times, groups)


def _write_one(operation: Any, argument: Any, times: int, groups: dict[int, str]) -> str:
    if operation in _REPEATS:
        return _write_repeated(argument, times, groups)
    if operation is _op.GROUPREF:
        return groups.get(argument, "")
    if operation in (_op.ASSERT, _op.ASSERT_NOT):
        return ""
    if bodies := _bodies(operation, argument):
        text = "".join(_write(bodies[0], times, groups))
        if operation is _op.SUBPATTERN:
            groups[argument[0]] = text
        return text
    return next(iter(_ordered(_letters(operation, argument))), "")


def _write_repeated(argument: tuple[Any, Any, Any], times: int, groups: dict[int, str]) -> str:
    least, most, body = argument
    count = min(max(least, times), int(most))
    letters = _ordered(_letters(*body[0])) if len(body) == 1 else []
    if letters:  # running through the alphabet reads better than stuttering
        return "".join(letters[number % len(letters)] for number in range(min(count, MAX_SEARCHED)))
    text = ""
    for _ in range(count):
        piece = "".join(_write(body, times, groups))
        # Repetitions of repetitions multiply: what is longer than anything searched is of no use.
        if not piece or len(text) > MAX_SEARCHED:
            break
        text += piece
    return text


def _ordered(letters: frozenset[str]) -> list[str]:
    """Letters a person would write, lower case first."""
    return [letter for letter in _PREFERRED if letter in letters] or sorted(letters)


@lru_cache(maxsize=512)
def _set_letters(key: str, items: tuple[_Item, ...]) -> frozenset[str]:
    letters: set[str] = set()
    negated = False
    for operation, argument in items:
        if operation is _op.NEGATE:
            negated = True
        elif operation is _op.RANGE:
            low, high = argument
            letters.update(letter for letter in _ALPHABET if low <= ord(letter) <= high)
            letters.update((chr(low), chr(high)))
        else:
            letters |= _letters(operation, argument)
    return _ALPHABET - letters if negated else frozenset(letters)


def _letters(operation: Any, argument: Any) -> frozenset[str]:
    """What one item of the tree may match, if it matches exactly one character; otherwise nothing."""
    if operation is _op.LITERAL:
        return frozenset(chr(argument))
    if operation is _op.NOT_LITERAL:
        return _ALPHABET - {chr(argument)}
    if operation is _op.ANY:
        return _ALPHABET - {"\n"}
    if operation is _op.IN:
        return _set_letters(repr(argument), tuple(argument))
    if operation is _op.CATEGORY:
        return _category_letters(str(argument))
    return frozenset()


@lru_cache
def _category_letters(name: str) -> frozenset[str]:
    kind = name.rsplit("_", 1)[-1].lower()
    escape = {"digit": "d", "space": "s", "word": "w"}[kind]
    found = frozenset(letter for letter in _ALPHABET if re.match(rf"\{escape}", letter))
    return _ALPHABET - found if "_NOT_" in name else found


def _bodies(operation: Any, argument: Any) -> list[Any]:
    if operation in _REPEATS:
        return [argument[2]]
    if operation is _op.SUBPATTERN:
        return [argument[-1]]
    if operation is _op.BRANCH:
        return list(argument[1])
    if operation in (_op.ASSERT, _op.ASSERT_NOT):
        return [argument[1]]
    if operation is getattr(_op, "ATOMIC_GROUP", None):
        return [argument]
    return []
