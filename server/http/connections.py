"""Connections that cannot be held for nothing: by a request that never comes, or an answer that is never read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

__all__ = ["BoundedConnection"]

REQUEST_SECONDS: Final = 15.0
"""How long the head of a request may take to arrive, from its first byte or the connection on."""
STALLED_SECONDS: Final = 60.0
"""How long a client may read nothing while answers pile up."""


class _Timer(Protocol):
    """What the event loop, which is uvicorn's here and not anyio's, gives for a later call."""

    def cancel(self) -> None: ...


class BoundedConnection(H11Protocol):
    """Uvicorn bounds the time between two requests; this also bounds the two waits that it does not."""

    _head: _Timer | None = None
    _stalled: _Timer | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle = cast("RequestResponseCycle | None", self.cycle)  # there is none before the first request
        if cycle is None or cycle.response_complete:
            self._expect_head()
        else:
            self._head_is_there()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(STALLED_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._is_read_again()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_there()
        self._is_read_again()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _head_is_there(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _is_read_again(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
