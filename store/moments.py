"""One reading of both clocks, handed through whatever happens at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from copydesk.store.clock import Clock

__all__ = ["Moment"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of the clock: wall time for people, time since boot for leases and run times (milliseconds)."""

    now: int
    boot_now: int
    boot: str

    @classmethod
    def read(cls, clock: Clock) -> Self:
        return cls(now=clock.now(), boot_now=clock.boot(), boot=clock.boot_id)
