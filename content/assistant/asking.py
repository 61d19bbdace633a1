"""Briefs for a model that is asked for one section at a time: each is whole by itself, and none is leased.

Nobody takes these briefs: they are shown as long as they wait, and the first valid submission wins, as with all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError
from copydesk.store import briefs, operations
from copydesk.store.moments import Moment

if TYPE_CHECKING:
    from copydesk.content.briefs import Brief
    from copydesk.content.work.briefing import Briefings
    from copydesk.store.store import Store

__all__ = ["Open", "open_briefs"]

_NOBODY = ""


@dataclass(frozen=True, slots=True)
class Open:
    """A job that waits to be written, and how often a submission for it was rejected."""

    job_id: str
    rejections: int
    brief: Brief


async def open_briefs(store: Store, briefings: Briefings, operation: int, *, count: int) -> list[Open]:
    """Up to `count` briefs of an operation, first those that no assistant has taken.

    A section whose brief cannot be made is left out: whoever takes it is told why.
    """
    at = Moment.read(store.clock)
    found = await store.read(briefs.waiting, taker=_NOBODY, at=at, limit=count, operations=(operation,))
    shown = []
    for one in found:
        job = await store.read(operations.job, one.id)
        try:
            brief = await briefings.brief(one.claim)
        except ContentError:
            continue
        if job is not None:
            shown.append(Open(one.id, job.rejections, brief))
    return shown
