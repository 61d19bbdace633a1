"""Path patterns: `docs/{page}/{section}.mdx`, filled in for an export and matched against files for an import."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.content.files.safe_paths import path_problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PLACEHOLDERS", "Pattern", "parse_pattern"]

PLACEHOLDERS: Final = ("page", "section", "environment", "site", "path")
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_MEANS: Final = {
    "page": r"[a-z0-9][a-z0-9._-]*",
    "section": r"[a-z0-9][a-z0-9._-]*",
    "environment": r"preview|production",
    "site": r"[a-z0-9][a-z0-9._-]*",
    "path": r".+",
}
_SAMPLE: Final = {"page": "page", "section": "section", "environment": "preview", "site": "site", "path": "path"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A valid pattern. Make it with `parse_pattern`."""

    text: str
    names: frozenset[str]
    matcher: re.Pattern[str]

    @property
    def folder(self) -> str:
        """The folder below which all files of the pattern are; empty for the target itself."""
        return self.text.partition("{")[0].rpartition("/")[0]

    @property
    def depth(self) -> int | None:
        """How many folders deep files are; `None` if that depends on the path of the page."""
        return None if "path" in self.names else self.text.count("/")

    def fill(self, values: Mapping[str, str]) -> str:
        """The path with the values in it. Whether it is a safe one is not checked here."""
        return _PLACEHOLDER.sub(lambda found: values[found[1]], self.text)

    def match(self, path: str) -> dict[str, str] | None:
        """What the placeholders stand for in a path of this pattern."""
        found = self.matcher.fullmatch(path)
        return None if found is None else found.groupdict()


def parse_pattern(text: str) -> Pattern:
    """Raises `ContentError` (invalid-pattern)."""
    names = frozenset(_PLACEHOLDER.findall(text))
    problem = _problem(text, names)
    if problem:
        message = f'The path pattern "{text}" {problem}'
        raise ContentError("invalid-pattern", message)
    return Pattern(text, names, re.compile(_regex(text)))


def _problem(text: str, names: frozenset[str]) -> str | None:
    for name in sorted(names - {*PLACEHOLDERS}):
        return f'holds the unknown placeholder "{{{name}}}": {did_you_mean(name, PLACEHOLDERS)}'
    filled = _PLACEHOLDER.sub(lambda found: _SAMPLE[found[1]], text)
    if "{" in filled or "}" in filled:
        return "has a brace without its partner; placeholders are written {page}."
    refusal = path_problem(filled)
    return f"cannot be used: {refusal}" if refusal else None


def _regex(text: str) -> str:
    """A placeholder that comes again must stand for the same."""
    pieces: list[str] = []
    seen: set[str] = set()
    for index, piece in enumerate(_PLACEHOLDER.split(text)):
        if index % 2 == 0:
            pieces.append(re.escape(piece))
        elif piece in seen:
            pieces.append(f"(?P={piece})")
        else:
            seen.add(piece)
            pieces.append(f"(?P<{piece}>{_MEANS[piece]})")
    return "".join(pieces)
