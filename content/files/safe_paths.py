"""Which paths may be written or read: inside the target, through no link, and usable on every system."""

from __future__ import annotations

import re
import stat
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["LONGEST_PATH", "find_clashes", "folded", "link_problem", "path_problem"]

LONGEST_PATH: Final = 240
"""Bytes of a path below the target. Windows stops at 260 characters in all."""
_LONGEST_NAME: Final = 200
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE | re.DOTALL)
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')


def path_problem(path: str) -> str | None:
    """Why a path below the target cannot be used, as a sentence; `None` if it can. Its separator is `/`."""
    if not path or path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return f'"{path}" must be a path relative to the target folder.'
    if len(path.encode(errors="replace")) > LONGEST_PATH:
        return f'"{path[:60]}…" is longer than {LONGEST_PATH} bytes; use a shorter pattern or shorter ids.'
    reasons = (_name_problem(name) for name in path.split("/"))
    reason = next((reason for reason in reasons if reason), None)
    return reason and f'"{path}" {reason}.'


def _name_problem(name: str) -> str | None:
    found = _FORBIDDEN.search(name)
    reasons = {
        'has an empty part ("//", or "/" at its end)': not name,
        f'holds "{name}", which would lead elsewhere': name in (".", ".."),
        f'holds the hidden name "{name}", where tools keep their own files': name.startswith("."),
        f'holds "{name}": names cannot begin or end with a space, nor end with a dot, on every system': (
            name != name.strip() or name.endswith(".")
        ),
        f"holds {found and found[0]!r}, which file names cannot hold on every system": found is not None,
        f'holds "{name}", a reserved name on Windows; choose another id or pattern': _RESERVED.fullmatch(name),
        f"has a name longer than {_LONGEST_NAME} bytes": len(name.encode(errors="replace")) > _LONGEST_NAME,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def find_clashes(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of paths that cannot stand side by side: one file where letter case or accents' encoding do not count.

    A file where another path needs a folder is such a pair as well.
    """
    first: dict[str, str] = {}
    clashes: list[tuple[str, str]] = []
    for path in paths:
        name = folded(path)
        if name in first:
            clashes.append((first[name], path))
        first.setdefault(name, path)
    for name, path in first.items():
        above = (str(parent) for parent in PurePosixPath(name).parents)
        clashes += [(first[parent], path) for parent in above if parent in first]
    return clashes


def folded(path: str) -> str:
    """Equal for paths that are one file where letter case or the encoding of accents do not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def link_problem(target: Path, path: str) -> str | None:
    """Why the place cannot be used as it is on this disk: a link on the way, or no folder or file where one must be."""
    here = target
    *folders, last = path.split("/")
    for name in (*folders, last):
        here = here / name
        try:
            mode = here.lstat().st_mode
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            return f'"{path}" needs a folder where there is a file.'
        if stat.S_ISLNK(mode):
            shown = here.relative_to(target).as_posix()
            return f'"{shown}" is a symbolic link, and links are not followed; replace it by a real file or folder.'
        if stat.S_ISDIR(mode) != (here != target / path):
            wanted = "a file" if here == target / path else "a folder"
            return f'"{here.relative_to(target).as_posix()}" must be {wanted}, and is something else.'
        if here == target / path and not stat.S_ISREG(mode):
            return f'"{path}" is not an ordinary file.'
    return None
