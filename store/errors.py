"""The errors of this room. A docstring is the message where none is given; each says what to do next."""

from __future__ import annotations

import inspect
import re

__all__ = [
    "BackupExists",
    "BrokenMigration",
    "CannotOpen",
    "ConstraintViolated",
    "CorruptStore",
    "DiskFailure",
    "ForeignFile",
    "NetworkFileSystem",
    "NewerSchema",
    "NotWritable",
    "StatementFailed",
    "StoreBusy",
    "StoreClosed",
    "StoreError",
    "StoreFull",
    "StoreInUse",
    "UnsafeSqlite",
]


class StoreError(Exception):
    """The store could not do it, and nothing of it was stored. Run `copydesk doctor` to see what is wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or " ".join((inspect.getdoc(type(self)) or "").split()))

    @property
    def code(self) -> str:
        """The error's name in kebab-case: `store-full`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(self).__name__).lower()


class StoreClosed(StoreError):
    """The store is closed. Open it again with `open_store`."""


class StoreBusy(StoreError):
    """Another process held the database for too long, and nothing was stored. Try again."""


class StoreFull(StoreError):
    """The disk is full, and nothing was stored. Free some space and try again."""


class DiskFailure(StoreError):
    """The disk failed while the database was read or written. Check the disk, then try again."""


class NotWritable(StoreError):
    """The database can only be read here. Check that you may write to the file and to its folder."""


class ConstraintViolated(StoreError):
    """The write breaks a rule of the database, and nothing of it was stored."""


class StatementFailed(StoreError):
    """SQLite refused a statement, and nothing of it was stored. This is a defect in copydesk: please report it."""


class CannotOpen(StoreError):
    """The database cannot be opened. Check that its folder exists and that you may write to it."""


class CorruptStore(CannotOpen):
    """The database is damaged and was left as it is. Move it away and put a backup in its place."""


class ForeignFile(CannotOpen):
    """The file is not a database of copydesk and was left as it is. Choose another path for the database."""


class NewerSchema(CannotOpen):
    """The database was written by a newer copydesk. Update copydesk, or choose another database."""


class UnsafeSqlite(CannotOpen):
    """This SQLite can damage databases in WAL mode. Install `pysqlite3`, or a SQLite of 3.51.3 or later."""


class NetworkFileSystem(CannotOpen):
    """The database is on a network file system, where locks do not hold. Choose a path on a local disk."""


class BrokenMigration(CannotOpen):
    """A migration of the database failed, and the database is as it was. Please report it."""


class BackupExists(StoreError):
    """The target of the backup exists already and was left as it is. Choose another name."""


class StoreInUse(StoreError):
    """The database is in use and was left as it is. End the servers and workers of the project, then try again."""
