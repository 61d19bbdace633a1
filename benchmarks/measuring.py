"""What the benchmarks share: rows with targets, medians and percentiles, interleaved rounds, memory of a child."""

from __future__ import annotations

import json
import math
import resource
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Scale:
    """How large to measure, and where to put the sites."""

    folder: Path
    quick: bool = False

    def pick(self, full: int, quick: int) -> int:
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Target:
    """A limit that a figure must keep, on one side."""

    limit: float
    at_most: bool = True

    def is_met(self, figure: float) -> bool:
        return figure <= self.limit if self.at_most else figure >= self.limit

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. A row that is not `judged` was measured too small for a verdict (`--quick`)."""

    what: str
    measured: float
    unit: str = ""
    target: Target | None = None
    note: str = ""
    judged: bool = True

    @property
    def verdict(self) -> str:
        """`met`, `missed`, `-` where the size says nothing, or nothing where there is no target."""
        if self.target is None:
            return ""
        if not self.judged:
            return "-"
        return "met" if self.target.is_met(self.measured) else "missed"


def at_most(limit: float) -> Target:
    return Target(limit)


def at_least(limit: float) -> Target:
    return Target(limit, at_most=False)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; `share` is between 0 and 1."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


async def interleaved(rounds: int, candidates: Mapping[str, Callable[[], Awaitable[float]]]) -> dict[str, float]:
    """The median of each candidate's figures. They take turns, so that a slow minute of the machine hits them all."""
    figures: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, measure in candidates.items():
            figures[name].append(await measure())
    return {name: statistics.median(found) for name, found in figures.items()}


async def seconds_of(step: Awaitable[object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    await step
    return time.perf_counter() - start


async def in_child(module: str, *arguments: object) -> dict[str, Any]:
    """What `python -m benchmarks.MODULE ARGUMENTS` prints as JSON: a process of its own, with a memory of its own."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *(str(argument) for argument in arguments)]
    finished = await anyio.run_process(command, cwd=ROOT, stderr=None)
    answer: dict[str, Any] = json.loads(finished.stdout)
    return answer


def peak_memory() -> float:
    """The largest resident size that this process has had, in MB.

    `VmHWM` begins anew with the program; `ru_maxrss`, where there is nothing better, may be the parent's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage / (1024 * 1024 if sys.platform == "darwin" else 1024)
