"""Names for new source files: where they may stand, and what they may be called on every system."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from copydesk.content.definition.suggestions import listed
from copydesk.content.errors import ContentError

__all__ = ["DEFAULT_FOLDER", "RESERVED", "checked_source", "source_folders"]

DEFAULT_FOLDER: Final = "facts"
_SUFFIXES: Final = (".md", ".txt")
_SEGMENT: Final = re.compile(r"\w[\w .-]*")
RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices, with any suffix."""
_LONGEST: Final = 100
_MOST_SEGMENTS: Final = 4


def source_folders(patterns: Iterable[str]) -> tuple[str, ...]:
    """The folders at the top of the project that the patterns of a site lead to; `facts` at least."""
    folders = [pattern.split("/")[0] for pattern in patterns if "/" in pattern]
    plain = [folder for folder in folders if not set(folder) & set("*?[")]
    return tuple(dict.fromkeys(plain)) or (DEFAULT_FOLDER,)


def checked_source(root: Path, name: str, folders: tuple[str, ...]) -> str:
    """The path of the source, relative to the project (POSIX): `prices` is `facts/prices.md`.

    Raises `ContentError` (invalid-name) for a name that leads elsewhere, or that not every system can have.
    """
    path = name.strip()
    if "/" not in path:
        path = f"{folders[0]}/{path}"
    if not path.endswith(_SUFFIXES):
        path = f"{path}.md"
    problem = _problem(path, folders) or _problem_on_disk(root, path)
    if problem:
        message = f'"{name[:_LONGEST]}" cannot be the name of a source: {problem} For example "{folders[0]}/prices.md".'
        raise ContentError("invalid-name", message)
    return path


def _problem(path: str, folders: tuple[str, ...]) -> str | None:
    """What the name alone says."""
    segments = path.split("/")
    if path.startswith(("/", "~")) or "\\" in path or ":" in path or {".", ".."} & set(segments):
        return "it leads outside the project's sources."
    if segments[0] not in folders:
        return f"sources stand below {listed(folders)}."
    if len(path) > _LONGEST or len(segments) > _MOST_SEGMENTS:
        return f"it is longer than {_LONGEST} characters, or deeper than {_MOST_SEGMENTS} names."
    for segment in segments:
        if not _SEGMENT.fullmatch(segment) or segment.endswith((".", " ")):
            return f'"{segment}" may hold only letters, digits, spaces, dots, hyphens and underscores.'
        if RESERVED.fullmatch(segment):
            return f'"{segment}" is a name that Windows keeps for itself.'
    return None


def _problem_on_disk(root: Path, path: str) -> str | None:
    """What stands where the file would go: links lead elsewhere, and some systems take `A.md` for `a.md`."""
    here = root
    for segment in path.split("/"):
        if here.is_dir():
            others = [child.name for child in here.iterdir() if child.name.casefold() == segment.casefold()]
            if others and segment not in others:
                return f'"{others[0]}" is already there, and on some systems that is the same name.'
        here /= segment
        if here.is_symlink():
            return f'"{segment}" is a link.'
    is_in_the_way = here.exists() and not here.is_file()
    return "something that is not a file stands there." if is_in_the_way else None
