"""The source files of a project: texts with facts that writers may use. Nothing outside the project is ever read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import TypeAlias

__all__ = ["LARGEST_SOURCE", "FileMark", "Sources", "UnreadableFile", "mark_of", "pattern_matches", "read_bounded"]

LARGEST_SOURCE = 256 * 1024
LARGEST_TOTAL = 2 * 1024 * 1024
_MOST_FILES = 1_000
_DEEPEST = 16
_LONGEST_PATTERN = 200

FileMark: TypeAlias = tuple[int, int, int]
"""What changes when a file does: modification time in nanoseconds, size, inode."""


class UnreadableFile(Exception):
    """The file cannot be used; the message completes a sentence that begins with its name."""


@dataclass(slots=True)
class Sources:
    """The files below `root` that the patterns of a site name. Each pattern is looked up once."""

    root: Path
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    first_marks: dict[str, FileMark | None] = field(default_factory=dict)

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Paths relative to the root (POSIX, sorted). Empty when nothing matches or the pattern is refused."""
        if pattern not in self.found:
            self.found[pattern], refusal = _find(self.root, pattern)
            if refusal:
                self.refusals[pattern] = refusal
            for name in self.found[pattern]:
                self.first_marks.setdefault(name, mark_of(self.root / name))
        return self.found[pattern]

    def texts(self) -> tuple[dict[str, str], dict[str, str]]:
        """The text of every file found so far by its path, and why the others cannot be used."""
        texts: dict[str, str] = {}
        refused: dict[str, str] = {}
        total = 0
        for name in sorted(self.first_marks):
            try:
                content = read_bounded(self.root / name, LARGEST_SOURCE)
                total += len(content)
                texts[name] = _text(content, total)
            except UnreadableFile as unreadable:
                refused[name] = str(unreadable)
        return texts, refused

    def marks_when_found(self) -> tuple[tuple[str, FileMark | None], ...]:
        """The files that the patterns matched, and the mark of each before it was read."""
        return tuple(sorted(self.first_marks.items()))

    def marks(self) -> tuple[tuple[str, FileMark | None], ...]:
        """The same as it is now: equal to `marks_when_found` as long as nothing changed."""
        names = sorted({name for pattern in self.found for name in _find(self.root, pattern)[0]})
        return tuple((name, mark_of(self.root / name)) for name in names)


def mark_of(path: Path) -> FileMark | None:
    """The mark of a file; None when there is none."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


def pattern_matches(pattern: str, name: str) -> bool:
    """Whether the pattern names this file (relative to the project, POSIX), were it there."""
    return _refusal(pattern) is None and _segments_match(tuple(pattern.split("/")), tuple(name.split("/")))


def _segments_match(pattern: tuple[str, ...], name: tuple[str, ...]) -> bool:
    if not pattern or not name:
        return not pattern and not name
    if pattern[0] == "**":
        return _segments_match(pattern[1:] or ("*",), name) or _segments_match(pattern, name[1:])
    return fnmatchcase(name[0], pattern[0]) and _segments_match(pattern[1:], name[1:])


def read_bounded(path: Path, largest: int) -> bytes:
    """The content of a regular file of at most `largest` bytes. Raises `UnreadableFile` otherwise."""
    try:
        # A pipe would block for ever: only regular files are opened.
        if not stat.S_ISREG(path.stat().st_mode):
            message = "is not a file"
            raise UnreadableFile(message)
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except FileNotFoundError as error:
        message = "does not exist"
        raise UnreadableFile(message) from error
    except OSError as error:
        message = f"cannot be read ({error.strerror})"
        raise UnreadableFile(message) from error
    if len(content) > largest:
        message = f"is larger than {_size(largest)}"
        raise UnreadableFile(message)
    return content


def _text(content: bytes, total: int) -> str:
    if total > LARGEST_TOTAL:
        message = f"goes beyond the {_size(LARGEST_TOTAL)} that all sources together may have"
        raise UnreadableFile(message)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "is not UTF-8 text"
        raise UnreadableFile(message) from error
    if "\0" in text:
        message = "holds NUL characters, so it is not text"
        raise UnreadableFile(message)
    return text


def _size(count: int) -> str:
    return f"{count // 1024} KB" if count < 1024 * 1024 else f"{count // (1024 * 1024)} MB"


def _find(root: Path, pattern: str) -> tuple[tuple[str, ...], str | None]:
    refusal = _refusal(pattern)
    if refusal:
        return (), refusal
    matches = sorted(set(islice(_walk(root, tuple(pattern.split("/")), 0), _MOST_FILES + 1)))
    if not matches:
        return (), "matches no file; create one, or correct the pattern"
    if len(matches) > _MOST_FILES:
        return (), f"matches more than {_MOST_FILES:,} files; narrow it"
    outside = [path for path in matches if not _is_inside(root, path)]
    if outside:
        return (), f'leads outside the project through "{outside[0].relative_to(root).as_posix()}"'
    return tuple(path.relative_to(root).as_posix() for path in matches), None


def _refusal(pattern: str) -> str | None:
    segments = pattern.split("/")
    if pattern.startswith(("/", "~")) or "\\" in pattern or ":" in pattern or ".." in segments:
        return 'leads outside the project; name files below the folder of site.yaml, with "/" between folders'
    if len(pattern) > _LONGEST_PATTERN or any(not segment.isprintable() for segment in segments):
        return "is not a usable pattern"
    if any(segment == "" or segment.startswith(".") for segment in segments):
        return 'names a hidden file or folder; write it without "./" and "//", and keep sources visible'
    if segments.count("**") > 1:
        return 'holds "**" more than once; once is enough'
    return None


def _walk(folder: Path, segments: tuple[str, ...], depth: int) -> Iterator[Path]:
    """The files below `folder` that the segments match, "**" standing for any folders. Hidden ones never match."""
    first, rest = segments[0], segments[1:]
    if first == "**":
        yield from _walk(folder, rest or ("*",), depth)
        for child in _listing(folder):
            # Links are not followed here: they may lead round in circles.
            if depth < _DEEPEST and _is_own_folder(child) and child.name != "node_modules":
                yield from _walk(folder / child.name, segments, depth + 1)
        return
    for child in _listing(folder):
        if not fnmatchcase(child.name, first):
            continue
        path = folder / child.name
        if rest and path.is_dir():
            yield from _walk(path, rest, depth + 1)
        elif not rest and path.is_file():
            yield path


def _is_own_folder(child: os.DirEntry[str]) -> bool:
    return child.is_dir(follow_symlinks=False)


def _listing(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return []


def _is_inside(root: Path, path: Path) -> bool:
    home, target = root.resolve(), path.resolve()
    hidden = target.is_relative_to(home) and any(part.startswith(".") for part in target.relative_to(home).parts)
    return target.is_relative_to(home) and not hidden
