from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from copydesk.store.connection import open_connection
from copydesk.store.driver import sqlite
from copydesk.store.errors import BrokenMigration, CannotOpen, CorruptStore, ForeignFile, NewerSchema
from copydesk.store.migrate import APPLICATION_ID, Migration, load_migrations
from copydesk.store.store import open_store

WORDS = Migration(1, "words", "CREATE TABLE words (word TEXT); -- a comment; with a semicolon\n")
TRIGGER = Migration(
    2,
    "trigger",
    """
    CREATE TABLE log (word TEXT);
    CREATE TRIGGER words_log AFTER INSERT ON words BEGIN
        INSERT INTO log VALUES (new.word || ';');
        INSERT INTO log VALUES ('twice');
    END;
    -- the end
    """,
)


async def run_sql(path: Path, *statements: str) -> list[Any]:
    """Run statements on the file as a stranger would; the rows of the last."""
    connection = await open_connection(path, read_only=False)

    def run(raw: sqlite.Connection) -> list[Any]:
        return [[tuple(row) for row in raw.execute(statement).fetchall()] for statement in statements][-1]

    try:
        return await connection.run(run)
    finally:
        await connection.close()


def bytes_of(path: Path) -> bytes:
    """Only while no connection of this process has it open."""
    return path.read_bytes()


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def open_and_close(path: Path, migrations: Sequence[Migration] = (WORDS, TRIGGER)) -> None:
    async with open_store(path, migrations=migrations):
        pass


async def schema(path: Path) -> list[Any]:
    return await run_sql(path, "SELECT type, name, sql FROM sqlite_schema ORDER BY name")


async def test_a_new_file_gets_the_schema_the_version_and_our_mark(database_path: Path) -> None:
    await open_and_close(database_path)
    assert await run_sql(database_path, "PRAGMA user_version") == [(2,)]
    assert await run_sql(database_path, "PRAGMA application_id") == [(APPLICATION_ID,)]
    rows = await run_sql(database_path, "INSERT INTO words VALUES ('a')", "SELECT word FROM log")
    assert rows == [("a;",), ("twice",)]


async def test_a_migrated_schema_equals_a_fresh_one(tmp_path: Path) -> None:
    await open_and_close(tmp_path / "old.db", [WORDS])
    await open_and_close(tmp_path / "old.db", [WORDS, TRIGGER])
    await open_and_close(tmp_path / "fresh.db", [WORDS, TRIGGER])
    assert await schema(tmp_path / "old.db") == await schema(tmp_path / "fresh.db")


def test_the_migrations_of_copydesk_are_numbered_from_one_without_gaps() -> None:
    numbers = [migration.number for migration in load_migrations()]
    assert numbers
    assert numbers == list(range(1, len(numbers) + 1))


async def test_several_processes_may_start_on_a_new_file_at_once(database_path: Path, start_child: Any) -> None:
    children = [await start_child("count_tables", database_path) for _ in range(5)]
    for child in children:
        assert await child.hear() == "ready"
    for child in children:
        await child.say("go")
    counts = {await child.hear() for child in children}
    assert len(counts) == 1
    assert int(counts.pop()) > 0


async def test_a_migration_that_fails_changes_nothing(database_path: Path) -> None:
    broken = Migration(2, "broken", "CREATE TABLE more (a); INSERT INTO nowhere VALUES (1);")
    await open_and_close(database_path, [WORDS])
    before = await schema(database_path)
    with pytest.raises(BrokenMigration, match=r"0002_broken.*nowhere"):
        await open_and_close(database_path, [WORDS, broken])
    assert await schema(database_path) == before
    assert await run_sql(database_path, "PRAGMA user_version") == [(1,)]


async def test_a_migration_without_an_end_is_refused(database_path: Path) -> None:
    with pytest.raises(BrokenMigration, match="complete statement"):
        await open_and_close(database_path, [Migration(1, "cut", "CREATE TABLE a (b); CREATE TABLE c (")])


async def test_a_migration_that_leaves_dangling_references_is_refused(database_path: Path) -> None:
    parents = Migration(1, "parents", "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a (id));")
    dangling = Migration(2, "dangling", "INSERT INTO b VALUES (7);")
    with pytest.raises(BrokenMigration, match="dangling references in b"):
        await open_and_close(database_path, [parents, dangling])


async def test_a_newer_file_is_refused_with_both_versions(database_path: Path) -> None:
    await open_and_close(database_path, [WORDS, TRIGGER])
    with pytest.raises(NewerSchema, match=r"version 2, and this copydesk knows 1"):
        await open_and_close(database_path, [WORDS])


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE theirs (a)", "PRAGMA application_id = 7", "PRAGMA user_version = 3"]
)
async def test_a_foreign_database_is_refused_and_stays_byte_for_byte(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "theirs.db"
    await run_sql(path, statement)
    before = path.read_bytes()
    with pytest.raises(ForeignFile):
        await open_and_close(path)
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused_and_stays_byte_for_byte(tmp_path: Path) -> None:
    for content in (b"hello", b"no database at all\n" * 500):
        path = tmp_path / "text.db"
        path.write_bytes(content)
        with pytest.raises(CorruptStore):
            await open_and_close(path)
        assert path.read_bytes() == content


async def test_a_truncated_database_is_refused_and_stays_byte_for_byte(database_path: Path) -> None:
    await open_and_close(database_path)
    whole = bytes_of(database_path)
    for length in (100, 4096, len(whole) - 4096):
        cut = database_path.with_name(f"cut-{length}.db")
        await anyio.Path(cut).write_bytes(whole[:length])
        with pytest.raises(CorruptStore):
            await open_and_close(cut)
        assert bytes_of(cut) == whole[:length]


async def test_a_folder_of_our_own_is_private_and_ignored_by_version_control(database_path: Path) -> None:
    await open_and_close(database_path)
    assert database_path.parent.stat().st_mode & 0o777 == 0o700
    assert (database_path.parent / ".gitignore").read_text(encoding="utf-8") == "*\n"


async def test_a_folder_of_the_users_gets_no_ignore_file(tmp_path: Path) -> None:
    await open_and_close(tmp_path / "copydesk.db")
    assert names(tmp_path) == ["copydesk.db", "run"]


async def test_a_closed_store_leaves_no_log_no_bell_and_no_lock(database_path: Path) -> None:
    with anyio.fail_after(20):
        await open_and_close(database_path)
    assert names(database_path.parent) == [".gitignore", "copydesk.db", "run"]
    assert names(database_path.parent / "run") == []


async def test_a_path_where_nothing_can_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(CannotOpen, match="cannot be used"):
        await open_and_close(tmp_path / "file" / "copydesk.db")
