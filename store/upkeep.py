"""Keeping the write-ahead log small. Only a checkpoint that finds no reader on an old snapshot can cut it off."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import anyio

from copydesk.store.connection import Connection
from copydesk.store.errors import StoreError

if TYPE_CHECKING:
    from copydesk.store.driver import sqlite

__all__ = ["keep_wal_small", "truncate_wal"]

_LOG = logging.getLogger(__name__)

_LARGE_BYTES: Final = 16 * 1024 * 1024
_SECONDS: Final = 5.0


async def keep_wal_small(
    connection: Connection, size: Callable[[], int], *, large: int = _LARGE_BYTES, seconds: float = _SECONDS
) -> None:
    """Cut the log off whenever it has grown large, for ever. The writer's thread does it between two commits."""
    while True:
        await anyio.sleep(seconds)
        if size() > large:
            await truncate_wal(connection)


async def truncate_wal(connection: Connection) -> None:
    """Best effort: while somebody reads an old snapshot it cannot be done, and will be later."""
    try:
        await connection.run(_checkpoint)
    except StoreError as error:
        _LOG.info("the write-ahead log could not be cut off: %s", error)


def _checkpoint(connection: sqlite.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
