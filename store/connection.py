"""Connections: opened with our pragmas, used by handing a function to their thread, one hop at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar, cast

import aiosqlite
import anyio
import anyio.to_thread

from copydesk.store.driver import SQLITE_VERSION, is_busy, sqlite, translate, wal_is_safe
from copydesk.store.errors import StoreClosed, UnsafeSqlite

if TYPE_CHECKING:
    from collections.abc import Awaitable

__all__ = ["Connection", "Patience", "choose_journal", "open_connection", "when_free"]

P = ParamSpec("P")
T = TypeVar("T")

_RETRY_SECONDS: Final = 0.0005
_READER_BUSY_MILLISECONDS: Final = 5_000
_CONVERSION_SECONDS: Final = 2.0


class Patience:
    """How long to wait for another process's lock. It can be shortened while somebody waits."""

    def __init__(self, seconds: float = 30.0) -> None:
        self.seconds = seconds


class Connection(aiosqlite.Connection):
    """An aiosqlite connection that runs a whole function on its thread instead of single statements."""

    async def run(
        self, function: Callable[Concatenate[sqlite.Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `function(driver connection, …)` returns. Functions run one after the other, in the order of calls.

        A cancelled caller does not stop a function: so it must begin and end its own transaction.
        Raises the store's errors in place of the driver's.
        """
        if not self._running or self._connection is None:
            raise StoreClosed
        execute = cast("Callable[..., Awaitable[T]]", self._execute)
        try:
            return await execute(function, self._connection, *args, **kwargs)
        except sqlite.Error as error:
            raise translate(error) from error

    async def thread_ended(self) -> None:
        """Wait for the thread after a failed start: aiosqlite only asks it to stop, and it may outlive the loop."""
        await anyio.to_thread.run_sync(self._thread.join)


async def open_connection(path: Path, *, read_only: bool) -> Connection:
    """Open the file. A reader refuses all writes and does not create the file. The journal is chosen separately."""
    connection = Connection(lambda: _connect(path, read_only=read_only), iter_chunk_size=64)
    # Only the thread's answer tells whether there is a connection to close: wait for it, even when cancelled.
    with anyio.CancelScope(shield=True):
        try:
            await connection
        except sqlite.Error as error:
            await connection.thread_ended()
            raise translate(error) from error
    return connection


def choose_journal(connection: sqlite.Connection, *, allow_unsafe_wal: bool, version: str = SQLITE_VERSION) -> str:
    """Put the database into WAL mode where this SQLite is safe with it. Returns the journal mode in force.

    Raises `UnsafeSqlite` for a file that is in WAL mode already when this SQLite could damage it.
    """
    current: str = when_free(lambda: connection.execute("PRAGMA journal_mode").fetchone()[0], Patience())
    if wal_is_safe(version) or allow_unsafe_wal:
        return current if current == "wal" else _convert_to_wal(connection, current)
    if current == "wal":
        message = (
            f"SQLite {version} can damage this database, which is in WAL mode. Install `pysqlite3` or a SQLite "
            "of 3.51.3 or later; or, at your own risk and for one process at a time, allow it with `allow_unsafe_wal`."
        )
        raise UnsafeSqlite(message)
    return current


def when_free(action: Callable[[], T], patience: Patience) -> T:
    """Do it, and again while another connection holds the lock. SQLite's own wait is unfair under load."""
    start = time.monotonic()
    while True:
        try:
            return action()
        except sqlite.OperationalError as error:
            if not is_busy(error) or time.monotonic() - start >= patience.seconds:
                raise
        time.sleep(_RETRY_SECONDS)


def _convert_to_wal(connection: sqlite.Connection, current: str) -> str:
    try:
        mode: str = when_free(
            lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone()[0], Patience(_CONVERSION_SECONDS)
        )
    except sqlite.OperationalError as error:
        if not is_busy(error):
            raise
        return current  # A process with an affected SQLite has it open: its journal serves us too.
    return mode


def _connect(path: Path, *, read_only: bool) -> sqlite.Connection:
    """Runs on the connection's thread. Other threads only interrupt it."""
    connection = sqlite.connect(
        f"{path.as_uri()}?mode={'rw' if read_only else 'rwc'}",
        uri=True,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite.Row
    patience = Patience()  # Some pragmas read the file, which another process may be creating or recovering.
    try:
        for pragma in _pragmas(read_only=read_only):
            when_free(partial(connection.execute, f"PRAGMA {pragma}"), patience)
    except sqlite.Error:  # A damaged file may show here already.
        connection.close()
        raise
    return connection


def _pragmas(*, read_only: bool) -> tuple[str, ...]:
    both = ("trusted_schema = OFF", "foreign_keys = ON", "temp_store = MEMORY")
    if read_only:
        return (*both, f"busy_timeout = {_READER_BUSY_MILLISECONDS}", "query_only = ON")
    return (*both, "busy_timeout = 0", "synchronous = FULL")
