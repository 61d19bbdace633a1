"""Writers that are paused: their provider asked all its callers to wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.store.queries import load_queries

if TYPE_CHECKING:
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

__all__ = ["Pause", "pause_writer", "pauses"]

_SQL = load_queries("pauses")


@dataclass(frozen=True, slots=True)
class Pause:
    """A writer whose provider asks all its callers to wait, for `milliseconds` from now on."""

    writer: str
    milliseconds: int
    reason: str


def pause_writer(db: Database, writer: str, *, delay: int, reason: str, at: Moment) -> None:
    """Nobody claims jobs of this writer for `delay` milliseconds."""
    parameters = {"writer": writer, "until": at.boot_now + delay, "boot": at.boot, "reason": reason}
    db.change(_SQL["pause_writer"], parameters)


def pauses(db: Database, *, at: Moment) -> list[Pause]:
    """The writers that are paused now."""
    rows = db.rows(_SQL["pauses"], {"boot": at.boot, "boot_now": at.boot_now})
    return [Pause(row["writer"], row["milliseconds"], row["reason"]) for row in rows]
