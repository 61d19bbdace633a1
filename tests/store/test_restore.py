"""A backup takes the place of the database, or nothing is changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from copydesk.store.errors import CannotOpen, ForeignFile, NewerSchema, StoreInUse
from copydesk.store.restore import restore
from copydesk.store.reviews import find, keep
from copydesk.store.store import Store, open_store
from tests.store.desk_of_rows import Rows

VERSION = 60
APPLICATION = 68
"""Where the header of a database has its `user_version` and its `application_id`, four bytes each."""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "desk" / "copydesk.db"


async def note(store: Store, name: str) -> None:
    """Leave something in the store by which it can be told."""
    await store.write(keep, name, [], lifetime=1, at=Rows(store).now())


async def noted(path: Path, *names: str) -> list[str]:
    async with open_store(path) as store:
        return [name for name in names if await store.read(find, name) is not None]


@pytest.fixture
async def backup(database: Path, tmp_path: Path) -> Path:
    """A backup that knows `early`; the database has `late` since."""
    database.parent.mkdir()
    async with open_store(database) as store:
        await note(store, "early")
        await store.backup(tmp_path / "backup.db")
        await note(store, "late")
    return tmp_path / "backup.db"


async def test_database_holds_what_the_backup_holds_and_the_old_one_is_kept(database: Path, backup: Path) -> None:
    done = await restore(backup, database)
    assert await noted(database, "early", "late") == ["early"]
    assert done.kept is not None
    assert done.kept.parent == database.parent
    assert await noted(done.kept, "early", "late") == ["early", "late"]


async def test_restored_again_from_what_was_kept_all_is_as_before(database: Path, backup: Path) -> None:
    kept = (await restore(backup, database)).kept
    assert kept is not None
    await restore(kept, database)
    assert await noted(database, "early", "late") == ["early", "late"]


async def test_backup_becomes_a_database_where_there_is_none(database: Path, backup: Path, tmp_path: Path) -> None:
    done = await restore(backup, tmp_path / "elsewhere" / "copydesk.db")
    assert done.kept is None
    assert await noted(done.database, "early", "late") == ["early"]


async def test_store_that_is_open_is_never_replaced(database: Path, backup: Path) -> None:
    async with open_store(database):
        with pytest.raises(StoreInUse, match="End its servers"):
            await restore(backup, database)
    assert await noted(database, "late") == ["late"]


async def test_store_that_is_open_is_noticed_without_its_lock_file(database: Path, backup: Path) -> None:
    async with open_store(database) as store:
        if store.journal_mode != "wal":
            pytest.skip("without WAL an idle connection holds no lock of the database; the lock files tell")
        for lock in (database.parent / "run").glob("*.lock"):
            lock.rename(lock.with_suffix(".hidden"))
        with pytest.raises(StoreInUse):
            await restore(backup, database)
    assert await noted(database, "late") == ["late"]


async def test_damaged_database_is_kept_as_it_is_with_its_journals(database: Path, backup: Path) -> None:
    junk = b"no database " * 1_000
    write(database, junk)
    write(database.with_name("copydesk.db-wal"), b"of the damaged one")
    done = await restore(backup, database)
    assert await noted(database, "early", "late") == ["early"]
    assert done.kept is not None
    assert done.kept.read_bytes() == junk
    assert done.kept.with_name(done.kept.name + "-wal").read_bytes() == b"of the damaged one"


async def test_database_of_a_newer_copydesk_can_be_left_for_a_backup(database: Path, backup: Path) -> None:
    stamp(database, 99, at=VERSION)
    assert (await restore(backup, database)).kept is not None
    assert await noted(database, "early") == ["early"]


@pytest.mark.parametrize("content", [b"", b"words " * 2_000])
async def test_file_that_is_no_backup_is_refused(database: Path, backup: Path, content: bytes) -> None:
    write(backup, content)
    await refused(ForeignFile, backup, database)


async def test_backup_of_a_newer_copydesk_is_refused(database: Path, backup: Path) -> None:
    stamp(backup, 99, at=VERSION)
    await refused(NewerSchema, backup, database)


async def test_damaged_backup_is_refused(database: Path, backup: Path) -> None:
    stamp(backup, 0xFFFFFFFF, at=4096)
    await refused(CannotOpen, backup, database)


async def test_backup_that_is_missing_or_the_database_itself_is_refused(database: Path, backup: Path) -> None:
    await refused(CannotOpen, backup.with_name("none.db"), database)
    await refused(CannotOpen, database, database)


async def test_target_that_is_not_ours_is_left_as_it_is(backup: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine" / "theirs.db"
    target.parent.mkdir()
    shutil.copy(backup, target)
    stamp(target, 7, at=APPLICATION)
    content = target.read_bytes()
    with pytest.raises(ForeignFile, match=r"theirs\.db"):
        await restore(backup, target)
    assert target.read_bytes() == content


async def refused(kind: type[Exception], backup: Path, database: Path) -> None:
    """The backup is refused, and the database is as it was."""
    with pytest.raises(kind):
        await restore(backup, database)
    assert await noted(database, "early", "late") == ["early", "late"]
    assert [path.name for path in database.parent.iterdir() if ".before-" in path.name] == []


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def stamp(path: Path, number: int, *, at: int) -> None:
    """Overwrite four bytes of a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(number.to_bytes(4, "big"))
