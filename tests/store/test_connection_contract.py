"""What our subclass expects of aiosqlite's insides, which its version pins."""

from __future__ import annotations

import threading
from pathlib import Path

import anyio
import pytest

from copydesk.store.connection import Connection, choose_journal, open_connection
from copydesk.store.driver import sqlite
from copydesk.store.errors import CannotOpen, NotWritable, StatementFailed, StoreClosed, UnsafeSqlite
from copydesk.store.places import refuse_network_file_system


def pragma(connection: sqlite.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


async def test_a_function_runs_on_the_connections_thread_with_the_drivers_connection(tmp_path: Path) -> None:
    connection = await open_connection(tmp_path / "a.db", read_only=False)
    raw, thread, again = await connection.run(lambda raw: (raw, threading.get_ident(), 2))
    assert isinstance(raw, sqlite.Connection)
    assert thread != threading.get_ident()
    assert await connection.run(lambda _raw, number: (threading.get_ident(), number), again) == (thread, 2)
    await connection.close()


async def test_a_function_outlives_its_cancelled_caller_and_the_next_one_waits_for_it(tmp_path: Path) -> None:
    connection = await open_connection(tmp_path / "a.db", read_only=False)
    may_end, order = threading.Event(), list[str]()

    def first(_raw: sqlite.Connection) -> None:
        may_end.wait()
        order.append("first")

    with anyio.move_on_after(0.01):
        await connection.run(first)
    may_end.set()
    await connection.run(lambda _raw: order.append("second"))
    assert order == ["first", "second"]
    await connection.close()


async def test_the_drivers_errors_arrive_as_the_stores(tmp_path: Path) -> None:
    connection = await open_connection(tmp_path / "a.db", read_only=False)
    with pytest.raises(StatementFailed) as caught:
        await connection.run(lambda raw: raw.execute("SELECT * FROM nowhere"))
    assert isinstance(caught.value.__cause__, sqlite.OperationalError)
    await connection.close()


async def test_a_closed_connection_says_so(tmp_path: Path) -> None:
    connection = await open_connection(tmp_path / "a.db", read_only=False)
    await connection.close()
    with pytest.raises(StoreClosed):
        await connection.run(lambda raw: raw.execute("SELECT 1"))


async def test_the_pragmas_of_a_writer_are_in_force(tmp_path: Path) -> None:
    connection = await open_connection(tmp_path / "a.db", read_only=False)
    await connection.run(choose_journal, allow_unsafe_wal=True)
    expected = {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 0,
        "temp_store": 2, "trusted_schema": 0, "query_only": 0,
    }  # fmt: skip
    assert {name: await connection.run(pragma, name) for name in expected} == expected
    await connection.close()


async def test_a_reader_cannot_write_and_does_not_create_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with pytest.raises(CannotOpen):
        await open_connection(path, read_only=True)
    assert not path.exists()
    writer = await open_connection(path, read_only=False)
    await writer.run(lambda raw: raw.execute("CREATE TABLE words (word)"))
    reader = await open_connection(path, read_only=True)
    with pytest.raises(NotWritable, match="readonly"):
        await reader.run(lambda raw: raw.execute("INSERT INTO words VALUES (1)"))
    await reader.close()
    await writer.close()


async def journal_with(version: str, connection: Connection, *, allow: bool = False) -> str:
    return await connection.run(choose_journal, allow_unsafe_wal=allow, version=version)


async def test_an_affected_sqlite_keeps_a_rollback_journal_on_a_new_file(tmp_path: Path) -> None:
    connection = await open_connection(tmp_path / "a.db", read_only=False)
    assert await journal_with("3.40.1", connection) == "delete"
    assert await connection.run(pragma, "journal_mode") == "delete"
    await connection.close()


async def test_an_affected_sqlite_refuses_a_file_in_wal_mode_unless_told_otherwise(tmp_path: Path) -> None:
    connection = await open_connection(tmp_path / "a.db", read_only=False)
    assert await journal_with("3.53.4", connection) == "wal"
    with pytest.raises(UnsafeSqlite, match=r"SQLite 3\.40\.1"):
        await journal_with("3.40.1", connection)
    assert await journal_with("3.40.1", connection, allow=True) == "wal"
    await connection.close()


def test_a_network_file_system_is_refused_by_its_deepest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\nserver:/a /mnt/my\\040team nfs4 rw 0 0\n/dev/sdb /mnt/my\\040team/local ext4 rw 0 0\n",
        encoding="utf-8",
    )
    with pytest.raises(CannotOpen, match="nfs4"):
        refuse_network_file_system(Path("/mnt/my team/site/copydesk.db"), mounts=mounts)
    refuse_network_file_system(Path("/mnt/my team/local/copydesk.db"), mounts=mounts)
    refuse_network_file_system(Path("/home/copydesk.db"), mounts=mounts)
