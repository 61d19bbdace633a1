"""One commit for many writes, in which the failure of one does not touch the others. Runs on the writer's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from copydesk.store.connection import Patience, when_free
from copydesk.store.database import Database, Topic
from copydesk.store.driver import sqlite, translate
from copydesk.store.errors import StatementFailed, StoreError

__all__ = ["Failure", "Outcome", "Success", "Write", "commit_batch"]

T = TypeVar("T")
Topics: TypeAlias = frozenset[Topic]
Runner: TypeAlias = "Callable[[sqlite.Connection, Write[Any]], set[Topic]]"


@dataclass(frozen=True, slots=True)
class Success(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class Failure:
    error: Exception


Outcome: TypeAlias = Success[T] | Failure


class Write(Generic[T]):
    """A function to run in a transaction, and what came of it."""

    def __init__(self, function: Callable[[Database], T]) -> None:
        self.function = function
        self.withdrawn = False
        """Set by its caller, when nobody waits for it any more. It is skipped whole, unless it was run before."""
        self.outcome: Outcome[T] | None = None


class _FunctionFailed(Exception):
    """A write failed; nobody knows yet what it left behind in the transaction."""


def commit_batch(connection: sqlite.Connection, writes: Sequence[Write[Any]], patience: Patience) -> Topics:
    """Run all writes in one transaction and note each one's outcome. Returns the topics of those that stand.

    Raises the driver's error, or ours, if the transaction as a whole failed: nothing stands, outcomes mean nothing.
    """
    try:
        return _transaction(connection, writes, _run_plainly, patience)
    except _FunctionFailed as failed:
        if len(writes) == 1:
            return _refuse(writes[0], failed)
        return _replay(connection, writes, patience)


def _replay(connection: sqlite.Connection, writes: Sequence[Write[Any]], patience: Patience) -> Topics:
    """Again, each write behind a savepoint of its own, so that only the failing ones are taken back."""
    try:
        return _transaction(connection, writes, _run_behind_savepoint, patience)
    except _FunctionFailed:
        # A deferred constraint shows at the commit only and names nobody: a commit for each.
        return frozenset().union(*(commit_batch(connection, [write], patience) for write in writes))


def _refuse(write: Write[Any], failed: _FunctionFailed) -> Topics:
    assert isinstance(failed.__cause__, Exception)
    write.outcome = Failure(_in_our_words(failed.__cause__))
    return frozenset()


def _transaction(
    connection: sqlite.Connection, writes: Sequence[Write[Any]], run: Runner, patience: Patience
) -> Topics:
    when_free(lambda: connection.execute("BEGIN IMMEDIATE"), patience)
    try:
        topics = [run(connection, write) for write in writes if not write.withdrawn]
        _commit(connection, patience)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return frozenset().union(*topics)


def _commit(connection: sqlite.Connection, patience: Patience) -> None:
    """Under a rollback journal, readers can keep a commit waiting."""
    try:
        when_free(lambda: connection.execute("COMMIT"), patience)
    except sqlite.IntegrityError as error:
        raise _FunctionFailed from error


def _run_plainly(connection: sqlite.Connection, write: Write[Any]) -> set[Topic]:
    database = Database(connection)
    try:
        write.outcome = Success(write.function(database))
    except Exception as error:
        raise _FunctionFailed from error
    return database.topics


def _run_behind_savepoint(connection: sqlite.Connection, write: Write[Any]) -> set[Topic]:
    database = Database(connection)
    connection.execute("SAVEPOINT one_write")
    try:
        write.outcome = Success(write.function(database))
    except Exception as error:
        if not connection.in_transaction:
            # SQLite rolled everything back (disk full, read error): this is everybody's failure.
            raise _in_store_words(error) from error
        connection.execute("ROLLBACK TO one_write")
        database.topics.clear()
        write.outcome = Failure(_in_our_words(error))
    connection.execute("RELEASE one_write")
    return database.topics


def _in_store_words(error: Exception) -> StoreError:
    return translate(error) if isinstance(error, sqlite.Error) else StatementFailed()


def _in_our_words(error: Exception) -> Exception:
    if not isinstance(error, sqlite.Error):
        return error
    ours = translate(error)
    ours.__cause__ = error
    return ours
