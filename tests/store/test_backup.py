from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from copydesk.store.database import Database
from copydesk.store.errors import BackupExists, CannotOpen
from copydesk.store.store import Store, open_store


def add_pair(database: Database, number: int) -> None:
    for half in "ab":
        database.change("INSERT INTO notes (text) VALUES (:text)", {"text": f"{number}{half}"})


def count(database: Database) -> int:
    number: int = database.value("SELECT count(*) FROM notes")
    return number


def files(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir() if path.is_file()]


async def test_a_backup_opens_as_a_store_with_what_was_committed(notes: Store, tmp_path: Path, migrations: Any) -> None:
    await notes.write(add_pair, 1)
    await notes.backup(tmp_path / "copy.db")
    await notes.write(add_pair, 2)
    assert files(tmp_path) == ["copy.db"]
    async with open_store(tmp_path / "copy.db", migrations=migrations) as copy:
        assert await copy.read(count) == 2


async def test_a_backup_taken_while_others_write_holds_whole_transactions(
    notes: Store, tmp_path: Path, migrations: Any
) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(200):
            tasks.start_soon(notes.write, add_pair, number)
        await notes.write(add_pair, 1_000)
        tasks.start_soon(notes.backup, tmp_path / "copy.db")
        for number in range(200, 400):
            tasks.start_soon(notes.write, add_pair, number)
    async with open_store(tmp_path / "copy.db", migrations=migrations) as copy:
        copied = await copy.read(count)
    assert copied >= 402
    assert copied % 2 == 0


async def test_an_existing_target_is_refused_and_left_as_it_is(notes: Store, tmp_path: Path) -> None:
    target = tmp_path / "precious.txt"
    target.write_text("precious", encoding="utf-8")
    with pytest.raises(BackupExists, match=r"precious\.txt"):
        await notes.backup(target)
    assert target.read_text(encoding="utf-8") == "precious"


async def test_a_missing_folder_is_named(notes: Store, tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="no folder"):
        await notes.backup(tmp_path / "missing" / "copy.db")
