"""Who is alive on this machine: each process holds a lock on a file of its own, and the kernel drops it at death.

On Windows nobody is known to be dead, and leases alone decide.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

__all__ = ["Presence"]

_LOCK: Final = ".lock"
_DEAD: Final = ".dead"
_REMEMBERED_SECONDS: Final = 3_600

_LOG = logging.getLogger(__name__)

_held: set[int] = set()


class Presence:
    """This process's lock, and the look at the others'. An owner's name is part of a file name."""

    def __init__(self, directory: Path, owner: str) -> None:
        self._directory = directory
        self._owner = owner
        self._descriptor: int | None = None

    def open(self) -> None:
        """Take the lock, and tidy up after the dead."""
        if sys.platform == "win32":
            return
        try:
            self._sweep()
            self._descriptor = _create_locked(self._directory, self._owner)
        except OSError as error:  # Without a lock we are unknown to the others, and our leases alone speak for us.
            _LOG.info("no lock in %s: %s", self._directory, error)
        else:
            _held.add(self._descriptor)

    @property
    def works(self) -> bool:
        """Whether this process's death would be noticed; if not, its leases run out instead."""
        return self._descriptor is not None

    def is_dead(self, owner: str) -> bool:
        """Whether this owner ended without saying so. `False` if it lives, left properly or was never here."""
        if sys.platform == "win32" or owner == self._owner:
            return False
        try:
            with _descriptor(self._directory / (owner + _LOCK)) as lock:
                return _is_free(lock)
        except FileNotFoundError:
            return (self._directory / (owner + _DEAD)).exists()
        except OSError:  # Unreadable (another user's?) means unknown, and unknown is not dead.
            return False

    def close(self) -> None:
        if self._descriptor is None:
            return
        (self._directory / (self._owner + _LOCK)).unlink(missing_ok=True)
        _held.discard(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None

    def _sweep(self) -> None:
        """The locks of the dead become notes of their death, for those who still have to notice, and go later."""
        for lock in self._directory.glob(f"*{_LOCK}"):
            if self.is_dead(lock.stem):
                with suppress(FileNotFoundError):
                    os.utime(lock)
                    lock.rename(lock.with_suffix(_DEAD))
        for note in self._directory.glob(f"*{_DEAD}"):
            with suppress(FileNotFoundError):
                if time.time() - note.stat().st_mtime > _REMEMBERED_SECONDS:
                    note.unlink()


def _create_locked(directory: Path, owner: str) -> int:
    """Lock it under another name first: an unlocked file under the owner's name would say that it is dead."""
    hidden = directory / f"{owner}.new"
    descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        hidden.rename(directory / (owner + _LOCK))
    except OSError:
        os.close(descriptor)
        hidden.unlink(missing_ok=True)
        raise
    return descriptor


@contextmanager
def _descriptor(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    """A shared lock, so that two who look at once do not take each other for the owner."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _let_go_in_child() -> None:
    """A forked child would keep its parent's lock after the parent's death."""
    for descriptor in _held:
        with suppress(OSError):
            os.close(descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)
