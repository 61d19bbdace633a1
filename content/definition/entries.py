"""One mapping of a site file, asked for its values by key; what is missing or of the wrong kind becomes a problem."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from copydesk.content.definition.problems import Findings
from copydesk.content.definition.reader import Key, KeyPath
from copydesk.content.definition.suggestions import did_you_mean

__all__ = ["Entry", "kind", "opened"]

_LONGEST_QUOTE = 60
_MOST_UNKNOWN = 50
"""Unknown keys of one mapping that are told one by one: each is compared with those that there are."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A mapping at `path`; `name` is how sentences call it: `page "home"`.

    Every question is answered with a usable value, so that one mistake does not hide the next; the caller looks at
    the findings before it uses what was built.
    """

    values: dict[str, Any]
    path: KeyPath
    name: str
    findings: Findings

    def problem(self, key: Key | None, message: str) -> None:
        self.findings.add(self.path if key is None else (*self.path, key), message)

    def check_keys(self, allowed: tuple[str, ...], required: tuple[str, ...] = ()) -> None:
        unknown = [key for key in self.values if key not in allowed]
        for key in unknown[:_MOST_UNKNOWN]:
            self.problem(key, f'{self.title} has an unknown key "{quote(key)}"; {did_you_mean(key, allowed)}')
        if len(unknown) > _MOST_UNKNOWN:
            self.problem(unknown[_MOST_UNKNOWN], f"{self.title} has {len(unknown) - _MOST_UNKNOWN:,} more.")
        for key in required:
            if key not in self.values:
                self.problem(None, f'{self.title} lacks the key "{key}"; add it.')

    @property
    def title(self) -> str:
        return self.name[:1].upper() + self.name[1:]

    def text(self, key: str, *, may_be_empty: bool = False) -> str | None:
        """The text under `key`; None if the key is absent, or what stands there is not text."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, str):
            hint = _quoting_hint(value)
            self.problem(key, f'"{key}" of {self.name} must be text, but it is {kind(value)}{hint}')
            return None
        if not may_be_empty and not value.strip():
            self.problem(key, f'"{key}" of {self.name} is empty; write something, or remove the key if it is optional.')
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.values.get(key, default)
        if isinstance(value, bool):
            return value
        self.problem(key, f'"{key}" of {self.name} must be true or false, but it is {kind(value)}.')
        return default

    def texts(self, key: str) -> Iterator[tuple[int, str]]:
        """The texts of the list under `key`, each with its index; none if the key is absent."""
        for index, value in enumerate(self._list(key)):
            if isinstance(value, str) and value.strip():
                yield index, value
            else:
                message = f'"{key}" of {self.name} must list texts, but number {index + 1} is {kind(value)}.'
                self.findings.add((*self.path, key, index), message)

    def items(self, key: str) -> Iterator[tuple[int, Any]]:
        yield from enumerate(self._list(key))

    def mapping(self, key: str) -> dict[str, Any] | None:
        value = self.values.get(key)
        if key not in self.values or isinstance(value, dict):
            return value
        self.problem(key, f'"{key}" of {self.name} must be a mapping of keys to values, but it is {kind(value)}.')
        return None

    def _list(self, key: str) -> list[Any]:
        value = self.values.get(key, [])
        if isinstance(value, list):
            return value
        self.problem(key, f'"{key}" of {self.name} must be a list ("- " before each item), but it is {kind(value)}.')
        return []


def opened(value: object, path: KeyPath, name: str, findings: Findings) -> Entry | None:
    """The entry at `path`, or None (and a problem) if no mapping stands there."""
    if isinstance(value, dict):
        return Entry(value, path, name, findings)
    title = name[:1].upper() + name[1:]
    findings.add(path, f"{title} must be a mapping of keys to values, but it is {kind(value)}.")
    return None


def kind(value: object) -> str:
    """What a person would call the value: `a number (42)`, `a list`, `empty`."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return "empty"
    if isinstance(value, bool):
        return "the value true" if value else "the value false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f'the text "{quote(value)}"'
    return "a list" if isinstance(value, list) else "a mapping"


def quote(text: str) -> str:
    """Text of a user's file, on one line and short enough for a sentence."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"


def _quoting_hint(value: object) -> str:
    return "; put it in quotes." if isinstance(value, (bool, int, float)) else "."
