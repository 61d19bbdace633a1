"""The first call to a provider goes alone: what it is refused for (a key, a rate) it finds out for all that wait."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import anyio

from copydesk.content.writers.base import Permanent, Transient, Usage, Written

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from copydesk.content.writers.base import Answer

__all__ = ["Introduction"]

_PATIENCE: Final = 5.0
"""Seconds that others wait for the first answer. A refused key is told at once; copy takes longer to write."""
_MEMORY: Final = 3.0
"""Seconds that a refusal is remembered: until the operation has stopped, jobs of it may still be on their way here."""


@dataclass(slots=True)
class _First:
    """A call that others wait for."""

    done: anyio.Event = field(default_factory=anyio.Event)
    refusal: Permanent | Transient | None = None


class Introduction:
    """Lets calls through: until one has succeeded, only behind one that is on its way."""

    def __init__(self) -> None:
        self._is_known = False
        self._first: _First | None = None
        self._refused: tuple[Permanent, float] | None = None

    async def call(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """What `ask` answers, or the refusal that a call which this one waited for has met."""
        if self._is_known:
            return await ask()
        if self._first is None:
            return self._refusal() or await self._go_first(ask)
        first = self._first
        with anyio.move_on_after(_PATIENCE):
            await first.done.wait()
        return first.refusal or self._refusal() or await ask()

    def _refusal(self) -> Permanent | None:
        """That the key was refused a moment ago."""
        if self._refused is None or anyio.current_time() > self._refused[1]:
            return None
        return self._refused[0]

    async def _go_first(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        first = self._first = _First()
        try:
            answer = await ask()
            self._is_known = isinstance(answer, Written)
            if isinstance(answer, Permanent) and answer.stops is not None:
                self._refused = replace(answer, usage=Usage()), anyio.current_time() + _MEMORY
            elif isinstance(answer, Transient) and answer.code == "rate-limited":
                first.refusal = replace(answer, usage=Usage())
        finally:
            self._first = None
            first.done.set()
        return answer
