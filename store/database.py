"""The handle that store functions get: one open transaction, and what it will tell the watchers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from copydesk.store.driver import sqlite

Parameters: TypeAlias = Mapping[str, Any]
Row: TypeAlias = "sqlite.Row"


class Topic(StrEnum):
    """What a commit changed, for those who wait for it."""

    WORK = "w"
    """There may be something to claim or to apply."""
    STOP = "s"
    """Claims were taken away from their owners."""
    PROGRESS = "p"
    """Jobs, operations or copy changed."""


class Database:
    """A transaction on one connection. Only the write queue and the readers make one, and only they begin and commit.

    Functions of this room take it as their first argument, run SQL on it and nothing else: a write may be run
    a second time, behind a savepoint, when another write of the same commit fails.
    """

    def __init__(self, connection: sqlite.Connection) -> None:
        self._connection = connection
        self.topics: set[Topic] = set()

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """All rows. Read to the end: an unfinished `RETURNING` would keep the write lock."""
        return self._connection.execute(sql, parameters or {}).fetchall()

    def row(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def value(self, sql: str, parameters: Parameters | None = None) -> Any:
        """The first column of the first row, or `None`."""
        row = self.row(sql, parameters)
        return None if row is None else row[0]

    def change(self, sql: str, parameters: Parameters | None = None) -> int:
        """Run one statement that changes rows; how many it changed."""
        return self._connection.execute(sql, parameters or {}).rowcount

    def change_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        self._connection.executemany(sql, rows)

    def tell(self, *topics: Topic) -> None:
        """Wake those who wait for these topics, in every process, once the transaction is committed."""
        self.topics.update(topics)


def to_json(value: object) -> str:
    """Compact JSON with sorted keys: equal values have equal text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
