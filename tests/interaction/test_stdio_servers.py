"""The real server process over stdio: two of them share one project, and one that cannot start says why."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.client import ConnectMode

SERVE = "import sys; from copydesk.server.serve import run_stdio; run_stdio(sys.argv[1], {})"
SECONDS = 30


@asynccontextmanager
async def served(project: Any, era: ConnectMode = "legacy", **variables: str) -> AsyncIterator[Client]:
    server = StdioServerParameters(
        command=sys.executable, args=["-c", SERVE, str(project.root)], env={"COPYDESK_WRITER": "outline", **variables}
    )
    with anyio.fail_after(SECONDS):
        async with Client(server, mode=era) as client:
            yield client


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    answer: dict[str, Any] = result.structured_content or {}
    return answer


@pytest.mark.parametrize("era", ["legacy", "auto", "2026-07-28"])
async def test_generate_all_runs_end_to_end(project: Any, era: ConnectMode) -> None:
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)

    async with served(project, era) as client:
        result = await client.call_tool("generate-all", {"waitSeconds": "20"}, progress_callback=hear)
        assert result.structured_content is not None
        assert result.structured_content["outcome"] == "ok"
        published = await call(client, "promote", all=True)
    assert (published["outcome"], len(published["promoted"])) == ("ok", 4)
    assert heard == sorted(set(heard))
    assert heard[-1] == 4


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_copy_is_edited_reviewed_published_and_undone_over_stdio(project: Any, era: ConnectMode) -> None:
    async with served(project, era) as client:
        page = {"page": "news", "title": "News", "sections": [{"id": "hero", "template": "hero"}]}
        await call(client, "add-page", **page)
        edited = await call(client, "edit-content", section="news/hero", fields={"headline": "Open again"})
        review = await call(client, edited["nextStep"]["tool"], **edited["nextStep"]["arguments"])
        published = await call(client, review["nextStep"]["tool"], **review["nextStep"]["arguments"])
        live = await call(client, "read-content", page="news", environment="production")
        await call(client, "rollback", operationIds=[published["operationId"]])
        done = await call(client, "list-operations")
        site = await call(client, "list-site", missing="production")
    assert live["sections"][0]["fields"] == {"headline": "Open again"}
    assert [one["operation"] for one in done["operations"]] == ["rollback", "promote", "edit"]
    assert "news" in [route["page"] for route in site["routes"]]


async def test_facts_cannot_be_saved_outside_the_project_over_stdio(project: Any) -> None:
    async with served(project) as client:
        refused = await client.call_tool("save-source", {"name": "../theirs.md", "text": "x"})
        saved = await call(client, "save-source", name="prices", text="A puncture costs 9.")
    assert refused.is_error
    assert not (project.root.parent / "theirs.md").exists()
    assert (project.root / saved["name"]).exists()


async def test_two_servers_of_one_project_see_the_same_operation(project: Any) -> None:
    async with served(project, COPYDESK_WORKER="off") as asking, served(project, "auto") as working:
        started = await call(asking, "generate-all")
        again = await call(working, "generate-all")
        seen = await call(working, "check-generation-status", waitSeconds=20)
        own = await call(asking, "check-generation-status", waitSeconds=20)
    operation = started["operationId"]
    assert (again["operationId"], again["outcome"]) in ((operation, "nothing-to-do"), (None, "nothing-to-do"))
    assert [one["operationId"] for one in seen["operations"]] == [operation]
    assert [one["operationId"] for one in own["operations"]] == [operation]
    assert (seen["completed"], own["completed"], own["waitEnded"]) == (4, 4, "finished")


async def test_work_of_a_server_that_is_gone_is_finished_by_the_next(project: Any) -> None:
    async with served(project, COPYDESK_WORKER="off") as first:
        started = await call(first, "generate-all")
    async with served(project) as second:
        status = await call(second, "check-generation-status", operationId=started["operationId"], waitSeconds=20)
    assert (status["completed"], status["waitEnded"]) == (4, "finished")


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({}, "There is no site.yaml in"),
        ({"COPYDESK_CONCURRENCY": "many"}, "The setting concurrency (COPYDESK_CONCURRENCY) is 'many'"),
    ],
    ids=["no project", "invalid setting"],
)
def test_server_that_cannot_start_says_why_and_exits_with_2(
    project: Any, tmp_path: Path, setting: dict[str, str], sentence: str
) -> None:
    folder = project.root if setting else tmp_path / "nowhere"
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(folder)], capture_output=True, text=True, env=setting, check=False, timeout=30
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"copydesk: {sentence}")
    assert len(done.stderr.splitlines()) == 1
