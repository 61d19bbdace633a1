"""A consistent copy of the database, taken while others write."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import anyio
import anyio.to_thread

from copydesk.store.connection import Patience, open_connection, when_free
from copydesk.store.driver import sqlite
from copydesk.store.errors import BackupExists, CannotOpen

__all__ = ["backup"]


async def backup(source: Path, target: Path) -> None:
    """Copy the database to a new file, which appears under its name only when it is whole and on the disk.

    Raises `BackupExists` rather than replacing a file, and `StoreError` if the copy fails; then nothing is left.
    """
    await anyio.to_thread.run_sync(_refuse_target, target)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    with anyio.CancelScope(shield=True):
        try:
            await _copy(source, part)
            await anyio.to_thread.run_sync(_publish, part, target)
        finally:
            await anyio.Path(part).unlink(missing_ok=True)


async def _copy(source: Path, part: Path) -> None:
    # Its own connection: a copy is long, and must not keep readers waiting for theirs.
    connection = await open_connection(source, read_only=False)
    try:
        await connection.run(_vacuum_into, str(part))
    finally:
        await connection.close()


def _vacuum_into(connection: sqlite.Connection, part: str) -> None:
    """Takes the header's application id and version along."""
    when_free(lambda: connection.execute("VACUUM INTO ?", (part,)), Patience())


def _refuse_target(target: Path) -> None:
    if target.exists() or target.is_symlink():
        message = f"{target} exists already and was left as it is. Choose another name for the backup."
        raise BackupExists(message)
    if not target.parent.is_dir():
        message = f"There is no folder {target.parent}. Create it, or choose another place for the backup."
        raise CannotOpen(message)


def _publish(part: Path, target: Path) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    try:
        target.hardlink_to(part)  # Unlike a rename, it refuses an existing target.
    except FileExistsError as error:
        message = f"{target} exists already and was left as it is. Choose another name for the backup."
        raise BackupExists(message) from error
    except OSError:  # A file system without hard links.
        _refuse_target(target)
        part.rename(target)
