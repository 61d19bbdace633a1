"""Looking whether another process has committed: behind the bells, and in their place where there are none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import anyio

from copydesk.store.connection import Connection
from copydesk.store.database import Topic
from copydesk.store.errors import StoreClosed, StoreError
from copydesk.store.signals import Signals

if TYPE_CHECKING:
    from copydesk.store.driver import sqlite

__all__ = ["poll_commits"]

_LOG = logging.getLogger(__name__)

_SLOW_SECONDS: Final = 0.25
_FAST_SECONDS: Final = 0.025


async def poll_commits(connection: Connection, signals: Signals, *, has_bells: Callable[[], bool]) -> None:
    """Wake all watchers after commits of other processes, for ever.

    `data_version` does not move with this connection's own commits, which the write queue tells itself.
    """
    seen: int | None = None
    while True:
        await anyio.sleep(_FAST_SECONDS if signals.watched and not has_bells() else _SLOW_SECONDS)
        if not signals.watched:
            continue
        try:
            version = await connection.run(_data_version)
        except StoreClosed:
            return
        except StoreError as error:
            _LOG.warning("cannot look for commits of other processes: %s", error)
            continue
        if version != seen:
            seen = version
            signals.tell(Topic)


def _data_version(connection: sqlite.Connection) -> int:
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version
