from __future__ import annotations

import anyio

from copydesk.store.connection import open_connection
from copydesk.store.database import Database
from copydesk.store.store import Store
from copydesk.store.upkeep import keep_wal_small


def add(database: Database) -> None:
    database.change("INSERT INTO notes (text) VALUES ('a')")


async def test_a_log_that_has_grown_is_cut_off(notes: Store) -> None:
    await notes.write(add)
    assert notes.wal_size() > 0
    connection = await open_connection(notes.path, read_only=False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: keep_wal_small(connection, notes.wal_size, large=0, seconds=0))
        with anyio.fail_after(10):
            while notes.wal_size():
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    await connection.close()
    assert await notes.read(lambda database: database.value("SELECT text FROM notes")) == "a"


async def test_a_log_that_somebody_reads_is_left_until_later(notes: Store) -> None:
    reader = await open_connection(notes.path, read_only=True)
    await reader.run(lambda raw: raw.execute("BEGIN DEFERRED"))
    await reader.run(lambda raw: raw.execute("SELECT * FROM notes").fetchall())
    await notes.write(add)
    connection = await open_connection(notes.path, read_only=False)
    asked = anyio.Event()

    def size() -> int:
        if looks.pop(0) == "last":
            asked.set()
        looks.append("last")
        return notes.wal_size()

    looks = ["first"]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: keep_wal_small(connection, size, large=0, seconds=0))
        with anyio.fail_after(10):
            await asked.wait()
        tasks.cancel_scope.cancel()
    assert notes.wal_size() > 0
    await reader.close()
    await connection.close()
