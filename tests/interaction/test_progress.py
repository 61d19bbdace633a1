"""While a call waits, the client hears how far it is: exactly as far as the store says."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import pytest
from mcp.client.client import ConnectMode

from copydesk.content.errors import ContentError
from copydesk.tools import running
from copydesk.tools.running import committed

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]


async def until(talk: Any, finished: int) -> None:
    """Until the client has heard of so many finished jobs."""
    with anyio.fail_after(30):
        while not talk.progress or talk.progress[-1][0] < finished:
            await anyio.lowlevel.checkpoint()


async def finished_jobs(talk: Any) -> set[str]:
    (operation,) = (await talk.desk.status()).operations
    return {
        f"{job.page}/{job.section_id}"
        for job in (await talk.desk.status()).jobs
        if job.operation_id == operation.operation_id and job.status.value in ("completed", "failed")
    }


@pytest.mark.parametrize("era", ERAS)
async def test_progress_reported_is_progress_made_job_by_job(connect: Any, gated: Any, era: ConnectMode) -> None:
    async with connect(era, writer="gated", concurrency=1) as talk, anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: talk.call("generate-all", waitSeconds=30))
        await until(talk, 0)
        before: set[str] = set()
        for number in (1, 2, 3, 4):
            gated.open(1)
            await until(talk, number)
            stored = await finished_jobs(talk)
            (new,) = stored - before
            assert talk.progress[-1] == (number, 4, f"{number} of 4: {new} written")
            before = stored
    assert [progress for progress, _, _ in talk.progress] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("tool", ["generate-all", "regenerate-all", "promote"])
async def test_progress_increases_strictly_and_ends_at_the_total(connect: Any, tool: str) -> None:
    async with connect(writer="outline") as talk:
        if tool != "generate-all":
            await talk.call("generate-all", waitSeconds=20)
            talk.progress.clear()
        await talk.call(tool, waitSeconds=20, **({"all": True} if tool == "promote" else {}))
    reported = [progress for progress, _, _ in talk.progress]
    assert reported == sorted(set(reported))
    assert (reported[-1], {total for _, total, _ in talk.progress}) == (4, {4})


async def test_failed_sections_count_as_progress_and_are_told(connect: Any, gated: Any) -> None:
    gated.refused = {"home/hero", "home/why", "repairs/hero", "repairs/prices"}
    gated.open(4)
    async with connect(writer="gated") as talk:
        receipt = await talk.call("generate-all", waitSeconds=20)
    assert talk.progress[-1][:2] == (4, 4)
    assert "(4 failed)" in talk.progress[-1][2]
    assert (receipt["outcome"], receipt["status"]) == ("failed", "failed")


async def test_waiting_for_several_operations_reports_their_sum(connect: Any, gated: Any) -> None:
    async with connect(writer="gated") as talk:
        await talk.call("generate", page="home")
        await talk.call("generate", page="repairs")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: talk.call("check-generation-status", waitSeconds=20))
            await until(talk, 0)
            gated.open(4)
    assert talk.progress[-1][:2] == (4, 4)


async def test_giving_up_a_waiting_call_leaves_its_jobs_alone(connect: Any, gated: Any) -> None:
    async with connect(writer="gated") as talk:
        with anyio.CancelScope() as call:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: talk.call("generate-all", waitSeconds=45))
                await until(talk, 0)
                call.cancel()
        gated.open(4)
        status = await talk.call("check-generation-status", waitSeconds=20)
    assert (status["completed"], status["cancelled"], status["total"]) == (4, 0, 4)


@pytest.mark.parametrize("era", ERAS)
async def test_client_that_does_not_take_its_reports_holds_up_neither_the_work_nor_the_answer(
    connect: Any, gated: Any, era: ConnectMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_REPORT_SECONDS", 0.01)
    held: list[float] = []

    async def hold(progress: float, total: float | None, message: str | None) -> None:
        held.append(progress)
        await anyio.sleep_forever()

    gated.open(4)
    async with connect(era, writer="gated", concurrency=1) as talk:
        with anyio.fail_after(30):
            result = await talk.client.call_tool("generate-all", {"waitSeconds": 30}, progress_callback=hold)
        assert (await talk.desk.status()).completed == 4
    assert result.structured_content["waitEnded"] == "finished"
    assert held[0] == 0


async def test_change_that_has_begun_is_finished_though_the_call_is_given_up() -> None:
    steps: list[str] = []

    async def change() -> None:
        steps.append("begun")
        await anyio.lowlevel.checkpoint()
        steps.append("finished")

    with anyio.CancelScope() as call:
        call.cancel()
        await committed(change())
    assert steps == ["begun", "finished"]


async def test_store_that_does_not_answer_holds_a_call_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_COMMIT_SECONDS", 0.01)
    with pytest.raises(ContentError, match="same requestId is safe") as caught:
        await committed(anyio.sleep_forever())
    assert caught.value.code == "store-slow"
