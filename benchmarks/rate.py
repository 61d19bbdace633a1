"""How much of what a provider allows is used, and how often it has to refuse: with its rate set, and without."""

from __future__ import annotations

import json
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import anyio
import httpx
from anyio.streams.text import TextReceiveStream

from benchmarks.measuring import ROOT, Row, at_least, at_most
from benchmarks.sites import plain_site
from copydesk.content.desk import open_desk
from copydesk.content.operations.values import WHOLE_SITE, Generate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.abc import Process

    from benchmarks.measuring import Scale
    from benchmarks.sites import BenchmarkSite

_LATENCY: Final = 0.2
_LONGEST: Final = 300.0
_EVERYTHING: Final = Generate(scope=WHOLE_SITE, force=True)


@dataclass(frozen=True, slots=True)
class _Found:
    share: float
    refused: float
    """For each section that was written."""


async def measure(scale: Scale) -> list[Row]:
    site = plain_site(scale.folder / "site", scale.pick(600, 40))
    rate = scale.pick(20, 20)
    known = await _drain(site, rate, {"rate": 60 * rate}, helpers=0)
    unknown = await _drain(site, rate, {}, helpers=0)
    together = await _drain(site, rate, {}, helpers=1)
    judged = not scale.quick
    note = (
        f"{site.sections} sections, {_LATENCY * 1000:g} ms each; {rate} requests a second allowed, in bursts of {rate}"
    )
    return [
        Row("share of what is allowed, rate set", known.share, "", at_least(0.9), note, judged),
        Row("refusals for each section, rate set", known.refused, "", at_most(0), judged=judged),
        Row("share of what is allowed, nothing set", unknown.share, "", at_least(0.9), judged=judged),
        Row("refusals for each section, nothing set", unknown.refused, "", at_most(0.1), judged=judged),
        Row("share of what is allowed, two processes", together.share, "", at_least(0.9), judged=judged),
        Row("refusals for each section, two processes", together.refused, "", at_most(0.1), judged=judged),
    ]


async def _drain(site: BenchmarkSite, rate: int, settings: dict[str, object], *, helpers: int) -> _Found:
    """All sections of a site, by this process and further ones, with a fresh provider."""
    async with _child("limited_provider", rate, rate, _LATENCY) as (_, port):
        url = f"http://127.0.0.1:{port}"
        provider = {"limited": {"api": "openai", "base_url": f"{url}/v1"}}
        chosen = {"writer": "limited:any", "writers": provider, **settings}
        async with _helpers(helpers, site, chosen), open_desk(site.folder, settings=chosen) as desk:
            receipt = await desk.submit(_EVERYTHING)
            assert receipt.operation_id, "the site has sections to write"
            done = await desk.wait(receipt.operation_id, seconds=_LONGEST)
            assert done.counts.completed == site.sections, done.message
        async with httpx.AsyncClient() as client:
            figures: dict[str, Any] = (await client.get(f"{url}/figures")).json()
    # Sections that are short of the bucket's first burst would flatter: what was in it at the start counts as allowed.
    return _Found(figures["share"], figures["refused"] / site.sections)


@asynccontextmanager
async def _helpers(count: int, site: BenchmarkSite, settings: dict[str, object]) -> AsyncIterator[None]:
    if not count:
        yield
        return
    async with _child("rate_child", site.folder, json.dumps(settings)):
        yield


@asynccontextmanager
async def _child(module: str, *arguments: object) -> AsyncIterator[tuple[Process, str]]:
    """A process of its own, and the first line that it prints."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *(str(argument) for argument in arguments)]
    async with await anyio.open_process(command, cwd=ROOT, stderr=None) as process:
        assert process.stdout, "the child's output is a pipe"
        text, stream = "", TextReceiveStream(process.stdout)
        while "\n" not in text:
            text += await stream.receive()
        try:
            yield process, text.strip()
        finally:
            process.terminate()
