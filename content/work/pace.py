"""How much of each writer this process may take: its free places, and the writer's turns, which all processes share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from copydesk.store import paces
from copydesk.store.moments import Moment
from copydesk.store.paces import Limit

if TYPE_CHECKING:
    from copydesk.content.settings import Settings
    from copydesk.content.work.running import Running
    from copydesk.content.writers.registry import Writers
    from copydesk.store.models import Claim
    from copydesk.store.store import Store

__all__ = ["Pace"]


class Pace:
    """The limits of each writer in one process, by its settings and its own nature."""

    def __init__(self, store: Store, writers: Writers, settings: Settings) -> None:
        self._store = store
        self._writers = writers
        self._settings = settings
        self._set: dict[str, Limit] = {}

    def limits(self, running: Running) -> dict[str, Limit]:
        """What may be claimed of each writer that has a free place; those with the fewest jobs under way come first.

        So a writer with a long queue cannot keep all places: each that is freed goes to one that has fewer.
        """
        names = sorted(self._writers.runnable(), key=running.count_of)
        return {name: limit for name in names if (limit := self._left(name, running)).room != 0}

    def has_room_again(self, writer: str, running: Running) -> bool:
        """Whether the place that was freed just now is the writer's only one."""
        return self._left(writer, running).room == 1

    async def turn(self, claim: Claim) -> Claim:
        """Wait for the writer's next turn, and take it: for what was claimed without one, to be done inline."""
        rate = self._limit(claim.writer).rate
        while True:
            at = Moment.read(self._store.clock)
            wait = await self._store.write(paces.take_turn, claim.writer, rate, at=at)
            if not wait:
                return replace(claim, begun_at=at.boot_now)
            await anyio.sleep(wait / 1000)

    def _left(self, writer: str, running: Running) -> Limit:
        limit = self._limit(writer)
        most = limit.room or self._settings.concurrency
        own = self._writers.most_at_once(writer)
        return replace(limit, room=max(0, min(most, own or most) - running.count_of(writer)))

    def _limit(self, writer: str) -> Limit:
        """What the settings say of a writer; they do not change while the process runs."""
        if writer not in self._set:
            found = self._settings.of_writer(writer)
            self._set[writer] = Limit(found.concurrency, found.rate)
        return self._set[writer]
