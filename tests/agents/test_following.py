"""A client that only follows `nextStep` comes to the end of every usual workflow, over the real server on stdio."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.client import ConnectMode

from copydesk.content.reports.paging import LARGEST_ANSWER
from copydesk.tools.answers import compact
from tests.agents.follower import Follower
from tests.agents.scripted_server import Script, in_memory, over_stdio
from tests.agents.workflows import SECTIONS, WORKFLOWS, Workflow, copy_of_sample, play

SECONDS = 60
END = {
    "whole site": (SECTIONS, SECTIONS),
    "one page": (6, 6),
    "fix failures": (SECTIONS, SECTIONS),
    "review and publish": (SECTIONS, SECTIONS),
    "undo": (SECTIONS, SECTIONS - 6),
    "write as the assistant": (SECTIONS, SECTIONS),
}
"""How many sections have preview copy, and how many are live, when each workflow is done."""


async def standing(client: Client) -> tuple[int, int]:
    """How many sections have preview copy, and how many are live."""
    live = 0
    written = 0
    cursor: dict[str, Any] = {}
    while True:
        listed = (await client.call_tool("list-site", cursor)).structured_content or {}
        sections = [one for route in listed["routes"] for one in route["sections"]]
        written += sum(one["preview"] in ("written", "edited") for one in sections)
        live += sum(one["production"] in ("current", "differs") for one in sections)
        if listed["cursor"] is None:
            return written, live
        cursor = {"cursor": listed["cursor"]}


@pytest.mark.parametrize(
    ("workflow", "era"),
    [(one, "legacy") for one in WORKFLOWS] + [(WORKFLOWS[0], "2026-07-28"), (WORKFLOWS[-1], "2026-07-28")],
    ids=lambda it: it.name if isinstance(it, Workflow) else it,
)
async def test_whoever_only_follows_next_step_gets_to_the_end(
    tmp_path: Path, workflow: Workflow, era: ConnectMode
) -> None:
    site = copy_of_sample(tmp_path / "site")
    with anyio.fail_after(SECONDS):
        async with over_stdio(site, workflow.script, era) as client:
            follower = await play(client, workflow)
            assert await standing(client) == END[workflow.name]
    assert len(follower.calls) <= workflow.most_calls, follower.names
    assert all(one.answer["success"] for one in follower.calls[1:] if "success" in one.answer)
    assert max(len(compact(one.answer)) for one in follower.calls) <= LARGEST_ANSWER


async def followed(
    folder: Path, script: Script, tool: str, before: tuple[tuple[str, dict[str, Any]], ...] = (), **arguments: Any
) -> tuple[Follower, tuple[int, int]]:
    """The follower at the end, with how many sections are written and live."""
    site = copy_of_sample(folder / "site")
    workflow = Workflow("", "", (tool, arguments), 0, before=before, script=script)
    with anyio.fail_after(SECONDS):
        async with in_memory(site, script) as client:
            follower = await play(client, workflow)
            return follower, await standing(client)


async def test_a_retry_that_helps_nothing_is_not_repeated_and_the_rest_is_published(tmp_path: Path) -> None:
    script = Script(failures={"home/hero": -1, "breads/list": 1})
    follower, end = await followed(tmp_path, script, "generate-all", waitSeconds=45)
    retries = [one for one in follower.calls if one.tool == "retry-failed"]
    assert [len(retries), end] == [2, (SECTIONS - 1, SECTIONS - 1)]
    review = next(one for one in follower.calls if one.tool == "compare-content")
    assert review.arguments == {"all": True}, "what was asked for first, not only what was retried"
    assert "38 new, 2 without copy" in review.answer["message"]


@pytest.mark.parametrize("code", ["refused", "wrong-key", "no-credit"])
async def test_what_only_somebody_can_mend_is_said_and_not_retried(tmp_path: Path, code: str) -> None:
    script = Script(failures={"*": -1}, code=code)
    follower, end = await followed(tmp_path, script, "generate", pages=["home"], waitSeconds=45)
    assert (follower.names, end) == (["generate"], (0, 0))
    assert f" What helps ({code}): " in follower.calls[-1].answer["message"]


async def test_what_a_budget_stopped_is_said_and_what_was_written_is_reviewed(tmp_path: Path) -> None:
    follower, end = await followed(tmp_path, Script(), "generate-all", maxTokens=3_000, waitSeconds=45)
    assert "retry-failed" not in follower.names
    assert follower.names[-2:] == ["compare-content", "promote"]
    assert 0 < end[0] == end[1] < SECTIONS
    status = [one for one in follower.calls if one.tool in ("generate-all", "check-generation-status")][-1]
    assert "budget" in status.answer["message"]


@pytest.mark.parametrize(
    ("settings", "blocked"),
    [({"writer": "scripted", "worker": False}, "no-worker"), ({"writer": "openai:x"}, "no-key")],
)
async def test_what_waits_for_somebody_is_said_and_not_asked_about_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], blocked: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    follower, _ = await followed(tmp_path, Script(settings=settings), "generate-all", waitSeconds=45)
    (call,) = follower.calls
    assert (call.answer["blockedBy"], call.answer["waitEnded"]) == (blocked, "blocked")
    assert "the rest" in call.answer["message"]


async def test_errors_that_visitors_would_notice_are_shown_and_not_published(tmp_path: Path) -> None:
    site = copy_of_sample(tmp_path / "site")
    async with in_memory(site, Script()) as client:
        await client.call_tool("generate", {"pages": ["home"], "waitSeconds": 45})
        definition = (site / "site.yaml").read_text(encoding="utf-8")
        changed = definition.replace("name: {type: string, minLength: 4, maxLength: 40}", "name: {type: integer}")
        (site / "site.yaml").write_text(changed, encoding="utf-8")
        follower = Follower(client)
        last = await follower.follow("compare-content", {"pages": ["home"]})
    assert (follower.names, last.arguments) == (
        ["compare-content", "read-content"],
        {"sections": ["home/bread-of-the-week"]},
    )
    assert "Publish them only if the user says so." in follower.calls[0].answer["message"]


async def test_a_dry_run_of_publishing_leads_to_a_review_and_not_to_publishing(tmp_path: Path) -> None:
    written = (("generate", {"pages": ["home"], "waitSeconds": 45}),)
    follower, end = await followed(tmp_path, Script(), "promote", before=written, pages=["home"], dryRun=True)
    assert (follower.names, end) == (["promote", "compare-content", "promote"], (6, 6))


async def test_where_only_the_operator_publishes_the_way_ends_with_the_review(tmp_path: Path) -> None:
    script = Script(settings={"writer": "scripted", "promotion": "locked"})
    follower, end = await followed(tmp_path, script, "generate", pages=["home"], waitSeconds=45)
    assert (follower.names, end) == (["generate", "compare-content"], (6, 0))


async def test_placeholder_drafts_are_neither_reviewed_nor_published_by_themselves(tmp_path: Path) -> None:
    follower, _ = await followed(tmp_path, Script(settings={"writer": "outline"}), "generate-all", waitSeconds=45)
    assert follower.names == ["generate-all"]
    assert "placeholder draft" in follower.calls[-1].answer["message"]


async def test_whoever_looks_at_an_empty_site_is_led_through_all_of_it(tmp_path: Path) -> None:
    follower, end = await followed(tmp_path, Script(), "list-site")
    assert (follower.names[:2], end) == (["list-site", "generate-all"], (SECTIONS, SECTIONS))


async def test_a_new_page_is_written_and_published(tmp_path: Path) -> None:
    page: dict[str, Any] = {"page": "news", "title": "News", "sections": [{"id": "hero", "template": "core:hero"}]}
    follower, end = await followed(tmp_path, Script(), "add-page", **page)
    assert (follower.names[:2], end) == (["add-page", "generate"], (1, 1))


async def test_jobs_asked_for_by_id_are_waited_for_longer_each_time(tmp_path: Path) -> None:
    site = copy_of_sample(tmp_path / "site")
    async with in_memory(site, Script(failures={"home/hero": 1})) as client:
        started = (await client.call_tool("generate", {"sections": ["home/hero"]})).structured_content or {}
        follower = Follower(client)
        with anyio.fail_after(SECONDS):
            await follower.follow("check-generation-status", {"jobIds": [started["jobs"][0]["jobId"]]})
        assert await standing(client) == (1, 1)
    waits = [one.arguments.get("waitSeconds", 0) for one in follower.calls if "jobIds" in one.arguments]
    assert waits == sorted(set(waits))
    assert follower.names[len(waits) : len(waits) + 2] == ["check-generation-status", "retry-failed"]


async def test_an_operation_whose_failures_were_retried_since_is_not_retried_again(tmp_path: Path) -> None:
    site = copy_of_sample(tmp_path / "site")
    async with in_memory(site, Script(failures={"home/hero": 1})) as client:
        first = (await client.call_tool("generate", {"pages": ["home"], "waitSeconds": 45})).structured_content or {}
        operation = {"operationId": first["operationId"]}
        again = (await client.call_tool("retry-failed", operation | {"waitSeconds": 45})).structured_content or {}
        status = (await client.call_tool("check-generation-status", operation)).structured_content or {}
    assert first["nextStep"]["tool"] == "retry-failed"
    assert again["nextStep"]["arguments"] == {"pages": ["home"]}
    assert status["nextStep"] == again["nextStep"]


async def test_a_start_that_is_repeated_names_what_is_already_at_work(tmp_path: Path) -> None:
    script = Script(settings={"writer": "scripted", "worker": False})
    async with in_memory(copy_of_sample(tmp_path / "site"), script) as client:
        first = (await client.call_tool("generate-all", {})).structured_content or {}
        again = (await client.call_tool("generate-all", {})).structured_content or {}
    assert (again["operationId"], again["queuedSections"]) == (first["operationId"], 0)
    assert again["message"].startswith(f"Nothing was queued twice: {first['operationId']} is already at work")
    busy = [one for one in again["skipped"] if one["code"] == "in-progress"]
    assert [one["jobId"] for one in busy] == [one["jobId"] for one in first["jobs"]][: len(busy)]
    assert again["nextStep"]["arguments"]["operationId"] == first["operationId"]


class Hopeless(Follower):
    """An assistant that never writes what the schema asks for."""

    def write(self, schema: Any) -> Any:
        return {"wrong": len(self.calls)}


async def test_a_section_that_is_sent_back_again_and_again_is_left_to_somebody(tmp_path: Path) -> None:
    async with in_memory(copy_of_sample(tmp_path / "site"), Script(settings={})) as client:
        follower = Hopeless(client)
        with anyio.fail_after(SECONDS):
            last = await follower.follow("generate", {"sections": ["home/hero"]})
    assert follower.names == ["generate", "take-brief", *["submit-content"] * 5]
    assert "1 section sent back 5 times or more: tell the user" in last.answer["message"]
