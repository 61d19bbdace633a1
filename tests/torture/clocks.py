"""A machine's clocks that a test can set: every process of a run reads how far they are off from one file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

from copydesk.store import store
from copydesk.store.clock import SystemClock

__all__ = ["CLOCK_OF_STORES", "Shift", "ShiftedClock", "set_clocks", "use_shifted_clocks"]

CLOCK_OF_STORES: Final = "copydesk.store.store.SystemClock"
"""Where a store finds the class of its clock."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Milliseconds that the clocks are ahead, and how often the machine was started anew."""

    wall: int = 0
    boot: int = 0
    restarts: int = 0


class ShiftedClock:
    """The clocks of this machine, shifted by what the file says at the moment."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._real = SystemClock()

    @property
    def boot_id(self) -> str:
        return f"{self._real.boot_id}-{self._shift().restarts}"

    def now(self) -> int:
        return self._real.now() + self._shift().wall

    def boot(self) -> int:
        return self._real.boot() + self._shift().boot

    def _shift(self) -> Shift:
        return Shift(**json.loads(self._file.read_text(encoding="utf-8")))


def set_clocks(file: Path, shift: Shift) -> None:
    """From now on. Nobody reads half of it."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(asdict(shift)), encoding="utf-8")
    new.replace(file)


def use_shifted_clocks(file: Path) -> None:
    """Every store that this process opens from now on."""
    store.SystemClock = partial(ShiftedClock, file)  # type: ignore[attr-defined, assignment]
