"""The rate at which one process begins attempts, for each writer."""

from __future__ import annotations

import anyio


class Pace:
    """Spaces attempts evenly: `rate` a minute for each writer, or as fast as they come."""

    def __init__(self, rate: float | None) -> None:
        self._interval = 0.0 if rate is None else 60.0 / rate
        self._next_turn: dict[str, float] = {}

    async def turn(self, writer: str) -> None:
        """Wait for this writer's next turn."""
        if not self._interval:
            return
        now = anyio.current_time()
        turn = max(now, self._next_turn.get(writer, now))
        self._next_turn[writer] = turn + self._interval
        await anyio.sleep_until(turn)
