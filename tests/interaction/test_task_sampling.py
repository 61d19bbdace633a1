"""An operation whose writer is the assistant: a client that lets its model be asked is asked, section by section."""

from __future__ import annotations

import json
from typing import Any

import pytest

from copydesk.content.project import Project
from copydesk.store import entities, operations
from copydesk.store.database import Database
from copydesk.store.entities import Place
from copydesk.store.models import Revision
from copydesk.store.states import Environment, Origin
from tests.interaction.task_client import TaskTalk, task_client

AGENT: dict[str, Any] = {"writer": "agent"}


def said(text: str) -> dict[str, Any]:
    """What a client sends for its model."""
    return {"role": "assistant", "content": {"type": "text", "text": text}, "model": "a-model", "stopReason": "endTurn"}


def good(number: int) -> dict[str, Any]:
    return said(json.dumps({"headline": f"Headline {number}"}))


def prompt(request: dict[str, Any]) -> str:
    (message,) = request["params"]["messages"]
    text: str = message["content"]["text"]
    return text


async def answer(talk: TaskTalk, task_id: str, responses: dict[str, Any]) -> None:
    acknowledged = await talk.ask("tasks/update", taskId=task_id, inputResponses=responses)
    assert acknowledged == {"resultType": "complete"}


@pytest.fixture
async def written_by_model(project: Project, gated: Any) -> Any:
    async with task_client(project, gated, samples=True, **AGENT) as talk:
        yield talk, (await talk.call("generate-all"))["taskId"]


async def test_task_asks_the_model_until_all_is_written(written_by_model: Any) -> None:
    talk, task_id = written_by_model
    asked = await talk.task(task_id)
    assert (asked["status"], len(asked["inputRequests"])) == ("input_required", 4)
    for request in asked["inputRequests"].values():
        assert request["method"] == "sampling/createMessage"
        assert '"headline"' in prompt(request)
    first, *others = asked["inputRequests"]
    await answer(talk, task_id, {first: good(1), "unknown": good(0)})
    assert list((await talk.task(task_id))["inputRequests"]) == others
    await answer(talk, task_id, {key: good(number) for number, key in enumerate(others)})
    ended = await talk.task(task_id)
    assert (ended["status"], ended["result"]["structuredContent"]["outcome"]) == ("completed", "ok")
    copy = await talk.desk.store.read(_copy)
    assert (copy.origin, copy.model, copy.fields) == (Origin.ASSISTANT, "a-model", {"headline": "Headline 1"})


def _copy(db: Database) -> Revision:
    found = entities.current_copy(db, Place("home", "hero", Environment.PREVIEW))
    assert found is not None
    return found


async def test_answer_that_misses_the_schema_is_asked_for_again_under_another_key(written_by_model: Any) -> None:
    talk, task_id = written_by_model
    first, *others = (await talk.task(task_id))["inputRequests"]
    await answer(talk, task_id, {first: said('```json\n{"headline": "no"}\n```')})
    assert list((await talk.task(task_id))["inputRequests"]) == others, "the others come first"
    await answer(talk, task_id, {key: good(number) for number, key in enumerate(others)})
    ((renewed, request),) = (await talk.task(task_id))["inputRequests"].items()
    assert renewed != first
    assert renewed.startswith(first.rpartition(".")[0])
    assert "Your last answer was not stored. Correct all of this:\n- $.headline: " in prompt(request)
    await answer(talk, task_id, {first: good(1)})
    assert list((await talk.task(task_id))["inputRequests"]) == [renewed], "an answered key means nothing any more"
    await answer(talk, task_id, {renewed: good(1)})
    assert (await talk.task(task_id))["status"] == "completed"


async def test_model_that_never_gets_it_right_is_not_asked_for_ever(written_by_model: Any) -> None:
    talk, task_id = written_by_model
    rounds = 0
    while requests := (await talk.task(task_id)).get("inputRequests"):
        rounds += 1
        await answer(talk, task_id, dict.fromkeys(requests, said("I would rather not.")))
    stuck = await talk.task(task_id)
    assert (rounds, stuck["status"]) == (4, "working")
    assert "take-brief" in stuck["statusMessage"], "an assistant may still write them"


async def test_section_that_an_assistant_wrote_meanwhile_is_not_asked_for(written_by_model: Any) -> None:
    talk, task_id = written_by_model
    first, *others = (await talk.task(task_id))["inputRequests"]
    job = first.rpartition(".")[0]
    await talk.call("submit-content", items=[{"jobId": job, "fields": {"headline": "By hand of another"}}])
    assert list((await talk.task(task_id))["inputRequests"]) == others
    await answer(talk, task_id, {first: good(1)})
    assert (await talk.desk.store.read(_copy)).fields == {"headline": "By hand of another"}
    stored = await talk.desk.store.read(operations.job, job)
    assert stored is not None
    assert stored.rejections == 0


async def test_client_whose_model_may_not_be_asked_gets_the_receipt_instead_of_a_task(
    project: Project, gated: Any
) -> None:
    async with task_client(project, gated, **AGENT) as talk:
        begun = await talk.call("generate-all")
        receipt = begun["structuredContent"]
        assert (begun["resultType"], receipt["blockedBy"]) == ("complete", "assistant")
        assert receipt["nextStep"]["tool"] == "take-brief"
        assert (await talk.task(receipt["operationId"]))["status"] == "working"
