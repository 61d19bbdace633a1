"""How soon a start tool answers while the worker of the same process is busy: in-process, and over MCP on stdio.

Each time it queues afresh: `generate` with `force` for the pages that are measured, then the operation is cancelled.
Meanwhile one big operation on other pages of the same site runs as fast as the worker can.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import anyio
from mcp import Client, StdioServerParameters

from benchmarks.measuring import Row, Target, at_most, percentile
from benchmarks.sites import BenchmarkSite, generated_site, tina_site
from copydesk.content.desk import open_desk
from copydesk.content.operations.values import Generate, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from benchmarks.measuring import Scale
    from copydesk.content.desk import Desk

_BALLAST: Final = 12_000
_LONGEST: Final = 90
_WARMING: Final = 0.5


class _Face(Protocol):
    """How the start tool is reached."""

    async def start(self, pages: tuple[str, ...]) -> dict[str, Any]:
        """Queue these pages' sections; the receipt."""

    async def counts(self, operation_id: str) -> dict[str, Any]:
        """The operation's jobs by state."""

    async def cancel(self, operation_id: str) -> None:
        """Cancel the operation, so that its sections are free again."""


@dataclass(frozen=True, slots=True)
class _InProcess:
    desk: Desk

    async def start(self, pages: tuple[str, ...]) -> dict[str, Any]:
        receipt = await self.desk.submit(Generate(scope=Scope(pages=pages), force=True))
        return receipt.model_dump(mode="json", by_alias=True)

    async def counts(self, operation_id: str) -> dict[str, Any]:
        return (await self.desk.receipt(operation_id)).counts.model_dump()

    async def cancel(self, operation_id: str) -> None:
        await self.desk.cancel(operation_id)


@dataclass(frozen=True, slots=True)
class _OverMcp:
    client: Client

    async def start(self, pages: tuple[str, ...]) -> dict[str, Any]:
        return await self._call("generate", {"pages": list(pages), "force": True, "writer": "outline"})

    async def counts(self, operation_id: str) -> dict[str, Any]:
        return await self._call("check-generation-status", {"operationId": operation_id})

    async def cancel(self, operation_id: str) -> None:
        await self._call("cancel-generation", {"operationId": operation_id})

    async def _call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        result = await self.client.call_tool(tool, arguments, read_timeout_seconds=_LONGEST)
        assert result.structured_content is not None, str(result.content)
        answer: dict[str, Any] = result.structured_content
        return answer


@asynccontextmanager
async def _in_process(site: BenchmarkSite) -> AsyncIterator[_Face]:
    async with open_desk(site.folder) as desk:
        yield _InProcess(desk)


@asynccontextmanager
async def _over_mcp(site: BenchmarkSite) -> AsyncIterator[_Face]:
    environment = dict(os.environ)
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "copydesk", "serve", "--project", str(site.folder)], env=environment
    )
    async with Client(server) as client:
        yield _OverMcp(client)


_FACES: Final[dict[str, Callable[[BenchmarkSite], AbstractAsyncContextManager[_Face]]]] = {
    "in-process": _in_process,
    "over MCP": _over_mcp,
}


async def measure(scale: Scale) -> list[Row]:
    ballast = scale.pick(_BALLAST, 2_000)
    quick = generated_site(scale.folder / "quick", 40, ballast=ballast) if scale.quick else None
    usual = quick or tina_site(scale.folder / "usual", ballast=ballast)
    large = quick or generated_site(scale.folder / "large", 5_000, ballast=ballast)
    found = [
        await _measured(face, site, times, at_most(limit), judged=not scale.quick)
        for face in _FACES
        for site, times, limit in ((usual, scale.pick(100, 5), 100), (large, scale.pick(20, 3), 1000))
    ]
    return [row for rows in found for row in rows]


async def _measured(name: str, site: BenchmarkSite, times: int, target: Target, *, judged: bool) -> list[Row]:
    async with _FACES[name](site) as face:
        other = await face.start(site.ballast)
        began = time.perf_counter()
        await anyio.sleep(_WARMING)
        answers = [await _answered(face, site) for _ in range(times)]
        counts = await face.counts(other["operationId"])
        rate = counts["completed"] / (time.perf_counter() - began)
        assert counts["pending"], f"the worker ran out of other work: {counts}"
        assert not counts["failed"], f"the other work failed: {counts}"
        await face.cancel(other["operationId"])
    note = f"{site.label} and {len(site.ballast)} other pages; worker at {rate:.0f} jobs/s; {times} times"
    return [
        Row(f"{name}, {site.sections} sections, p50", 1000 * percentile(answers, 0.5), "ms", note=note),
        Row(f"{name}, {site.sections} sections, p99", 1000 * percentile(answers, 0.99), "ms", target, judged=judged),
    ]


async def _answered(face: _Face, site: BenchmarkSite) -> float:
    """Seconds until the answer to one call that queues all that is measured."""
    start = time.perf_counter()
    receipt = await face.start(site.pages)
    elapsed = time.perf_counter() - start
    assert receipt["queuedSections"] == site.sections, receipt["message"]
    await face.cancel(receipt["operationId"])
    return elapsed
