"""How much faster a site is written in parallel than section by section, with a writer that takes 200 ms."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from benchmarks.measuring import Row, at_least, interleaved
from benchmarks.sites import BenchmarkSite, generated_site, tina_site
from benchmarks.writers import SlowWriter
from copydesk.content.desk import open_desk
from copydesk.content.operations.values import WHOLE_SITE, Generate

if TYPE_CHECKING:
    from benchmarks.measuring import Scale
    from copydesk.content.desk import Desk

_GENERATE_ALL: Final = Generate(scope=WHOLE_SITE, force=True)


async def measure(scale: Scale) -> list[Row]:
    site = generated_site(scale.folder / "site", 40) if scale.quick else tina_site(scale.folder / "site")
    seconds = 0.02 if scale.quick else 0.2
    alone = await _inline(site, seconds)
    figures = await interleaved(
        scale.pick(3, 1), {"32": lambda: _queued(site, seconds, 32), "16": lambda: _queued(site, seconds, 16)}
    )
    note = f"{site.label}, a writer of {seconds * 1000:g} ms"
    judged = not scale.quick
    return [
        Row("one by one (generate_all_sync)", alone, "s", note=note),
        Row("concurrency 32", figures["32"], "s"),
        Row("concurrency 16, the default", figures["16"], "s"),
        Row("times as fast at 32", alone / figures["32"], "x", at_least(25), judged=judged),
        Row("times as fast at 16", alone / figures["16"], "x", at_least(12), judged=judged),
    ]


async def _inline(site: BenchmarkSite, seconds: float) -> float:
    async with open_desk(site.folder, writers={"slow": SlowWriter(seconds)}, settings=_settings(16)) as desk:
        start = time.perf_counter()
        receipt = await desk.perform(_GENERATE_ALL)
        elapsed = time.perf_counter() - start
    _require(receipt.counts.completed, site)
    return elapsed


async def _queued(site: BenchmarkSite, seconds: float, concurrency: int) -> float:
    settings = _settings(concurrency)
    async with open_desk(site.folder, writers={"slow": SlowWriter(seconds)}, settings=settings) as desk:
        await desk.snapshot()
        start = time.perf_counter()
        completed = await _generate_all(desk)
        elapsed = time.perf_counter() - start
    _require(completed, site)
    return elapsed


async def _generate_all(desk: Desk) -> int:
    receipt = await desk.submit(_GENERATE_ALL)
    assert receipt.operation_id, "the site has sections to write"
    return (await desk.wait(receipt.operation_id, seconds=120)).counts.completed


def _settings(concurrency: int) -> dict[str, object]:
    return {"concurrency": concurrency, "writer": "slow"}


def _require(completed: int, site: BenchmarkSite) -> None:
    assert completed == site.sections, f"{completed} of {site.sections} sections were written"
