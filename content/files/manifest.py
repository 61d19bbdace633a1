"""The manifest: which files of a target folder an export wrote, with their hashes. No other file is touched.

An entry may have two hashes: before files are written it gets the new one beside the old, afterwards only the new.
So a file is known as ours even if the process ended between the two.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.errors import ContentError
from copydesk.content.files.safe_paths import link_problem, path_problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["MANIFEST", "Entry", "content_hash", "dump_manifest", "read_manifest"]

MANIFEST: Final = ".copydesk-export.json"
_VERSION: Final = 1
_LARGEST: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `made_by`: site, profile, format and environment; exports with others leave it alone."""

    made_by: str
    page: str
    section: str | None
    hashes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"madeBy": self.made_by, "page": self.page, "section": self.section, "hashes": list(self.hashes)}


def content_hash(content: bytes) -> str:
    """The hash of a file's bytes; line ends do not count, since version control may change them."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read_manifest(target: Path) -> dict[str, Entry]:
    """The entries by path; none if nothing was exported to this folder. Raises `ContentError` (invalid-manifest)."""
    path = target / MANIFEST
    problem = link_problem(target, MANIFEST)
    if problem:
        raise _invalid(path, problem)
    if not path.exists():
        return {}
    if path.stat().st_size > _LARGEST:
        raise _invalid(path, f"It is larger than {_LARGEST} bytes.")
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _invalid(path, "It is not valid JSON.") from error
    if not isinstance(data, dict) or data.get("version") != _VERSION or not isinstance(data.get("files"), dict):
        raise _invalid(path, f"It is no manifest of version {_VERSION}.")
    return {name: _entry(path, name, value) for name, value in data["files"].items()}


def dump_manifest(entries: Mapping[str, Entry]) -> bytes:
    """The manifest as a file; the same for the same entries."""
    files = {path: entries[path].as_json() for path in sorted(entries)}
    data = {"about": "Written by copydesk export; it tells its files from yours.", "version": _VERSION, "files": files}
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _entry(manifest: Path, name: str, value: Any) -> Entry:
    problem = path_problem(name)
    if problem:
        raise _invalid(manifest, problem)
    match value:
        case {"madeBy": str(made_by), "page": str(page), "section": str() | None as section, "hashes": list(hashes)}:
            return Entry(made_by, page, section, tuple(str(one) for one in hashes))
    raise _invalid(manifest, f'The entry "{name}" is incomplete.')


def _invalid(path: Path, problem: str) -> ContentError:
    message = (
        f"{path} cannot be used, so that copydesk's own files cannot be told from yours: {problem} Restore it, or "
        "remove it and export with overwrite."
    )
    return ContentError("invalid-manifest", message)
