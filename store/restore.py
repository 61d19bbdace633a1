"""Putting a backup in the place of the database: only while nobody uses that, and the old one is kept beside it.

What the backup holds is copied into the locked database rather than put under its name: a process that opens the file
meanwhile waits for the lock and then sees the restored copy, never a file that has been moved away under it.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import anyio.to_thread

from copydesk.store.connection import Patience, when_free
from copydesk.store.driver import is_busy, sqlite, translate
from copydesk.store.errors import CannotOpen, CorruptStore, ForeignFile, NewerSchema, StoreError, StoreInUse
from copydesk.store.migrate import load_migrations, refuse_strangers
from copydesk.store.places import prepare_folder, refuse_network_file_system
from copydesk.store.presence import Presence

__all__ = ["Restored", "restore"]

_HEADER: Final = b"SQLite format 3\0"
_BUSY_SECONDS: Final = 2.0
"""A command that only looks is gone by then; a server or a worker is not."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done. `kept` holds what the database was before; `None` if there was none."""

    database: Path
    kept: Path | None


async def restore(source: Path, target: Path) -> Restored:
    """Let the database `target` hold what the backup `source` holds; it need not exist.

    Raises with nothing changed: `StoreInUse` while a process has the database open; `CannotOpen` or one of its kinds
    if the backup is missing, damaged, no backup of copydesk's, or a newer one's; `ForeignFile` for a target that is not
    ours.
    """
    return await anyio.to_thread.run_sync(_restore, source, target)


def _restore(source: Path, target: Path) -> Restored:
    source, target = source.resolve(), target.resolve()
    refuse_network_file_system(target)
    try:
        with closing(_open(source, target)) as backup:
            _refuse_unfit(backup, source)
            return _put_in_place(backup, target)
    except sqlite.Error as error:
        raise translate(error) from error


def _open(source: Path, target: Path) -> sqlite.Connection:
    if source == target:
        message = f"{source} is the database itself. Name the backup that is to take its place."
        raise CannotOpen(message)
    if not source.is_file():
        message = f"There is no backup {source}. Name a file that `copydesk backup` made."
        raise CannotOpen(message)
    return _connect(source)


def _connect(path: Path) -> sqlite.Connection:
    return sqlite.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=0, isolation_level=None)


def _refuse_unfit(backup: sqlite.Connection, source: Path) -> None:
    """Look through the whole backup before anything is touched."""
    try:
        refuse_strangers(backup, load_migrations())
        version = backup.execute("PRAGMA user_version").fetchone()[0]
        sound = backup.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except NewerSchema as error:
        message = f"The backup {source} was made by a newer copydesk. Update copydesk, then restore it."
        raise NewerSchema(message) from error
    except (ForeignFile, sqlite.DatabaseError) as error:
        if isinstance(error, sqlite.DatabaseError) and is_busy(error):
            raise
        raise _no_backup(source) from error
    if not version:
        raise _no_backup(source)
    if not sound:
        message = f"The backup {source} is damaged. Nothing was changed; choose another backup."
        raise CorruptStore(message)


def _no_backup(source: Path) -> ForeignFile:
    return ForeignFile(f"{source} is no backup of a copydesk database. Nothing was changed; choose another file.")


def _put_in_place(backup: sqlite.Connection, target: Path) -> Restored:
    _refuse_present(prepare_folder(target), target)
    if not target.exists():
        _place_new(backup, target)
        return Restored(target, None)
    kept = target.with_name(f"{target.name}.before-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}")
    if not (_is_database(target) and _replace_content(backup, target, kept)):
        _move_aside(target, kept)
        _place_new(backup, target)
    return Restored(target, kept)


def _is_database(target: Path) -> bool:
    """Whether SQLite should open it at all: from beside a file that is none it removes the journals."""
    with target.open("rb") as file:
        return file.read(len(_HEADER)) in (_HEADER, b"")


def _replace_content(backup: sqlite.Connection, target: Path, kept: Path) -> bool:
    """Copy what stands to `kept`, then the backup over it, behind one lock. `False` if what stands is damaged."""
    try:
        with closing(_connect(target)) as live:
            _take_over(live, target)
            _copy_to(live, kept)
            backup.backup(live)
    except sqlite.DatabaseError as error:
        if not isinstance(translate(error), CorruptStore):
            raise
        return False
    return True


def _refuse_present(run: Path, target: Path) -> None:
    """Every process that has the store open holds a lock of its own, where the system has such locks."""
    presence = Presence(run, "")
    owners = sorted(lock.stem for lock in run.glob("*.lock") if not presence.is_dead(lock.stem))
    if owners:
        raise _in_use(target, f" by {', '.join(owners)}")


def _take_over(live: sqlite.Connection, target: Path) -> None:
    """Refuse a stranger's file, and lock ours until the connection ends, also against those who do nothing just now."""
    try:
        refuse_strangers(live, load_migrations())
    except NewerSchema:
        pass  # the backup of an older copydesk is the way back
    except ForeignFile as error:
        message = f"{target} is not a database of copydesk and was left as it is. Name another with --database."
        raise ForeignFile(message) from error
    patience = Patience(_BUSY_SECONDS)
    try:
        for statement in ("PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE"):
            when_free(partial(_run, live, statement), patience)
    except sqlite.OperationalError as error:
        if is_busy(error):
            raise _in_use(target, "") from error
        raise
    live.execute("COMMIT")  # in this locking mode the lock stays


def _run(connection: sqlite.Connection, statement: str) -> None:
    connection.execute(statement).fetchall()


def _in_use(target: Path, by: str) -> StoreError:
    return StoreInUse(
        f"{target} is in use{by}. End its servers, workers and commands, then restore. Nothing was changed."
    )


def _copy_to(connection: sqlite.Connection, path: Path) -> None:
    """A copy that has its name only when it is whole and on the disk."""
    part = path.with_name(f".{path.name}.part")
    try:
        connection.execute("VACUUM INTO ?", (str(part),))
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def _place_new(backup: sqlite.Connection, target: Path) -> None:
    try:
        _copy_to(backup, target)
    except OSError as error:
        message = f"The database {target} cannot be written: {error.strerror}."
        raise CannotOpen(message) from error


def _move_aside(target: Path, kept: Path) -> None:
    """A damaged file, with the journals that belong to it: beside another database they would damage that too."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        beside = target.with_name(target.name + suffix)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + suffix))
