"""Every tool does its job through a real client, in both eras."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp.client.client import ConnectMode

from copydesk.content.operations.values import WHOLE_SITE, Generate

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]
TOOLS = [
    "generate",
    "generate-all",
    "regenerate-content",
    "regenerate-all",
    "promote",
    "rollback",
    "check-generation-status",
    "list-operations",
    "cancel-generation",
    "retry-failed",
    "list-site",
    "read-content",
    "compare-content",
    "edit-content",
    "take-brief",
    "submit-content",
    "add-page",
    "save-source",
]


def places(sections: list[dict[str, Any]]) -> list[str]:
    return [f"{one['page']}/{one['section']}" for one in sections]


def adds_up(receipt: dict[str, Any]) -> bool:
    queued, refused = receipt["queuedSections"], receipt["errorsTotal"] - receipt["counts"]["failed"]
    return bool(
        receipt["totalSections"] == queued + receipt["skippedTotal"] + refused
        and (receipt["dryRun"] or sum(receipt["counts"].values()) == queued)
    )


@pytest.mark.parametrize("era", ERAS)
async def test_generate_all_writes_the_site_and_says_so(connect: Any, era: ConnectMode) -> None:
    async with connect(era) as talk:
        receipt = await talk.call("generate-all", waitSeconds=20)
    assert (receipt["success"], receipt["outcome"], receipt["waitEnded"]) == (True, "ok", "finished")
    assert (receipt["totalSections"], receipt["queuedSections"], receipt["skippedTotal"]) == (5, 4, 1)
    assert sorted(places(receipt["generated"])) == ["home/hero", "home/why", "repairs/hero", "repairs/prices"]
    assert [one["code"] for one in receipt["skipped"]] == ["static"]
    assert "placeholder draft" in receipt["warnings"][0]
    assert adds_up(receipt)


@pytest.mark.parametrize("era", ERAS)
async def test_start_answers_before_anything_is_written(connect: Any, era: ConnectMode) -> None:
    async with connect(era, writer="gated") as talk:
        receipt = await talk.call("generate-all")
    assert (receipt["outcome"], receipt["waitEnded"], receipt["blockedBy"]) == (None, "not-waited", None)
    assert receipt["counts"]["completed"] == 0
    assert receipt["nextStep"]["tool"] == "check-generation-status"
    assert receipt["nextStep"]["arguments"]["operationId"] == receipt["operationId"]
    assert adds_up(receipt)


@pytest.mark.parametrize("era", ERAS)
async def test_copy_is_written_rewritten_published_and_taken_back(connect: Any, era: ConnectMode) -> None:
    async with connect(era) as talk:
        written = await talk.call("generate", sections=["home/hero", "//why"], section="repairs/hero", waitSeconds=20)
        assert sorted(places(written["generated"])) == ["home/hero", "home/why", "repairs/hero"]

        rewritten = await talk.call("regenerate-content", page="home", section="why", waitSeconds=20)
        assert places(rewritten["regenerated"]) == ["home/why"]

        everything = await talk.call("regenerate-all", mode="with-current", waitSeconds=20)
        assert everything["counts"]["completed"] == 3

        published = await talk.call("promote", all=True)
        assert (published["environment"], published["waitEnded"]) == ("production", "finished")
        assert sorted(places(published["promoted"])) == ["home/hero", "home/why", "repairs/hero"]

        undone = await talk.call("rollback", sections=["home/hero"])
        assert places(undone["rolledBack"]) == ["home/hero"]

        whole = await talk.call("rollback", operationIds=[rewritten["operationId"]], force=True)
        assert places(whole["rolledBack"]) == ["home/why"]
        assert all(adds_up(one) for one in (written, rewritten, everything, published, undone, whole))


@pytest.mark.parametrize("era", ERAS)
async def test_status_without_ids_tells_of_what_is_unfinished_else_of_the_latest(
    connect: Any, gated: Any, era: ConnectMode
) -> None:
    async with connect(era, writer="gated") as talk:
        assert (await talk.call("check-generation-status"))["total"] == 0
        started = await talk.call("generate-all")
        running = await talk.call("check-generation-status")
        gated.open(4)
        finished = await talk.call("check-generation-status", waitSeconds=20)
    assert (running["pending"] + running["processing"], running["waitEnded"]) == (4, "not-waited")
    assert (finished["completed"], finished["waitEnded"]) == (4, "finished")
    assert {one["operationId"] for one in finished["jobs"]} == {started["operationId"]}
    assert finished["operations"][0]["startedBy"] == "test-client"


@pytest.mark.parametrize("era", ERAS)
async def test_cancel_stops_what_is_unfinished_and_keeps_what_is_finished(
    connect: Any, gated: Any, era: ConnectMode
) -> None:
    async with connect(era, writer="gated", concurrency=1) as talk:
        started = await talk.call("generate-all")
        gated.open(1)
        await talk.until_completed(1)
        cancelled = await talk.call("cancel-generation")
        status = await talk.call("check-generation-status", operationId=started["operationId"])
        again = await talk.call("cancel-generation", operationId=started["operationId"])
    assert (cancelled["cancelled"], cancelled["alreadyFinished"]) == (3, 1)
    assert cancelled["operationIds"] == [started["operationId"]]
    assert (status["completed"], status["cancelled"]) == (1, 3)
    assert (again["cancelled"], again["alreadyFinished"], again["success"]) == (0, 4, True)


@pytest.mark.parametrize("era", ERAS)
async def test_retry_does_only_what_failed(connect: Any, gated: Any, era: ConnectMode) -> None:
    gated.refused = {"home/why"}
    gated.open(100)
    async with connect(era, writer="gated") as talk:
        first = await talk.call("generate-all", waitSeconds=20)
        assert (first["outcome"], [one["code"] for one in first["failed"]]) == ("partial", ["refused"])
        assert first["errors"][0].startswith("home/why: The writer does not like it.")
        error = await talk.error("retry-failed", operationId=first["operationId"])
        assert error.startswith("[nothing-failed] ")
        gated.code = "overloaded"
        second = await talk.call("regenerate-all", waitSeconds=20)
        assert second["outcome"] == "ok"
        third = await talk.call("generate-all", waitSeconds=20)
        assert third["nextStep"] == {
            "tool": "retry-failed",
            "arguments": {"operationId": third["operationId"]},
            "afterSeconds": 0,
        }
        gated.refused = set()
        fourth = await talk.call("retry-failed", operationId=third["operationId"], waitSeconds=20)
    assert (places(fourth["generated"]), fourth["retryOf"]) == (["home/why"], third["operationId"])


async def test_every_tool_has_all_hints_a_title_and_a_description(connect: Any) -> None:
    async with connect() as talk:
        tools = (await talk.client.list_tools()).tools
    assert [tool.name for tool in tools] == TOOLS
    for tool in tools:
        hints = tool.annotations.model_dump(exclude={"title"})
        assert all(isinstance(value, bool) for value in hints.values()), tool.name
        assert tool.title
        assert tool.description
        assert all("description" in each for each in tool.input_schema["properties"].values()), tool.name


async def test_tools_that_replace_or_publish_are_marked_destructive(connect: Any) -> None:
    async with connect() as talk:
        tools = {tool.name: tool.annotations for tool in (await talk.client.list_tools()).tools}
    destructive = {name for name, hints in tools.items() if hints.destructive_hint}
    reading = {name for name, hints in tools.items() if hints.read_only_hint}
    rewriting = {"regenerate-content", "regenerate-all", "edit-content", "save-source"}
    assert destructive == rewriting | {"promote", "rollback"}
    assert reading == {"check-generation-status", "list-operations", "list-site", "read-content", "compare-content"}
    outside = {name for name, hints in tools.items() if hints.open_world_hint}
    assert outside == {"generate", "generate-all", "regenerate-content", "regenerate-all", "retry-failed"}


@pytest.mark.parametrize("era", ERAS)
async def test_list_of_tools_is_short_enough_for_a_context(connect: Any, era: ConnectMode) -> None:
    async with connect(era) as talk:
        listed = (await talk.client.list_tools()).model_dump(mode="json", by_alias=True, exclude_none=True)
    assert len(listed["tools"]) <= 20
    assert len(json.dumps(listed, ensure_ascii=False, separators=(",", ":"))) <= 30_000


async def test_sync_execution_waits_by_itself(connect: Any) -> None:
    async with connect(execution="sync") as talk:
        receipt = await talk.call("generate-all")
    assert (receipt["waitEnded"], receipt["outcome"]) == ("finished", "ok")


async def test_worker_claims_nothing_before_the_first_call(connect: Any) -> None:
    async with connect() as talk:
        submitted = await talk.desk.submit(Generate(scope=WHOLE_SITE))
        waited = await talk.desk.wait(submitted.operation_id, seconds=0.3)
        assert (waited.counts.pending, waited.wait_ended) == (4, "timeout")
        status = await talk.call("check-generation-status", waitSeconds=20)
    assert (status["completed"], status["waitEnded"]) == (4, "finished")


async def test_waiting_without_a_worker_ends_at_once_and_says_why(connect: Any) -> None:
    async with connect(worker=False) as talk:
        receipt = await talk.call("generate-all", waitSeconds=45)
    assert (receipt["waitEnded"], receipt["blockedBy"]) == ("blocked", "no-worker")
    assert "copydesk worker" in receipt["message"]
