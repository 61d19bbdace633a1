"""Over HTTP, progress reaches those who wait; who goes, or does not read, holds up nothing."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.client import ConnectMode

from tests.interaction.http_server import (
    SECONDS,
    http_here,
    http_process,
    modern,
    modern_headers,
    raw_request,
    web_client,
)

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]
NUMBER_OF_SECTIONS = 4


class Heard:
    """Progress as a client hears it."""

    def __init__(self) -> None:
        self.reports: list[tuple[float, float | None, str]] = []
        self._more = anyio.Event()

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        self.reports.append((progress, total, message or ""))
        self._more.set()
        self._more = anyio.Event()

    async def until(self, finished: int) -> None:
        with anyio.fail_after(SECONDS):
            while not self.reports or self.reports[-1][0] < finished:
                await self._more.wait()

    def assert_ends_at_the_total(self) -> None:
        reported = [progress for progress, _, _ in self.reports]
        assert reported == sorted(set(reported))
        assert self.reports[-1][:2] == (NUMBER_OF_SECTIONS, NUMBER_OF_SECTIONS)


async def call(client: Client, tool: str, heard: Heard, **arguments: Any) -> dict[str, Any]:
    with anyio.fail_after(SECONDS):
        result = await client.call_tool(tool, arguments, progress_callback=heard)
    assert not result.is_error, result.content
    answer: dict[str, Any] = result.structured_content or {}
    return answer


@pytest.mark.parametrize("era", ["legacy", "auto", "2026-07-28"])
async def test_site_is_written_and_published_over_http_with_progress(project: Any, era: ConnectMode) -> None:
    written, published = Heard(), Heard()
    async with http_process(project.root, writer="outline") as server, Client(server.url, mode=era) as client:
        assert (await call(client, "generate-all", written, waitSeconds=20))["outcome"] == "ok"
        assert (await call(client, "promote", published, all=True, waitSeconds=20))["outcome"] == "ok"
    written.assert_ends_at_the_total()
    published.assert_ends_at_the_total()


@pytest.mark.parametrize("era", ERAS)
async def test_each_section_is_reported_by_name_as_it_is_written(project: Any, gated: Any, era: ConnectMode) -> None:
    heard = Heard()
    async with (
        http_here(project, writers={"gated": gated}, writer="gated", concurrency=1) as (url, _),
        Client(url, mode=era) as client,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(lambda: call(client, "generate-all", heard, waitSeconds=20))
        for number in range(NUMBER_OF_SECTIONS + 1):
            await heard.until(number)
            gated.open(1)
    heard.assert_ends_at_the_total()
    lines = [line for _, _, line in heard.reports]
    assert lines[0] == "0 of 4"
    assert all(line.startswith(f"{number} of 4: ") for number, line in enumerate(lines[1:], start=1))
    assert {line.split(": ")[1] for line in lines[1:]} == {
        f"{section} written" for section in ("home/hero", "home/why", "repairs/hero", "repairs/prices")
    }


@pytest.mark.parametrize("era", ERAS)
async def test_who_comes_back_hears_progress_from_where_it_is(project: Any, gated: Any, era: ConnectMode) -> None:
    first, second = Heard(), Heard()
    async with http_here(project, writers={"gated": gated}, writer="gated", concurrency=1) as (url, desk):
        async with anyio.create_task_group() as tasks:

            async def begin() -> None:
                async with Client(url, mode=era) as client:
                    await call(client, "generate-all", first, waitSeconds=45)

            tasks.start_soon(begin)
            gated.open(1)
            await first.until(1)
            tasks.cancel_scope.cancel()  # the window is closed in the middle of the call
        gated.open(1)
        async with Client(url, mode=era) as client, anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: call(client, "check-generation-status", second, waitSeconds=20))
            await second.until(2)
            gated.open(2)
        status = await desk.status()
    assert first.reports[-1][0] == 1
    second.assert_ends_at_the_total()
    assert second.reports[0][0] >= 1
    assert (status.completed, status.cancelled) == (NUMBER_OF_SECTIONS, 0)


async def test_stream_that_is_cut_in_the_middle_cancels_no_job(project: Any, gated: Any) -> None:
    asks = modern("tools/call", name="generate-all", arguments={"waitSeconds": 45}, _meta={"progressToken": "mine"})
    async with http_here(project, writers={"gated": gated}, writer="gated") as (url, _):
        async with web_client(url) as web, web.stream("POST", "/mcp", json=asks, headers=modern_headers(asks)) as cut:
            async for line in cut.aiter_lines():
                if line.startswith("data:"):
                    assert json.loads(line.removeprefix("data:"))["params"]["progressToken"] == "mine"
                    break
        gated.open(NUMBER_OF_SECTIONS)
        heard = Heard()
        async with Client(url, mode="2026-07-28") as client:
            status = await call(client, "check-generation-status", heard, waitSeconds=20)
        assert (status["completed"], status["cancelled"]) == (NUMBER_OF_SECTIONS, 0)
    heard.assert_ends_at_the_total()


async def test_client_that_never_reads_holds_up_neither_the_work_nor_others(project: Any, gated: Any) -> None:
    asks = modern("tools/call", name="generate-all", arguments={"waitSeconds": 45}, _meta={"progressToken": "mine"})
    async with http_here(project, writers={"gated": gated}, writer="gated") as (url, desk):
        silent = [await raw_request(url, asks, modern_headers(asks)) for _ in range(10)]
        heard = Heard()
        async with Client(url, mode="legacy") as client, anyio.create_task_group() as tasks:
            with anyio.fail_after(SECONDS):
                while not (await desk.status()).total:
                    await anyio.lowlevel.checkpoint()
            tasks.start_soon(lambda: call(client, "check-generation-status", heard, waitSeconds=20))
            await heard.until(0)
            gated.open(NUMBER_OF_SECTIONS)
        assert (await desk.status()).completed == NUMBER_OF_SECTIONS
        for stream in silent:
            await stream.aclose()
    heard.assert_ends_at_the_total()
