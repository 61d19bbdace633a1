"""The first call to a provider goes alone: if its key is wrong, one call finds that out for all that wait."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import anyio

from copydesk.content.writers.base import Permanent, Usage, Written

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from copydesk.content.writers.base import Answer

__all__ = ["Introduction"]

_PATIENCE: Final = 5.0
"""Seconds that others wait for the first answer. A refused key is told at once; copy takes longer to write."""
_MEMORY: Final = 3.0
"""Seconds that a refusal is remembered: until the operation has stopped, jobs of it may still be on their way here."""


class Introduction:
    """Lets calls through: until one has succeeded, only behind one that is on its way."""

    def __init__(self) -> None:
        self._is_known = False
        self._first: anyio.Event | None = None
        self._refused: tuple[Permanent, float] | None = None

    async def call(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """What `ask` answers, or that the key was refused, if a call that this one waited for found that."""
        if self._is_known:
            return await ask()
        if self._first is not None:
            with anyio.move_on_after(_PATIENCE):
                await self._first.wait()
            return self._refusal() or await ask()
        return self._refusal() or await self._go_first(ask)

    def _refusal(self) -> Permanent | None:
        """That the key was refused a moment ago."""
        if self._refused is None or anyio.current_time() > self._refused[1]:
            return None
        return self._refused[0]

    async def _go_first(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        first = self._first = anyio.Event()
        try:
            answer = await ask()
            self._is_known = isinstance(answer, Written)
            if isinstance(answer, Permanent) and answer.stops is not None:
                self._refused = replace(answer, usage=Usage()), anyio.current_time() + _MEMORY
        finally:
            self._first = None
            first.set()
        return answer
