"""A task is the operation: it outlives the server that began it, and whoever listens hears what any process does."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from copydesk.content.desk import open_desk
from tests.acceptance.raw_lines import TASKS, RawLines, raw_lines
from tests.acceptance.served import SECONDS_TO_END, assert_each_section_was_written_once, started, until_completed

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "rye-and-shine"
SECTIONS = 39
KNOWS_TASKS: dict[str, Any] = {"extensions": {TASKS: {}}}
WALK = 600
"""Attempts a minute: slow enough to be killed in the middle."""
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".copydesk"))
    return folder


async def begin(talk: RawLines) -> str:
    """The id of a task that writes the whole site."""
    begun = (await talk.ask("tools/call", name="generate-all", arguments={"writer": "outline"}))["result"]
    assert (begun["resultType"], begun["status"], begun["ttlMs"]) == ("task", "working", None)
    return str(begun["taskId"])


def tells(task_id: str, status: str) -> Any:
    """Whether a message is a notification of this task in this state."""

    def holds(message: dict[str, Any]) -> bool:
        params = message.get("params", {})
        is_told = message.get("method") == "notifications/tasks"
        return is_told and (params["taskId"], params["status"]) == (task_id, status)

    return holds


def told(talk: RawLines) -> list[dict[str, Any]]:
    return [message["params"] for message in talk.heard if message.get("method") == "notifications/tasks"]


async def test_task_survives_the_death_of_the_server_that_began_it(project: Path) -> None:
    async with open_desk(project, worker=False) as desk:
        async with raw_lines(project, KNOWS_TASKS, rate=WALK, concurrency=2) as talk:
            task_id = await begin(talk)
            await until_completed(desk, task_id, 2)
            talk.process.kill()
            await talk.process.wait()
        async with raw_lines(project, KNOWS_TASKS) as talk:
            found = (await talk.ask("tasks/get", taskId=task_id))["result"]
            assert (found["taskId"], found["status"]) == (task_id, "working")
            await talk.send("subscriptions/listen", notifications={"taskIds": [task_id]})
            ended = (await talk.until(tells(task_id, "completed")))["params"]
        receipt = (await desk.wait(task_id, seconds=1)).model_dump(mode="json", by_alias=True)
        assert ended["result"]["structuredContent"] == receipt
        assert ended["createdAt"] == found["createdAt"]
        await assert_each_section_was_written_once(desk, task_id, SECTIONS)


async def test_listener_hears_what_another_process_does_with_its_tasks_and_of_no_others(project: Path) -> None:
    async with raw_lines(project, KNOWS_TASKS, worker="off") as talk:
        task_id = await begin(talk)
        asked = {"taskIds": [task_id, "op_unknown", task_id], "resourceSubscriptions": ["copydesk://site"]}
        number = await talk.send("subscriptions/listen", notifications=asked)
        acknowledged = await talk.until(lambda one: one.get("method") == "notifications/subscriptions/acknowledged")
        assert acknowledged["params"]["notifications"] == {
            "taskIds": [task_id],
            "resourceSubscriptions": ["copydesk://site"],
        }
        now = (await talk.until(tells(task_id, "working")))["params"]
        assert now["statusMessage"].startswith(f"0 of {SECTIONS}")

        async with started(project, rate=WALK):  # another window: its worker begins after some seconds
            ended = (await talk.until(tells(task_id, "completed")))["params"]
        other = await begin_again(talk)
        asked_again = (await talk.ask("tasks/get", taskId=task_id))["result"]

    assert [one["_meta"][SUBSCRIPTION] for one in told(talk)] == [number] * len(told(talk))
    assert {one["taskId"] for one in told(talk)} == {task_id}, f"{other} was not asked for"
    lines = [one["statusMessage"] for one in told(talk)]
    assert len(lines) == len(set(lines)), "nothing is told twice"
    assert len(lines) > 3
    assert {key: value for key, value in ended.items() if key not in ("_meta", "pollIntervalMs")} == {
        key: value for key, value in asked_again.items() if key not in ("_meta", "pollIntervalMs", "resultType")
    }


async def begin_again(talk: RawLines) -> str:
    begun = await talk.ask("tools/call", name="regenerate-all", arguments={"mode": "new", "writer": "outline"})
    return str(begun["result"]["taskId"])


async def test_wrong_requests_to_listen_to_tasks_are_refused(project: Path) -> None:
    async with raw_lines(project, {}) as talk:
        refused = await talk.ask("subscriptions/listen", notifications={"taskIds": ["op_any"]})
    async with raw_lines(project, KNOWS_TASKS) as talk:
        malformed = [
            await talk.ask("subscriptions/listen", notifications=notifications)
            for notifications in ({"taskIds": "op_any"}, {"taskIds": ["op_any"], "resourceSubscriptions": 5})
        ]
    assert refused["error"]["code"] == -32021
    assert refused["error"]["data"] == {"requiredCapabilities": {"extensions": {TASKS: {}}}}
    assert [one["error"]["code"] for one in malformed] == [-32602, -32602]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to end a server by")
async def test_server_whose_client_listens_to_a_task_ends_at_once_and_in_silence(project: Path) -> None:
    async with raw_lines(project, KNOWS_TASKS, rate=WALK) as talk:
        task_id = await begin(talk)
        await talk.send("subscriptions/listen", notifications={"taskIds": [task_id]})
        await talk.until(tells(task_id, "working"))
        talk.process.terminate()
        with anyio.fail_after(SECONDS_TO_END):
            assert await talk.process.wait() == 0
        assert talk.complaints.read_text(encoding="utf-8") == ""
