"""How far the running operations are, and whether anything that the preview shows has changed."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import anyio

from copydesk.content.errors import ContentError
from copydesk.content.preview.views import ProgressView
from copydesk.content.reports import advice
from copydesk.content.reports.section_states import read_held
from copydesk.store import entities, operations, workers
from copydesk.store.database import Topic
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.content.desk import Desk
    from copydesk.store.database import Database
    from copydesk.store.models import Operation
    from copydesk.store.moments import Moment

__all__ = ["Pulse", "pulses", "read_progress", "read_version"]

_SHORTEST_INTERVAL: Final = 0.25
"""Seconds between two looks: a busy worker commits more often than anybody can see."""
_LOOK_AGAIN: Final = 1.0
"""Seconds after which to look without a wake-up: somebody may have edited the site definition."""
_MOST_OPERATIONS: Final = 50
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Pulse:
    """The site at one moment. `version` differs if any copy, its state or the definition does."""

    version: str
    progress: ProgressView | None


async def pulses(desk: Desk, *, ending: anyio.Event) -> AsyncIterator[Pulse | None]:
    """The state now, then again whenever it has changed, until `ending`; `None` when nothing has for a while."""
    last: Pulse | None = None
    with desk.store.signals.watch(Topic.PROGRESS) as watch:
        while not ending.is_set():
            pulse = await _read_pulse(desk)
            yield None if pulse == last else pulse
            last = pulse
            with anyio.move_on_after(_SHORTEST_INTERVAL):
                await ending.wait()
            await watch.wait(_LOOK_AGAIN)


async def _read_pulse(desk: Desk) -> Pulse:
    try:
        definition = (await desk.snapshot()).hash
    except ContentError as error:
        definition = error.message
    return await desk.store.read(_pulse, definition, at=desk.now())


def _pulse(db: Database, definition: str, *, at: Moment) -> Pulse:
    return Pulse(read_version(db, definition), read_progress(db, at=at))


def read_version(db: Database, definition: str) -> str:
    """Other copy, another state of it, or another definition (by its hash): another version."""
    held = read_held(db)
    latest = operations.latest(db)
    state = (
        definition,
        [(one.environment, one.page, one.section, one.revision) for one in held.holdings],
        [(one.page, one.section) for one in held.jobs],
        None if latest is None else (latest.id, latest.failed),
    )
    return hashlib.blake2b(repr(state).encode(), digest_size=12).hexdigest()


def read_progress(db: Database, *, at: Moment) -> ProgressView | None:
    """How far everything unfinished is; `None` if nothing is."""
    running = operations.unfinished(db, limit=_MOST_OPERATIONS)
    if not running:
        return None
    return ProgressView(
        finished=sum(one.finished for one in running),
        total=sum(one.queued for one in running),
        failed=sum(one.failed for one in running),
        latest=_latest(db, running),
        note=_note(db, running, at),
    )


def _latest(db: Database, running: Sequence[Operation]) -> str:
    changes = [entities.last_change_of(db, one.seq) for one in running]
    change = max((one for one in changes if one is not None), key=lambda one: one.id, default=None)
    if change is None:
        return ""
    verb = "written" if change.environment is Environment.PREVIEW else "live"
    return f"{change.page}/{change.section} {'removed' if change.after is None else verb}"


def _note(db: Database, running: Sequence[Operation], at: Moment) -> str:
    present = workers.present(db, at=at)
    blocked = {advice.blocked_by(one, present) for one in running}
    if blocked == {"assistant"}:
        return "waiting: the assistant writes"
    if None not in blocked:
        return "waiting: no worker is running, start one with copydesk worker"
    seconds = [advice.seconds_left(one, at.now) for one in running]
    known = [one for one in seconds if one is not None]
    return _time_left(max(known)) if len(known) == len(seconds) else ""


def _time_left(seconds: float) -> str:
    """Rounded: a number that changes with every look is no news."""
    if seconds < _MINUTE:
        return "less than a minute left"
    return f"about {round(seconds / _MINUTE)} min left"
