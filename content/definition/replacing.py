"""Writing a file whole or not at all, and only over what was read of it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from copydesk.content.errors import ContentError

__all__ = ["create_file", "replace_file"]

_STALE_SECONDS: Final = 60
"""A new file beside the old one that is older than this was left behind by a process that died."""
_NEW_FILE_MODE: Final = 0o644


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Let `path`, which held `before`, hold `after` and keep its mode. Others see the one or the other, never a part.

    Raises `ContentError`: file-changed when it holds something else by now, file-busy while another process writes
    it, unwritable when the system refuses. The file is then as it was.
    """
    with _writing(path), _new_file(path) as (file, new):
        if path.read_bytes() != before:
            message = f"{path.name} was changed by somebody else in the meantime. Nothing was written; try again."
            raise ContentError("file-changed", message)
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & stat.S_IWUSR:
            message = f"{path.name} is read-only. Nothing was written; make it writable first."
            raise ContentError("unwritable", message)
        _fill(file, after, mode)
        new.replace(path)
        _keep_folder(path.parent)


def create_file(path: Path, content: bytes) -> None:
    """A new file, whole or not at all. Raises `ContentError`: file-changed if there is one, file-busy, unwritable."""
    with _writing(path), _new_file(path) as (file, new):
        if path.exists() or path.is_symlink():
            message = f"{path.name} has been made by somebody else in the meantime. Nothing was written; try again."
            raise ContentError("file-changed", message)
        _fill(file, content, _NEW_FILE_MODE)
        new.replace(path)
        _keep_folder(path.parent)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        message = f"{path.name} was removed in the meantime. Nothing was written."
        raise ContentError("file-changed", message) from error
    except OSError as error:
        message = f"{path.name} cannot be written ({error.strerror}). Nothing was changed."
        raise ContentError("unwritable", message) from error


@contextmanager
def _new_file(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """An empty file beside `path`, open and by its name. Only one process at a time can have it."""
    new = path.with_name(f".{path.name}.copydesk-new")
    is_in_place = False
    with os.fdopen(_open_new(new), "wb") as file:
        try:
            yield file, new
            is_in_place = True
        finally:
            file.close()
            if not is_in_place:  # otherwise the name may be another process's by now
                new.unlink(missing_ok=True)


def _open_new(new: Path) -> int:
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    try:
        return os.open(new, flags, 0o600)
    except FileExistsError as error:
        if new.is_symlink() or time.time() - new.lstat().st_mtime < _STALE_SECONDS:
            message = f"Another process is writing this file ({new.name}). Nothing was written; try again in a moment."
            raise ContentError("file-busy", message) from error
    new.unlink(missing_ok=True)
    return os.open(new, flags, 0o600)


def _fill(file: BinaryIO, content: bytes, mode: int) -> None:
    """All of it, on the disk, before the file gets its name."""
    file.write(content)
    file.flush()
    if hasattr(os, "fchmod"):
        os.fchmod(file.fileno(), mode)
    os.fsync(file.fileno())
    file.close()  # some systems rename no open file


def _keep_folder(folder: Path) -> None:
    """The new name is on the disk too; not every system can say so."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
