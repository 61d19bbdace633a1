"""Wake-ups between processes: each has a Unix datagram socket beside the database, and the others ring it.

Where there are no such sockets (Windows, some file systems), polling alone notices commits.
"""

from __future__ import annotations

import logging
import socket
import stat
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import anyio

from copydesk.store.database import Topic

__all__ = ["Bells"]

_LOG = logging.getLogger(__name__)

_SUFFIX: Final = ".bell"
_LONGEST_PATH: Final = 103
_CHECK_SECONDS: Final = 30.0
_MTIME_GRAIN_NANOSECONDS: Final = 100_000_000


class Bells:
    """This process's bell, and the way to the others'."""

    def __init__(
        self,
        directory: Path,
        owner: str,
        heard: Callable[[frozenset[Topic]], None],
        *,
        check_seconds: float = _CHECK_SECONDS,
    ) -> None:
        self._directory = directory
        self._name = owner + _SUFFIX
        self._heard = heard
        self._check_seconds = check_seconds
        self._short: Path | None = None
        self._sender: socket.socket | None = None
        self._bell: socket.socket | None = None
        self._others = _Listing(directory, self._name)

    @property
    def works(self) -> bool:
        """Whether others can ring here. If not, only polling notices them."""
        return self._bell is not None

    def open(self) -> None:
        """Hang up the bell. Where that fails there is none, and polling goes on faster."""
        if not hasattr(socket, "AF_UNIX"):
            return
        try:
            self._sender = self._sender or _datagram_socket()
            self._bind()
        except OSError as error:
            _LOG.info("no bell in %s, polling instead: %s", self._directory, error)

    async def listen(self) -> None:
        """Hear the others, for ever. Hangs the bell up again when somebody has removed it."""
        while True:
            if self._bell is None:
                await anyio.sleep(self._check_seconds)
            else:
                await self._hear(self._bell)
            if not self._hangs():
                self._drop()
                self.open()

    def ring(self, topics: Iterable[Topic]) -> None:
        """Wake the other processes. Never blocks and never fails: who misses it, polls."""
        if self._sender is None:
            return
        payload = "".join(sorted(topics)).encode("ascii")
        for name in self._others.names():
            self._ring_one(self._sender, name, payload)

    def close(self) -> None:
        self._drop()
        with suppress(FileNotFoundError):
            (self._directory / self._name).unlink()
        if self._sender is not None:
            self._sender.close()
            self._sender = None
        if self._short is not None:
            self._short.unlink(missing_ok=True)
            self._short.parent.rmdir()
            self._short = None

    def _ring_one(self, sender: socket.socket, name: str, payload: bytes) -> None:
        try:
            sender.sendto(payload, self._address(name))
        except ConnectionRefusedError:
            _unlink_socket(self._directory / name)
        except OSError:
            # Full (EAGAIN, ENOBUFS) means that it has rung already, and gone that nobody is there to hear.
            pass

    async def _hear(self, bell: socket.socket) -> None:
        with anyio.move_on_after(self._check_seconds):
            await anyio.wait_readable(bell)
            self._heard(_drain(bell))

    def _bind(self) -> None:
        path = self._directory / self._name
        _unlink_socket(path)
        bell = _datagram_socket()
        try:
            bell.bind(self._address(self._name))
        except OSError:
            bell.close()
            raise
        path.chmod(0o600)
        self._bell = bell

    def _drop(self) -> None:
        if self._bell is not None:
            self._bell.close()
            self._bell = None

    def _hangs(self) -> bool:
        return self._bell is not None and (self._directory / self._name).is_socket()

    def _address(self, name: str) -> str:
        """The socket's path, through a short link where it is too long for the kernel."""
        path = self._directory / name
        if len(bytes(path)) <= _LONGEST_PATH:
            return str(path)
        if self._short is None:
            self._short = Path(tempfile.mkdtemp(prefix="cd-", dir="/tmp")) / "r"
            self._short.symlink_to(self._directory, target_is_directory=True)
        return str(self._short / name)


class _Listing:
    """The names of the other bells, read again when the folder has changed."""

    def __init__(self, directory: Path, own: str) -> None:
        self._directory = directory
        self._own = own
        self._names: tuple[str, ...] = ()
        self._changed = -1

    def names(self) -> tuple[str, ...]:
        try:
            changed = self._directory.stat().st_mtime_ns
            if changed != self._changed:
                self._names = tuple(self._read())
                # A change in the same grain of the file system's clock would not show: do not trust a fresh one.
                self._changed = changed if time.time_ns() - changed > _MTIME_GRAIN_NANOSECONDS else -1
        except OSError:
            return ()
        return self._names

    def _read(self) -> Iterable[str]:
        return (path.name for path in self._directory.glob(f"*{_SUFFIX}") if path.name != self._own)


def _datagram_socket() -> socket.socket:
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.setblocking(False)
    return bell


def _drain(bell: socket.socket) -> frozenset[Topic]:
    """All that was rung. Letters that we do not know are a newer copydesk's."""
    letters = ""
    with suppress(BlockingIOError):
        while True:
            letters += bell.recv(64).decode("ascii", errors="ignore")
    return frozenset(topic for topic in Topic if topic in letters)


def _unlink_socket(path: Path) -> None:
    """Remove a bell that nobody hears: only if it is a socket."""
    with suppress(OSError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
