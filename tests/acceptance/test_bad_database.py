"""A server that is started on a database which it cannot use says so and ends."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from copydesk.store.migrate import APPLICATION_ID
from tests.acceptance.served import SECONDS, started

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "rye-and-shine"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".copydesk"))
    return folder


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE jobs (id TEXT)")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def corrupt(path: Path) -> None:
    newer(path)
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 8_000)


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (foreign, "The file is not a database of copydesk"),
        (newer, "The database has schema version 99, and this copydesk knows"),
        (corrupt, "The database is damaged and was left as it is."),
        (folder, "The database cannot be opened."),
    ],
)
async def test_server_refuses_a_bad_database_with_a_sentence_and_leaves_it_alone(
    project: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    database = project / ".copydesk" / "copydesk.db"
    database.parent.mkdir()
    damage(database)
    before = _bytes_of(database)
    async with started(project) as (process, complaints):
        with anyio.fail_after(SECONDS):
            assert await process.wait() == 1
        said = complaints.read_text(encoding="utf-8")
    assert said.startswith(f"copydesk: {sentence}")
    assert len(said.splitlines()) == 1
    assert _bytes_of(database) == before


def _bytes_of(database: Path) -> dict[str, bytes | None]:
    """The database and whatever lies beside it under its name."""
    beside = sorted(database.parent.glob(f"{database.name}*"))
    return {path.name: path.read_bytes() if path.is_file() else None for path in beside}
