"""Who wants to hear of changes, in either era: open listen streams, and the sessions that have subscribed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio

from copydesk.content.reports.addresses import Address, OperationAddress, read_address

if TYPE_CHECKING:
    from mcp.server.connection import Connection

__all__ = ["Interests"]


class Interests:
    """The addresses that are followed, as the clients wrote them, and by whom. Used from the event loop only."""

    def __init__(self) -> None:
        self._streams: Counter[str] = Counter()
        self._list_streams = 0
        self._sessions: dict[Connection, set[str]] = {}
        self._list_sessions: set[Connection] = set()
        self._wanted = anyio.Event()

    @property
    def any(self) -> bool:
        return bool(self._streams or self._list_streams or self._sessions or self._list_sessions)

    @property
    def any_address(self) -> bool:
        return bool(self._streams or self._sessions)

    async def wait_for_any(self) -> None:
        """Return as soon as somebody wants to hear something."""
        while not self.any:
            await self._wait_for_more()

    async def wait_for_address(self) -> None:
        """Return as soon as somebody follows an address."""
        while not self.any_address:
            await self._wait_for_more()

    async def _wait_for_more(self) -> None:
        self._wanted = anyio.Event()
        await self._wanted.wait()

    @contextmanager
    def listening(self, uris: Iterable[str], *, to_list: bool) -> Iterator[None]:
        """A listen stream of 2026-07-28, as long as it is open. Its events go through the bus."""
        followed = Counter(set(uris))
        self._streams += followed
        self._list_streams += to_list
        self._wanted.set()
        try:
            yield
        finally:
            self._streams -= followed
            self._list_streams -= to_list

    def subscribe(self, session: Connection, uri: str) -> None:
        self._keep(session)
        self._sessions.setdefault(session, set()).add(uri)
        self._wanted.set()

    def unsubscribe(self, session: Connection, uri: str) -> None:
        uris = self._sessions.get(session, set())
        uris.discard(uri)
        if not uris:
            self._sessions.pop(session, None)

    def follow_list(self, session: Connection) -> None:
        """The session has asked for the list: it is told when there is another one."""
        self._keep(session)
        self._list_sessions.add(session)
        self._wanted.set()

    def addresses(self) -> dict[str, Address]:
        """All that is followed: what clients wrote, and what it means."""
        uris = set(self._streams).union(*self._sessions.values())
        read = {uri: read_address(uri) for uri in uris}
        return {uri: address for uri, address in read.items() if address is not None}

    def operation_ids(self) -> frozenset[str]:
        return frozenset(one.id for one in self.addresses().values() if isinstance(one, OperationAddress))

    def followed_by(self, session: Connection) -> frozenset[str]:
        return frozenset(self._sessions.get(session, ()))

    def sessions_of(self, uri: str) -> list[Connection]:
        return [session for session, uris in self._sessions.items() if uri in uris]

    def sessions_of_list(self) -> list[Connection]:
        return list(self._list_sessions)

    def _keep(self, session: Connection) -> None:
        if session not in self._sessions and session not in self._list_sessions:
            session.exit_stack.callback(self._forget, session)

    def _forget(self, session: Connection) -> None:
        self._sessions.pop(session, None)
        self._list_sessions.discard(session)
