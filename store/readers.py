"""Read connections: a few, opened when they are needed. Reads are short, as a long one keeps the WAL from shrinking."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import anyio

from copydesk.store.connection import Connection, open_connection
from copydesk.store.database import Database
from copydesk.store.errors import StoreClosed

if TYPE_CHECKING:
    from copydesk.store.driver import sqlite

__all__ = ["Readers"]

P = ParamSpec("P")
T = TypeVar("T")

_MOST: Final = 4
_CLOSING_SECONDS: Final = 2.0


class Readers:
    """A pool of read connections. A read sees one snapshot, and never waits for a write."""

    def __init__(self, path: Path, *, most: int = _MOST) -> None:
        self._path = path
        self._free: list[Connection] = []
        self._places = anyio.Semaphore(most)
        self._most = most
        self._taken = 0
        self._reading: set[Connection] = set()
        self._closed = False

    async def read(self, function: Callable[Concatenate[Database, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(database, …)` returns, run in a read transaction. Raises what it raised, or a `StoreError`."""
        async with self._places:
            if self._closed:
                raise StoreClosed
            connection = self._free.pop() if self._free else await open_connection(self._path, read_only=True)
            self._reading.add(connection)
            try:
                return await _finish(connection.run(_snapshot, lambda database: function(database, *args, **kwargs)))
            finally:
                self._reading.discard(connection)
                self._free.append(connection)

    async def close(self) -> None:
        """Close all connections. Reads under way get a moment to finish, and then raise `StoreClosed`."""
        self._closed = True
        with anyio.move_on_after(_CLOSING_SECONDS) as moment:
            await self._take_all_places()
        if moment.cancelled_caught:
            for connection in self._reading:
                await connection.interrupt()
            await self._take_all_places()
        for connection in self._free:
            await connection.close()
        self._free.clear()
        for _ in range(self._taken):
            self._places.release()

    async def _take_all_places(self) -> None:
        while self._taken < self._most:
            await self._places.acquire()
            self._taken += 1


async def _finish(read: Awaitable[T]) -> T:
    """Wait even when cancelled: the thread cannot be stopped, and nobody shall have to wait behind a cancelled read."""
    with anyio.CancelScope(shield=True):
        answer = await read
    return answer  # noqa: RET504  (for the type checker, the scope may swallow an error)


def _snapshot(connection: sqlite.Connection, function: Callable[[Database], Any]) -> Any:
    connection.execute("BEGIN DEFERRED")
    try:
        return function(Database(connection))
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
