"""The rows of docs/reliability.md: the long form prints one for each kind of torture."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Final

IS_LONG: Final = os.environ.get("COPYDESK_TORTURE", "") not in ("", "0")
"""The long form runs with COPYDESK_TORTURE=1, by `make torture`."""
NAME = "torture"


def runs(short: int, long: int) -> int:
    """How often to try: `COPYDESK_TORTURE_RUNS` says otherwise for the long form."""
    return int(os.environ.get("COPYDESK_TORTURE_RUNS", long)) if IS_LONG else short


@dataclass
class Tally:
    """What was done of one kind. It is printed only at the end of a test that found nothing."""

    name: str
    runs: int = 0
    kills: int = 0
    effects: int = 0
    blows: str = "kills"
    started: float = field(default_factory=time.monotonic)

    def print(self) -> None:
        seconds = time.monotonic() - self.started
        print(  # noqa: T201 - `make torture` collects it
            f"\n{NAME}: {self.name}: {self.runs} runs, {self.kills} {self.blows}, {self.effects:,} effects checked, "
            f"0 defects, {seconds:.0f} s"
        )
