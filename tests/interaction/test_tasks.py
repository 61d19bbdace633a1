"""For clients that know tasks an operation is one: they get it, follow it, stop it, and find its receipt at its end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import anyio
import pytest
from mcp.client.client import ConnectMode
from mcp_types import INVALID_PARAMS, METHOD_NOT_FOUND, MISSING_REQUIRED_CLIENT_CAPABILITY

from copydesk.content.desk import Desk
from copydesk.content.operations.values import WHOLE_SITE, Generate, Promote, Scope
from copydesk.content.project import Project
from copydesk.content.reports.following import follow
from copydesk.tools.tasks import wire
from copydesk.tools.tasks.creating import ENQUEUING
from tests.interaction.task_client import EXTENSION, task_client

DAY = 86_400_000
OFF: dict[str, Any] = {"worker": False, "writer": "gated"}
"""Whatever is put into the queue stays there."""
ON: dict[str, Any] = {"writer": "gated"}
METHODS = ("tasks/get", "tasks/update", "tasks/cancel")
CALLS: dict[str, dict[str, Any]] = {
    "generate": {"page": "home", "force": True},
    "generate-all": {"force": True},
    "regenerate-content": {"page": "home", "mode": "new"},
    "regenerate-all": {"mode": "new"},
    "promote": {"all": True},
    "rollback": {"pages": ["repairs"]},
    "retry-failed": {},
}


def parameters(method: str, task_id: str) -> dict[str, Any]:
    return {"taskId": task_id} | ({"inputResponses": {}} if method == "tasks/update" else {})


async def write_and_publish(desk: Desk, gated: Any) -> str:
    """All is written but one section, and one page is published; the operation in which one section failed."""
    gated.refused.add("home/why")
    gated.code = "truncated"  # which another try may help
    gated.open(4)
    written = await desk.perform(Generate(scope=WHOLE_SITE))
    await desk.perform(Promote(scope=Scope(pages=("repairs",))))
    assert written.operation_id is not None
    return written.operation_id


def test_every_tool_that_enqueues_is_tried() -> None:
    assert set(CALLS) == ENQUEUING


@pytest.mark.parametrize("tool", CALLS)
async def test_tool_that_enqueues_answers_with_its_operation_as_a_task(project: Project, gated: Any, tool: str) -> None:
    async with task_client(project, gated, **OFF) as talk:
        failed = await write_and_publish(talk.desk, gated)
        arguments = CALLS[tool] | ({"operationId": failed} if tool == "retry-failed" else {})
        begun = await talk.call(tool, **arguments)
        assert (begun["resultType"], begun.get("status")) == ("task", "working"), begun
        assert not {"result", "error", "inputRequests", "content"} & begun.keys()
        assert (await talk.desk.receipt(begun["taskId"])).queued_sections > 0
        assert (await talk.task(begun["taskId"]))["status"] == "working"


async def test_answer_that_begins_nothing_is_the_receipt(project: Project, gated: Any) -> None:
    async with task_client(project, gated, **ON) as talk:
        for arguments in ({"dryRun": True}, {"pages": ["nowhere"]}):
            assert (await talk.call("generate", **{"page": "home", **arguments}))["resultType"] == "complete"
        gated.open(4)
        first = await talk.call("generate-all")
        await talk.ended(first["taskId"])
        again = await talk.call("generate-all")
    assert again["resultType"] == "complete"
    assert again["structuredContent"]["outcome"] == "nothing-to-do"


async def test_operation_that_ends_at_once_needs_no_task(project: Project, gated: Any) -> None:
    async with task_client(project, gated, **ON) as talk:
        gated.open(4)
        await talk.ended((await talk.call("generate-all"))["taskId"])
        published = await talk.call("promote", all=True)
    assert published["resultType"] == "complete"
    assert published["structuredContent"]["outcome"] == "ok"


async def test_client_that_gets_a_task_does_not_wait_for_it_in_the_call(project: Project, gated: Any) -> None:
    async with task_client(project, gated, **ON) as talk:
        with anyio.fail_after(20):
            begun = await talk.call("generate-all", waitSeconds=45)
        assert begun["status"] == "working"
        await talk.ask("tasks/cancel", taskId=begun["taskId"])


@pytest.mark.parametrize(("era", "declares"), [("legacy", True), ("2026-07-28", False)])
async def test_client_that_knows_no_tasks_gets_the_receipt(
    project: Project, gated: Any, era: ConnectMode, declares: bool
) -> None:
    async with task_client(project, gated, era, declares=declares, **OFF) as talk:
        receipt = await talk.call("generate-all")
        assert receipt.get("resultType", "complete") == "complete"
        assert receipt["structuredContent"]["status"] == "pending"
        refusal = METHOD_NOT_FOUND if era == "legacy" else MISSING_REQUIRED_CLIENT_CAPABILITY
        for method in METHODS:
            error = await talk.error(method, **parameters(method, receipt["structuredContent"]["operationId"]))
            assert error.error.code == refusal
        if era != "legacy":
            assert error.error.data == {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}


async def test_task_tells_how_far_it_is_and_ends_with_the_receipt(project: Project, gated: Any) -> None:
    async with task_client(project, gated, concurrency=1, **ON) as talk:
        task_id = (await talk.call("generate-all"))["taskId"]
        gated.open(1)
        begun = await talk.until(task_id, lambda task: task["statusMessage"] == "1 of 4: home/hero written")
        assert (begun["resultType"], begun["status"], begun["ttlMs"]) == ("complete", "working", None)
        gated.open(3)
        ended = await talk.ended(task_id)
        receipt = (await talk.desk.wait(task_id, seconds=1)).model_dump(mode="json", by_alias=True)
    assert ended["status"] == "completed"
    assert ended["result"]["structuredContent"] == receipt
    assert json.loads(ended["result"]["content"][0]["text"]) == receipt
    assert ended["result"]["isError"] is False
    assert ended["createdAt"] < begun["lastUpdatedAt"] < ended["lastUpdatedAt"]


@pytest.mark.parametrize(("refused", "outcome"), [(1, "partial"), (4, "failed")])
async def test_task_is_completed_also_when_sections_failed(
    project: Project, gated: Any, refused: int, outcome: str
) -> None:
    gated.refused.update(["home/hero", "home/why", "repairs/hero", "repairs/prices"][:refused])
    async with task_client(project, gated, **ON) as talk:
        gated.open(4)
        ended = await talk.ended((await talk.call("generate-all"))["taskId"])
    assert (ended["status"], ended["result"]["structuredContent"]["outcome"]) == ("completed", outcome)
    assert ended["result"]["isError"] is (outcome == "failed")


async def test_cancelling_a_task_cancels_its_operation_and_keeps_what_is_written(project: Project, gated: Any) -> None:
    async with task_client(project, gated, concurrency=1, **ON) as talk:
        task_id = (await talk.call("generate-all"))["taskId"]
        gated.open(1)
        await talk.until(task_id, lambda task: task["statusMessage"].startswith("1 of 4"))
        assert await talk.ask("tasks/cancel", taskId=task_id) == {"resultType": "complete"}
        cancelled = await talk.ended(task_id)
        assert (cancelled["status"], "result" in cancelled) == ("cancelled", False)
        assert cancelled["statusMessage"].startswith("1 of 4 sections were written to preview.")
        assert await talk.ask("tasks/cancel", taskId=task_id) == {"resultType": "complete"}
        assert await talk.task(task_id) == cancelled
        assert (await talk.desk.receipt(task_id)).counts.cancelled == 3


@pytest.mark.parametrize("method", METHODS)
async def test_unknown_task_is_an_invalid_parameter_and_names_no_other(
    project: Project, gated: Any, method: str
) -> None:
    async with task_client(project, gated, **OFF) as talk:
        task_id = (await talk.call("generate-all"))["taskId"]
        error = await talk.error(method, **parameters(method, task_id[:-1]))
        malformed = await talk.error(method, **parameters(method, "x" * 301))
    assert (error.error.code, malformed.error.code) == (INVALID_PARAMS, INVALID_PARAMS)
    assert task_id not in error.error.message


async def test_result_is_kept_for_the_retention_from_the_end_on(project: Project, gated: Any) -> None:
    async with task_client(project, gated, retention=2, **ON) as talk:
        gated.open(4)
        ended = await talk.ended((await talk.call("generate-all"))["taskId"])
        created, updated = (datetime.fromisoformat(ended[name]) for name in ("createdAt", "lastUpdatedAt"))
        lasted = (updated - created).total_seconds() * 1000
        assert ended["ttlMs"] == pytest.approx(2 * DAY + lasted, abs=1)
        followed = await talk.desk.store.read(follow, ended["taskId"], at=talk.desk.now(), drafts=frozenset())
    pruned = replace(followed, operation=replace(followed.operation, pruned_at=followed.updated_at + 3 * DAY))
    message = wire.task(pruned, now=0, retention=2)["statusMessage"]
    assert message.endswith("The list of its jobs has been pruned since; its totals and changes stay.")


async def test_suggested_pause_grows_with_the_age_of_the_task(project: Project, gated: Any) -> None:
    async with task_client(project, gated, **OFF) as talk:
        task_id = (await talk.call("generate-all"))["taskId"]
        followed = await talk.desk.store.read(follow, task_id, at=talk.desk.now(), drafts=frozenset())
    born = followed.operation.created_at
    pauses = [wire.task(followed, now=born + age, retention=1)["pollIntervalMs"] for age in (0, 20_000, 60_000, DAY)]
    assert pauses == [500, 2_000, 6_000, 15_000]
