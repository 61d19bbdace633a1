"""The schema: numbered migrations, forward only, and the refusal of files that are not ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from copydesk.store.connection import Patience, when_free
from copydesk.store.driver import is_busy, sqlite, translate
from copydesk.store.errors import BrokenMigration, ForeignFile, NewerSchema

__all__ = ["APPLICATION_ID", "Migration", "load_migrations", "migrate", "refuse_strangers"]

APPLICATION_ID: Final = 0x436F7079
"""`Copy`, in the file's header: the mark of a database of copydesk."""

_FILE_NAME: Final = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.sql")
_COMMENT: Final = re.compile(r"--[^\n]*")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema. `number` becomes the file's `user_version`."""

    number: int
    name: str
    sql: str


@cache
def load_migrations() -> tuple[Migration, ...]:
    """The migrations that this copydesk carries, in order."""
    found = [
        Migration(int(match["number"]), match["name"], file.read_text(encoding="utf-8"))
        for file in files("copydesk.store.migrations").iterdir()
        if (match := _FILE_NAME.fullmatch(file.name))
    ]
    return tuple(sorted(found, key=lambda migration: migration.number))


def refuse_strangers(connection: sqlite.Connection, migrations: Sequence[Migration]) -> None:
    """Raise `ForeignFile` or `NewerSchema` unless the file is new or ours. Changes nothing."""
    application, version, tables = when_free(lambda: _identity(connection), Patience())
    if application == APPLICATION_ID:
        _refuse_newer(version, migrations)
    elif application or version or tables:
        raise ForeignFile


def migrate(connection: sqlite.Connection, migrations: Sequence[Migration]) -> int:
    """Bring the schema up to date; several processes may do so at once. Returns the version.

    Foreign keys are off meanwhile, so that a migration can rebuild a table, and are checked before each commit.
    """
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        for migration in migrations:
            _apply_if_missing(connection, migration)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")
    version = _pragma(connection, "user_version")
    _refuse_newer(version, migrations)
    return version


def _apply_if_missing(connection: sqlite.Connection, migration: Migration) -> None:
    if _pragma(connection, "user_version") >= migration.number:
        return
    when_free(lambda: connection.execute("BEGIN IMMEDIATE"), Patience())
    try:
        if _pragma(connection, "user_version") < migration.number:
            _apply(connection, migration)
        when_free(lambda: connection.execute("COMMIT"), Patience())
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _apply(connection: sqlite.Connection, migration: Migration) -> None:
    for statement in _statements(migration):
        try:
            connection.execute(statement)
        except (sqlite.OperationalError, sqlite.IntegrityError, sqlite.ProgrammingError) as error:
            if is_busy(error):
                raise
            message = f"Migration {migration.number:04d}_{migration.name} failed, the database is as it was: {error}"
            raise BrokenMigration(message) from translate(error)
    if dangling := connection.execute("PRAGMA foreign_key_check").fetchall():
        message = f"Migration {migration.number:04d}_{migration.name} leaves dangling references in {dangling[0][0]}."
        raise BrokenMigration(message)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {migration.number}")


def _statements(migration: Migration) -> Iterator[str]:
    """Split at the semicolons that end a statement: not those in strings, comments and triggers."""
    statement = ""
    *pieces, rest = migration.sql.split(";")
    for piece in pieces:
        statement += piece + ";"
        if sqlite.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if _COMMENT.sub("", statement + rest).strip():
        message = f"Migration {migration.number:04d}_{migration.name} does not end with a complete statement."
        raise BrokenMigration(message)


def _identity(connection: sqlite.Connection) -> tuple[int, int, int]:
    """Application id, version and number of tables, in one snapshot: another process may be creating them."""
    connection.execute("BEGIN DEFERRED")
    try:
        tables: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        return _pragma(connection, "application_id"), _pragma(connection, "user_version"), tables
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _refuse_newer(version: int, migrations: Sequence[Migration]) -> None:
    known = max((migration.number for migration in migrations), default=0)
    if version > known:
        message = (
            f"The database has schema version {version}, and this copydesk knows {known} at most. "
            "Update copydesk, or choose another database."
        )
        raise NewerSchema(message)


def _pragma(connection: sqlite.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
