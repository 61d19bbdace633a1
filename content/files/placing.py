"""Putting files in their places: whole or not at all, and never through a link."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError
from copydesk.content.files.manifest import MANIFEST
from copydesk.content.files.safe_paths import link_problem, path_problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["place_file", "remove_file", "sync_folders"]


def place_file(target: Path, path: str, content: bytes) -> None:
    """Write the file beside its place, on the disk, and let it take the place in one step.

    Raises `ContentError` (unsafe-path, cannot-write).
    """
    place = _checked(target, path)
    with _named_failures(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        _checked(target, path)
        temporary = place.with_name(f".copydesk-{secrets.token_hex(8)}.tmp")
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if place.exists():
                temporary.chmod(place.stat().st_mode & 0o777)
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)


def remove_file(target: Path, path: str) -> None:
    """Remove a file, and the folders that are empty without it, up to the target."""
    place = _checked(target, path)
    with _named_failures(place):
        place.unlink()
    with contextlib.suppress(OSError):  # The first folder that is not empty ends it.
        for folder in place.relative_to(target).parents:
            if folder.name:
                (target / folder).rmdir()


def sync_folders(folders: set[Path]) -> None:
    """Bring the new names in these folders to the disk, where the system has a way to."""
    for folder in sorted(folders):
        with contextlib.suppress(OSError):  # Windows cannot open folders, and has no need to.
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _checked(target: Path, path: str) -> Path:
    problem = (None if path == MANIFEST else path_problem(path)) or link_problem(target, path)
    if problem:
        raise ContentError("unsafe-path", f"{problem} Nothing was written there.")
    return target / path


@contextlib.contextmanager
def _named_failures(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"{place} cannot be written: {reason}. Files that were written before stay; export again afterwards."
        raise ContentError("cannot-write", message) from error
