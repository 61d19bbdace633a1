"""RUN: dry runs store nothing, and a repeated request id is answered with what it made the first time."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from mcp import MCPError


async def test_dry_run_shows_the_plan_and_stores_nothing(connect: Any) -> None:
    async with connect() as talk:
        before = await talk.stored()
        plan = await talk.call("generate-all", dryRun="true", waitSeconds=20)
        assert await talk.stored() == before
    assert (plan["dryRun"], plan["operationId"], plan["status"], plan["queuedSections"]) == (True, None, None, 4)
    assert plan["estimate"] is not None


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("generate", {"page": "home"}),
        ("regenerate-content", {"all": True}),
        ("regenerate-all", {}),
        ("promote", {"all": True}),
        ("rollback", {"pages": ["home"]}),
    ],
)
async def test_dry_run_of_each_tool_stores_nothing(connect: Any, tool: str, arguments: dict[str, Any]) -> None:
    async with connect() as talk:
        await talk.call("generate-all", waitSeconds=20)
        await talk.call("promote", page="home")
        before = await talk.stored()
        plan = await talk.call(tool, dryRun=True, **arguments)
        assert await talk.stored() == before
    assert plan["dryRun"]
    assert plan["totalSections"] == plan["queuedSections"] + plan["skippedTotal"]


async def test_same_request_id_gives_the_same_operation_and_stores_it_once(connect: Any) -> None:
    async with connect() as talk:
        first = await talk.call("generate-all", requestId="mine", waitSeconds=20)
        before = await talk.stored()
        again = await talk.call("generate-all", requestId="mine", waitSeconds=20)
        assert await talk.stored() == before
    assert again == first


async def test_request_id_used_for_something_else_is_refused(connect: Any) -> None:
    async with connect() as talk:
        first = await talk.call("generate-all", requestId=7, waitSeconds=20)
        before = await talk.stored()
        error = await talk.error("generate", page="home", requestId="7")
        assert await talk.stored() == before
    assert error.startswith(f'[request-id-reused] The requestId "7" was used for {first["operationId"]}')


async def test_call_repeated_after_a_timeout_finds_the_operation_of_the_first(connect: Any, gated: Any) -> None:
    async with connect(writer="gated") as talk:
        with pytest.raises(MCPError):
            await talk.client.call_tool(
                "generate-all", {"requestId": "once", "waitSeconds": 45}, read_timeout_seconds=0.5
            )
        gated.open(4)
        again = await talk.call("generate-all", requestId="once", waitSeconds=20)
        assert (await talk.stored())["operations"] == 1
    assert (again["queuedSections"], again["outcome"]) == (4, "ok")


async def test_retry_repeated_with_its_request_id_is_answered_though_nothing_is_failed_any_more(
    connect: Any, gated: Any
) -> None:
    gated.refused, gated.code = {"home/why"}, "overloaded"
    gated.open(100)
    async with connect(writer="gated") as talk:
        failed = await talk.call("generate-all", waitSeconds=20)
        gated.refused = set()
        retry = {"operationId": failed["operationId"], "requestId": "again", "waitSeconds": 20}
        first = await talk.call("retry-failed", **retry)
        assert await talk.call("retry-failed", **retry) == first
    assert first["outcome"] == "ok"


async def test_two_starts_at_once_queue_each_section_once(connect: Any, gated: Any) -> None:
    async with connect(writer="gated") as talk:
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(lambda: talk.call("generate-all"))
        assert (await talk.stored())["jobs"] == 4
        again = await talk.call("generate-all", waitSeconds=20)
        status = await talk.call("check-generation-status")
    assert (again["outcome"], again["operationId"]) == ("nothing-to-do", status["operations"][0]["operationId"])
    assert {one["code"] for one in again["skipped"]} == {"in-progress", "static"}
    assert again["nextStep"]["tool"] == "check-generation-status"
