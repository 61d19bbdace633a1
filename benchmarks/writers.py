"""Writers for measuring: the outline writer's copy, made slow or unreliable."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from copydesk.content.writers.base import Estimate, Transient
from copydesk.content.writers.outline import OutlineWriter

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from copydesk.content.briefs import Brief
    from copydesk.content.writers.base import Answer, Correction

OUTLINE = OutlineWriter()


@dataclass(slots=True)
class SlowWriter:
    """Takes as long as a model that answers over the network."""

    seconds: float
    name: str = "slow"
    is_draft: bool = True

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        await anyio.sleep(self.seconds)
        return await OUTLINE.write(brief, correction)

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate(seconds=self.seconds)


@dataclass(slots=True)
class FlakyWriter:
    """Fails a share of its calls for a reason that passes; which ones, a seed says."""

    share: float
    chance: random.Random
    name: str = "flaky"
    is_draft: bool = True
    calls: int = 0
    faults: int = 0

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        self.calls += 1
        if self.chance.random() < self.share:
            self.faults += 1
            return Transient("connection", "The connection was reset.")
        return await OUTLINE.write(brief, correction)

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate()


@dataclass(slots=True)
class WatchedWriter:
    """Tells when it begins, on the clock that all processes of a machine share."""

    tell: Callable[[float], None] = lambda _: None
    name: str = "watched"
    is_draft: bool = True

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        self.tell(time.monotonic())
        return await OUTLINE.write(brief, correction)

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate()
