"""The store: everything that lasts, in one SQLite file that many processes share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import anyio
import anyio.to_thread

from copydesk.store.backup import backup
from copydesk.store.bells import Bells
from copydesk.store.clock import Clock, SystemClock
from copydesk.store.connection import Connection, choose_journal, open_connection
from copydesk.store.database import Database, Topic
from copydesk.store.driver import SQLITE_VERSION
from copydesk.store.migrate import Migration, load_migrations, migrate, refuse_strangers
from copydesk.store.places import make_owner, prepare_folder, refuse_network_file_system
from copydesk.store.polling import poll_commits
from copydesk.store.presence import Presence
from copydesk.store.readers import Readers
from copydesk.store.signals import Signals
from copydesk.store.upkeep import keep_wal_small, truncate_wal
from copydesk.store.write_queue import WriteQueue

if TYPE_CHECKING:
    from copydesk.store.driver import sqlite

__all__ = ["Store", "open_store"]

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """An open store. Functions of this room run in its transactions: `await store.write(claim, owner=store.owner)`."""

    def __init__(self, path: Path, run: Path, connection: Connection, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self.owner = make_owner()
        """This process's name as a holder of claims, unlike any other's, ever."""
        self.sqlite_version = SQLITE_VERSION
        self.journal_mode = "unknown"
        """SQLite's journal mode of the open file: `wal`, or `delete` where this SQLite is not safe with WAL."""
        self.signals = Signals()
        self.presence = Presence(run, self.owner)
        self._bells = Bells(run, self.owner, self.signals.tell)
        self._connection = connection
        self._readers = Readers(path)
        self._queue = WriteQueue(connection, tell=self._tell)

    async def write(self, function: Callable[Concatenate[Database, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(database, …)` returns, once it is committed and on the disk.

        It shares the commit with what arrives at the same time, and may be run twice: SQL only, no side effects.
        Cancelled before its turn it is skipped whole; later it stands whole. Raises what the function raised, or
        a `StoreError`; then nothing of it is stored.
        """
        return await self._queue.write(function, *args, **kwargs)

    async def write_regardless(
        self, function: Callable[Concatenate[Database, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`write`, but not skipped when the caller is cancelled: done at the latest when the store closes."""
        return await self._queue.write_regardless(function, *args, **kwargs)

    async def read(self, function: Callable[Concatenate[Database, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(database, …)` returns, on one snapshot of the store. Never waits for a write."""
        return await self._readers.read(function, *args, **kwargs)

    async def backup(self, target: Path) -> None:
        """Copy the store to a new file while the work goes on. Raises `BackupExists` if there is one."""
        await backup(self.path, target)

    def wal_size(self) -> int:
        """Bytes in the write-ahead log. It grows while a reader or a broken process keeps it from being copied."""
        try:
            return self.path.with_name(f"{self.path.name}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def has_bells(self) -> bool:
        """Whether other processes can wake this one; if not, it notices their commits by polling."""
        return self._bells.works

    def _tell(self, topics: frozenset[Topic]) -> None:
        """After a commit: this process first, then the others."""
        self.signals.tell(topics)
        self._bells.ring(topics)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """The writer task and those that notice other processes, for as long as the store is open."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._queue.run)
            tasks.start_soon(self._bells.listen)
            tasks.start_soon(self._poll)
            tasks.start_soon(keep_wal_small, self._connection, self.wal_size)
            try:
                yield
            finally:
                with anyio.CancelScope(shield=True):
                    await self._queue.close()
                    await self._readers.close()
                tasks.cancel_scope.cancel()

    async def _poll(self) -> None:
        await poll_commits(self._connection, self.signals, has_bells=lambda: self._bells.works)

    @asynccontextmanager
    async def _present(self) -> AsyncIterator[None]:
        """The lock and the bell by which other processes know us."""
        self.presence.open()
        self._bells.open()
        try:
            yield
        finally:
            self._bells.close()
            self.presence.close()


@asynccontextmanager
async def open_store(
    path: Path,
    *,
    clock: Clock | None = None,
    allow_unsafe_wal: bool = False,
    migrations: Sequence[Migration] | None = None,
) -> AsyncIterator[Store]:
    """Open the store, making or migrating the file as needed, and close it: accepted writes are finished first.

    Raises `CannotOpen` or one of its kinds for a file that is corrupt, foreign, newer, on a network file system or
    unsafe with this SQLite; such a file is left as it is.
    """
    path = await anyio.to_thread.run_sync(path.resolve)
    run = await anyio.to_thread.run_sync(_prepare, path)
    connection = await open_connection(path, read_only=False)
    store = Store(path, run, connection, clock or SystemClock())
    try:
        store.journal_mode = await connection.run(
            _take_over, load_migrations() if migrations is None else migrations, allow_unsafe_wal
        )
        async with store._present():  # noqa: SLF001
            async with store._running():  # noqa: SLF001
                yield store
            with anyio.CancelScope(shield=True):
                await truncate_wal(connection)
    except BaseExceptionGroup as group:
        raise _alone(group) from _alone(group).__cause__
    finally:
        with anyio.CancelScope(shield=True):
            await connection.close()


def _prepare(path: Path) -> Path:
    refuse_network_file_system(path)
    return prepare_folder(path)


def _take_over(connection: sqlite.Connection, migrations: Sequence[Migration], allow_unsafe_wal: bool) -> str:
    """Make the file ours; its journal mode. The refusals come first: until then the file is not touched."""
    refuse_strangers(connection, migrations)
    journal_mode = choose_journal(connection, allow_unsafe_wal=allow_unsafe_wal)
    migrate(connection, migrations)
    return journal_mode


def _alone(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The body's own error, without the task group's wrapping; the group, if there are several."""
    return group.exceptions[0] if len(group.exceptions) == 1 else group
