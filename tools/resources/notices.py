"""Change notices: whatever process changes the copy, the site or an operation, those who asked for it are told.

One follower per server process looks at what has changed after each commit of any process, and at the site's file
once a second, but only while somebody wants to hear of something. A notice says "read again", not what there is to
read: changes in quick succession make one.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourcesListChanged, ResourceUpdated

from copydesk.content.desk import Desk
from copydesk.content.reports.news import Mark, News, mark_now, mark_operations, news_since
from copydesk.store.database import Topic
from copydesk.store.errors import StoreError
from copydesk.tools.resources.interests import Interests

if TYPE_CHECKING:
    from mcp.server.connection import Connection

__all__ = ["ChangeNotices"]

_LOG = logging.getLogger(__name__)

_SHORTEST_INTERVAL: Final = 0.5
"""Seconds between two notices about one address."""
_LOOK_AGAIN: Final = 1.0
"""Seconds after which to look without a wake-up: nobody rings when the site's file is saved."""
_PATIENCE: Final = 1.0
"""Seconds that a session may take to accept a notice: one that does not read must not silence the others."""


class ChangeNotices:
    """Follows the desk for everybody who wants to hear of changes."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        """What the SDK's listen streams hear."""
        self.interests = Interests()
        self._mark: Mark | None = None
        self._marking = anyio.Lock()

    async def begin(self, desk: Desk) -> None:
        """Note how things stand, so that nothing goes unnoticed that happens after a subscription is confirmed."""
        async with self._marking:
            mark = self._mark or await mark_now(desk)
            if new := self.interests.operation_ids() - set(mark.operations):
                known = await mark_operations(desk, new)
                mark = replace(mark, operations={**known, **mark.operations})
            self._mark = mark

    async def follow(self, desk: object) -> None:
        """Tell of changes, for ever. Does nothing as long as nobody wants to hear of any."""
        while isinstance(desk, Desk):
            await self.interests.wait_for_any()
            await self._follow(desk)

    async def _follow(self, desk: Desk) -> None:
        while self.interests.any:
            await self._look(desk)
            if self.interests.any_address:
                await self._follow_addresses(desk)
            else:  # who has but the list is told of the site's file alone, and no commit need wake anybody
                with anyio.move_on_after(_LOOK_AGAIN):
                    await self.interests.wait_for_address()
        self._mark = None

    async def _follow_addresses(self, desk: Desk) -> None:
        with desk.store.signals.watch(Topic.PROGRESS) as watch:
            while self.interests.any_address:
                await self._look(desk)
                await anyio.sleep(_SHORTEST_INTERVAL)
                await watch.wait(_LOOK_AGAIN)

    async def _look(self, desk: Desk) -> None:
        try:
            await self.begin(desk)
            assert self._mark is not None, "begin has noted how things stand"
            news = await news_since(desk, self._mark, self.interests.operation_ids())
        except StoreError as error:
            _LOG.warning("cannot look for changes to tell of: %s", error)
            return
        self._keep(news.now)
        await self._tell(news)

    def _keep(self, now: Mark) -> None:
        """The mark for the next look, with the operations that somebody has begun to follow in the meantime."""
        assert self._mark is not None, "there was one to look from"
        marks, wanted = {**self._mark.operations, **now.operations}, self.interests.operation_ids()
        self._mark = replace(now, operations={one: mark for one, mark in marks.items() if one in wanted})

    async def _tell(self, news: News) -> None:
        for uri, address in self.interests.addresses().items():
            if news.concerns(address):
                await self.bus.publish(ResourceUpdated(uri=uri))
                await _notify(self.interests.sessions_of(uri), "notifications/resources/updated", {"uri": uri})
        if news.has_other_pages:
            await self.bus.publish(ResourcesListChanged())
            await _notify(self.interests.sessions_of_list(), "notifications/resources/list_changed", None)


async def _notify(sessions: list[Connection], method: str, params: dict[str, Any] | None) -> None:
    for session in sessions:
        with anyio.move_on_after(_PATIENCE):
            await session.notify(method, params)
