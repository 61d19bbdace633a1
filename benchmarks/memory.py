"""Peak memory of a large run, against one that holds every job and every result until the end. In child processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.measuring import Row, at_most, in_child, interleaved
from benchmarks.sites import generated_site

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.measuring import Scale
    from benchmarks.sites import BenchmarkSite

_RUNS: Final = ("load", "idle", "run", "held")
_EXPLAINED: Final = 5.0
"""MB that a run twice as large may take beyond its definition: what allocators and caches differ by."""


async def measure(scale: Scale) -> list[Row]:
    small = generated_site(scale.folder / "small", scale.pick(5_000, 200))
    large = generated_site(scale.folder / "large", scale.pick(10_000, 400))
    found = await interleaved(scale.pick(3, 1), _children((small, large)))
    count, twice = small.sections, large.sections
    idle = found[f"idle {count}"]
    run, held = found[f"run {count}"], found[f"held {count}"]
    growth = found[f"run {twice}"] - found[f"run {count}"]
    definition = found[f"load {twice}"] - found[f"load {count}"]
    judged = not scale.quick
    return [
        Row(f"definition of {count} loaded alone", found[f"load {count}"], "MB", note="peak resident size, medians"),
        Row("a desk that idles with it", idle, "MB"),
        Row(f"run of {count}", run, "MB"),
        Row("the same, everything held", held, "MB"),
        Row("run / everything held", run / held, target=at_most(0.5), judged=judged),
        Row("run, beyond the idle desk", run - idle, "MB"),
        Row("everything held, beyond the idle desk", held - idle, "MB"),
        Row("the same as a ratio", (run - idle) / (held - idle), note="without what both processes have in common"),
        Row(f"run of {twice}", found[f"run {twice}"], "MB"),
        Row(f"definition of {twice} loaded alone", found[f"load {twice}"], "MB"),
        Row(f"growth from {count} to {twice}", growth, "MB", note=f"of it {definition:.1f} MB are the definition"),
        Row("growth beyond the definition", growth - definition, "MB", at_most(_EXPLAINED), judged=judged),
    ]


def _children(sites: tuple[BenchmarkSite, ...]) -> dict[str, Callable[[], Awaitable[float]]]:
    return {f"{run} {site.sections}": _child(run, site) for site in sites for run in _RUNS}


def _child(run: str, site: BenchmarkSite) -> Callable[[], Awaitable[float]]:
    async def measured() -> float:
        answer = await in_child("memory_child", run, site.folder)
        written = answer["written"]
        assert written in {site.sections, None}, f"{written} of {site.sections} sections were written"
        return float(answer["peak"])

    return measured
