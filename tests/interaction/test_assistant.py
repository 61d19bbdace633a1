"""The assistant as the writer, through a real client in both eras: it takes briefs, and submits what it wrote."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.client import ConnectMode
from mcp_types import Implementation

from copydesk.content.project import Project
from copydesk.content.reports.paging import LARGEST_ANSWER
from copydesk.server.app import create_server
from copydesk.server.serve import working_desk
from copydesk.store import briefs, entities, operations
from copydesk.store.entities import Place
from copydesk.store.models import Revision
from copydesk.store.states import Environment
from copydesk.tools.answers import compact
from copydesk.tools.catalog import register
from tests.interaction.filling import fields_for

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]
SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "rye-and-shine"
SECTIONS = 39


def items_of(taken: dict[str, Any], words: str = "Words for") -> list[dict[str, Any]]:
    return [
        {"jobId": one["jobId"], "fields": {"headline": f"{words} {one['page']} {one['section']}"}}
        for one in taken["briefs"]
    ]


def places(found: list[dict[str, Any]]) -> list[str]:
    return [f"{one['page']}/{one['section']}" for one in found]


def statuses(answer: dict[str, Any]) -> list[str]:
    return [one["status"] for one in answer["results"]]


async def copy_of(talk: Any, page: str, section: str) -> Revision:
    found: Revision | None = await talk.desk.store.read(
        entities.current_copy, Place(page, section, Environment.PREVIEW)
    )
    assert found is not None
    return found


@pytest.fixture
def assistant(connect: Any) -> Any:
    """Connects a client to a server that has no writer set."""

    def connected(era: ConnectMode = "legacy", **settings: object) -> Any:
        return connect(era, **({"writer": None} | settings))

    return connected


class Follower:
    """A client that knows nothing: it calls what `nextStep` says, and fills fields in by the schemas it was given."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.calls: list[str] = []
        self.answers: list[dict[str, Any]] = []
        self._templates: dict[str, str] = {}
        self._schemas: dict[str, Any] = {}

    async def follow(self, tool: str, **arguments: Any) -> None:
        step: dict[str, Any] | None = {"tool": tool, "arguments": arguments}
        while step is not None:
            assert len(self.calls) < 5 * SECTIONS, self.calls
            answer = await self._call(step["tool"], self._filled(step["arguments"]))
            self._templates |= {one["jobId"]: one["template"] for one in answer.get("briefs", ())}
            self._schemas |= answer.get("schemas", {})
            step = answer["nextStep"]

    def _filled(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if "items" not in arguments:
            return arguments
        ids = [one["jobId"] for one in arguments["items"]]
        items = [{"jobId": one, "fields": fields_for(self._schemas[self._templates[one]])} for one in ids]
        return {**arguments, "items": items}

    async def _call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        answer: dict[str, Any] = result.structured_content
        self.calls.append(tool)
        self.answers.append(answer)
        return answer


@asynccontextmanager
async def sample(folder: Path, era: ConnectMode) -> AsyncIterator[Follower]:
    """A client of a server on a copy of the sample site, with the settings that everybody begins with."""
    shutil.copytree(SAMPLE, folder / "site")

    def open_desk() -> Any:
        return working_desk(Project(folder / "site"))

    known = Implementation(name="follower", version="1")
    async with Client(create_server(open_desk, register), mode=era, client_info=known) as client:
        yield Follower(client)


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_only_follows_next_step_writes_and_publishes_the_sample_site(
    tmp_path: Path, era: ConnectMode
) -> None:
    async with sample(tmp_path, era) as follower:
        with anyio.fail_after(60):
            await follower.follow("generate-all", dryRun=True)
    assert follower.calls[:4] == ["generate-all", "generate-all", "take-brief", "submit-content"]
    assert follower.calls[-2:] == ["compare-content", "promote"]
    assert len(follower.calls) <= SECTIONS / 5 + 10, follower.calls
    assert follower.answers[-1]["counts"]["completed"] == SECTIONS
    assert sum(answer.get("accepted", 0) for answer in follower.answers) == SECTIONS
    assert max(len(compact(answer)) for answer in follower.answers) <= LARGEST_ANSWER


@pytest.mark.parametrize("era", ERAS)
async def test_calls_over_mcp_are_written_by_the_assistant_and_waiting_ends_at_once(
    assistant: Any, era: ConnectMode
) -> None:
    async with assistant(era) as talk:
        receipt = await talk.call("generate-all", waitSeconds=45)
        status = await talk.call("check-generation-status", waitSeconds=45)
    assert (receipt["writer"], receipt["blockedBy"], receipt["waitEnded"]) == ("agent", "assistant", "blocked")
    assert receipt["nextStep"] == {
        "tool": "take-brief",
        "arguments": {"operationId": receipt["operationId"], "count": 4},
        "afterSeconds": 0,
    }
    assert "take-brief" in receipt["message"]
    assert (status["waitEnded"], status["operations"][0]["blockedBy"]) == ("blocked", "assistant")
    assert {one["waitingFor"] for one in status["jobs"]} == {"agent"}
    assert status["nextStep"] == receipt["nextStep"]


@pytest.mark.parametrize("era", ERAS)
async def test_submitted_copy_is_stored_with_who_wrote_it_and_counted_like_any_other(
    assistant: Any, era: ConnectMode
) -> None:
    async with assistant(era) as talk:
        receipt = await talk.call("generate-all")
        taken = await talk.call("take-brief", operationId=receipt["operationId"])
        done = await talk.call("submit-content", items=items_of(taken))
        copy = await copy_of(talk, "home", "hero")
        status = await talk.call("check-generation-status", operationId=receipt["operationId"])
        undone = await talk.call("rollback", operationIds=[receipt["operationId"]])
    assert (done["success"], done["accepted"], done["left"], statuses(done)) == (True, 4, 0, ["accepted"] * 4)
    assert done["nextStep"]["tool"] == "compare-content"
    assert (copy.fields, copy.origin, copy.writer, copy.model) == (
        {"headline": "Words for home hero"},
        "assistant",
        "agent",
        "test-client",
    )
    assert (copy.operation_id, bool(copy.brief), copy.is_draft) == (receipt["operationId"], True, False)
    assert (status["completed"], status["operations"][0]["outcome"]) == (4, "ok")
    assert len(undone["rolledBack"]) == 4


async def test_an_answer_has_the_sites_part_and_each_schema_once_and_the_prompts(assistant: Any) -> None:
    async with assistant() as talk:
        await talk.call("generate-all", instructions="Mention the sea.")
        taken = await talk.call("take-brief", count="2")
        more = await talk.call("submit-content", items=items_of(taken), takeNext=1)
        again = await talk.call("take-brief")
    assert (places(taken["briefs"]), taken["left"]) == (["home/hero", "home/why"], 2)
    assert list(taken["schemas"]) == ["tern:hero"]
    assert "Tern Bicycles" in taken["siteBrief"]
    assert "Tern Bicycles" not in taken["briefs"][0]["prompt"]
    assert all("Mention the sea." in one["prompt"] for one in taken["briefs"])
    assert (places(more["briefs"]), more["siteBrief"], list(more["schemas"])) == (["repairs/hero"], None, ["tern:hero"])
    assert again["siteBrief"] == taken["siteBrief"]


@pytest.mark.parametrize("era", ERAS)
async def test_what_was_taken_and_lost_comes_again_first(assistant: Any, era: ConnectMode) -> None:
    async with assistant(era) as talk:
        await talk.call("generate-all")
        first = await talk.call("take-brief", count=2)
        again = await talk.call("take-brief", count=3)
    assert again["briefs"][:2] == [one | {"note": again["briefs"][0]["note"]} for one in first["briefs"]]
    assert "taken this before" in again["briefs"][0]["note"]
    assert "note" not in again["briefs"][2]


async def test_every_violation_comes_with_its_path_so_that_one_correction_suffices(
    assistant: Any, project: Any
) -> None:
    schema = {
        "type": "object",
        "required": ["title", "items"],
        "additionalProperties": False,
        "properties": {
            "title": {"type": "string", "maxLength": 10},
            "items": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "object", "required": ["label"], "properties": {"label": {"type": "string"}}},
            },
        },
    }
    write(project, schema)
    async with assistant() as talk:
        receipt = await talk.call("generate-all")
        (brief,) = (await talk.call("take-brief"))["briefs"]
        wrong = {"title": "Far too long a title", "items": [{"label": "a"}, {}, {"label": 3}], "more": 1}
        rejected = await talk.call("submit-content", items=[{"jobId": brief["jobId"], "fields": wrong}])
        status = await talk.call("check-generation-status", operationId=receipt["operationId"])
        right = {"title": "Short", "items": [{"label": "a"}]}
        done = await talk.call("submit-content", items=[{"jobId": brief["jobId"], "fields": right}])
    (result,) = rejected["results"]
    assert (rejected["success"], result["status"], result["violationsTotal"]) == (False, "rejected", 4)
    assert {one["path"] for one in result["violations"]} == {
        "$.title",
        "$.items[1].label",
        "$.items[2].label",
        "$.more",
    }
    assert rejected["nextStep"]["arguments"]["items"] == [{"jobId": brief["jobId"], "fields": {}}]
    assert (status["failed"], status["processing"]) == (0, 1)
    assert done["accepted"] == 1


def write(project: Any, schema: dict[str, Any], **site: Any) -> None:
    """A site with one section of this schema."""
    definition = {
        "site": {"id": "tern", "title": "Tern Bicycles", **site},
        "templates": {"list": {"description": "A list", "prompt": "List it.", "schema": schema}},
        "routes": [{"id": "home", "path": "/", "title": "Home", "sections": [{"id": "list", "template": "list"}]}],
    }
    project.site_file.write_text(json.dumps(definition), encoding="utf-8")


async def test_one_bad_item_costs_the_others_nothing(assistant: Any) -> None:
    async with assistant() as talk:
        await talk.call("generate-all")
        first, second, third, fourth = items_of(await talk.call("take-brief"))
        second["fields"] = {"headline": 7}
        third["jobId"] = third["jobId"].replace("job_", "jbo_")
        fourth["fields"] = json.dumps(fourth["fields"])
        done = await talk.call("submit-content", items=[first, second, third, fourth])
    assert statuses(done) == ["accepted", "rejected", "unknown", "accepted"]
    assert (done["success"], done["accepted"], done["rejected"], done["left"]) == (False, 2, 1, 2)
    assert f'"{third["jobId"].replace("jbo_", "job_")}"' in done["results"][2]["message"]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        (None, "must be an object"),
        ({}, "must be an object"),
        ([1], "must be an object"),
        ("{not json", "is no valid JSON"),
        ('{"headline": "\\ud800 half"}', "half a character"),
        ({"headline": "x" * 200_001}, "is too large"),
    ],
)
async def test_fields_that_are_no_copy_are_sent_back_in_words(assistant: Any, fields: object, complaint: str) -> None:
    async with assistant() as talk:
        await talk.call("generate-all")
        (brief,) = (await talk.call("take-brief", count=1))["briefs"]
        done = await talk.call("submit-content", items=[{"jobId": brief["jobId"], "fields": fields}])
    (result,) = done["results"]
    assert result["status"] == "rejected"
    assert complaint in result["violations"][0]["message"]


async def test_texts_to_keep_are_checked_and_the_current_copy_is_shown(assistant: Any) -> None:
    async with assistant() as talk:
        await talk.call("generate", section="home/hero", writer="outline", waitSeconds=20)
        await talk.call("edit-content", section="home/hero", fields={"headline": "Since 1911 by the sea"})
        await talk.call(
            "regenerate-content", section="home/hero", keep=["1911"], mode="with-current", overwriteEdits=True
        )
        (brief,) = (await talk.call("take-brief"))["briefs"]
        lost = await talk.call("submit-content", items=[{"jobId": brief["jobId"], "fields": {"headline": "Old"}}])
        kept = await talk.call("submit-content", items=[{"jobId": brief["jobId"], "fields": {"headline": "In 1911"}}])
    assert "Since 1911 by the sea" in brief["prompt"]
    assert "1911" in lost["results"][0]["violations"][0]["message"]
    assert statuses(kept) == ["accepted"]


async def test_wishes_of_the_site_send_copy_back_twice_and_are_then_told_with_what_was_stored(
    assistant: Any, project: Any
) -> None:
    schema = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    write(project, schema, terms={"avoid": ["artisan"]})
    async with assistant() as talk:
        await talk.call("generate-all")
        (brief,) = (await talk.call("take-brief"))["briefs"]
        items = [{"jobId": brief["jobId"], "fields": {"text": "Our artisan bread"}}]
        answers = [await talk.call("submit-content", items=items) for _ in range(3)]
    assert [statuses(one) for one in answers] == [["rejected"], ["rejected"], ["accepted"]]
    assert "artisan" in answers[0]["results"][0]["violations"][0]["message"]
    assert "artisan" in answers[2]["results"][0]["message"]


@pytest.mark.parametrize("era", ERAS)
async def test_the_same_submitted_twice_is_done_already_and_another_text_is_not_taken(
    assistant: Any, era: ConnectMode
) -> None:
    async with assistant(era) as talk:
        await talk.call("generate-all")
        items = items_of(await talk.call("take-brief", count=1))
        await talk.call("submit-content", items=items)
        before = await talk.stored()
        again = await talk.call("submit-content", items=items)
        other = await talk.call("submit-content", items=[items[0] | {"fields": {"headline": "Something else"}}])
        assert await talk.stored() == before
    assert (again["success"], statuses(again), statuses(other)) == (True, ["already-done"], ["already-written"])
    assert again["results"][0]["message"].startswith("Exactly this was submitted for home/hero before")
    assert "You have written home/hero already" in other["results"][0]["message"]


async def test_copy_that_was_rejected_and_put_right_in_one_call_is_not_asked_for_again(assistant: Any) -> None:
    async with assistant() as talk:
        await talk.call("generate", section="home/hero")
        [good] = items_of(await talk.call("take-brief"))
        both = await talk.call("submit-content", items=[good | {"fields": {"headline": 7}}, good])
        again = await talk.call("submit-content", items=[good])
    assert statuses(both) == ["rejected", "accepted"]
    assert (both["accepted"], both["rejected"], both["left"]) == (1, 0, 0)
    assert both["nextStep"]["tool"] == "compare-content"
    assert again["message"].startswith("0 stored in preview; 1 stored before.")


async def test_of_two_assistants_the_first_has_written_it_and_the_second_hears_who(project: Any) -> None:
    async with named(project, "ann") as ann, named(project, "ben") as ben:
        await call(ann, "generate-all")
        taken = await call(ann, "take-brief", count=4)
        same = await call(ben, "take-brief", count=4)
        assert "ann has taken this too" in same["briefs"][0]["note"]
        await call(ben, "submit-content", items=items_of(same, "By Ben for")[:1])
        late = await call(ann, "submit-content", items=items_of(taken))
    assert statuses(late) == ["already-written", "accepted", "accepted", "accepted"]
    assert "home/hero was already written by ben; that copy stays." in late["results"][0]["message"]


async def test_an_assistant_gets_what_nobody_holds_before_what_another_has_taken(project: Any) -> None:
    async with named(project, "ann") as ann, named(project, "ben") as ben:
        await call(ann, "generate-all")
        await call(ann, "take-brief", count=3)
        fresh = await call(ben, "take-brief", count=4)
    assert places(fresh["briefs"]) == ["repairs/prices"]


@asynccontextmanager
async def named(project: Any, name: str) -> AsyncIterator[Client]:
    """A client with this name and a server process' worth of its own on the same project."""
    server = create_server(lambda: working_desk(project), register)
    async with Client(server, mode="legacy", client_info=Implementation(name=name, version="1")) as client:
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content or {}


async def test_a_job_that_was_cancelled_edited_or_is_a_models_is_answered_in_words(assistant: Any) -> None:
    async with assistant() as talk:
        receipt = await talk.call("generate", page="home")
        taken = await talk.call("take-brief")
        gated = await talk.call("generate", section="repairs/hero", writer="gated")
        await talk.call("edit-content", section="home/hero", fields={"headline": "My own words"})
        overtaken = await talk.call("submit-content", items=items_of(taken)[:1])
        again = await talk.call("submit-content", items=items_of(taken)[:1])
        kept = await talk.call("check-generation-status", jobIds=[taken["briefs"][0]["jobId"]])
        await talk.call("cancel-generation", operationId=receipt["operationId"])
        cancelled = await talk.call("submit-content", items=items_of(taken)[1:])
        item = {"jobId": gated["jobs"][0]["jobId"], "fields": {"headline": "Not mine"}}
        foreign = await talk.call("submit-content", items=[item])
        copy = await copy_of(talk, "home", "hero")
    assert (statuses(overtaken), statuses(again)) == (["overtaken"], ["overtaken"])
    assert "check-generation-status with the job id" in overtaken["results"][0]["message"]
    assert kept["jobs"][0]["result"] == {"headline": "Words for home hero"}
    assert copy.fields == {"headline": "My own words"}
    assert statuses(cancelled) == ["cancelled"]
    assert (statuses(foreign), "is written by gated" in foreign["results"][0]["message"]) == (["not-yours"], True)


async def test_copy_that_comes_after_the_lease_is_taken(assistant: Any) -> None:
    async with assistant() as talk:
        await talk.call("generate-all")
        taken = await talk.call("take-brief", count=1)
        await talk.desk.store.write(lapse)
        assert (await talk.desk.store.read(operations.job, taken["briefs"][0]["jobId"])).state == "pending"
        assert (await talk.desk.store.read(briefs.left)) == 4
        done = await talk.call("submit-content", items=items_of(taken))
    assert statuses(done) == ["accepted"]


def lapse(db: Any) -> None:
    db.change("UPDATE jobs SET state = 'pending', lease_until = NULL WHERE state = 'processing'")


async def test_what_failed_is_retried_by_the_assistant_again(assistant: Any) -> None:
    async with assistant(writer="agent") as talk:
        receipt = await talk.call("generate", section="home/hero")
        taken = await talk.call("take-brief")
        await talk.desk.store.write(fail)
        status = await talk.call("check-generation-status", operationId=receipt["operationId"])
        assert status["nextStep"]["tool"] == "retry-failed"
        retried = await talk.call("retry-failed", **status["nextStep"]["arguments"])
        late = await talk.call("submit-content", items=items_of(taken))
        again = await talk.call("take-brief", **retried["nextStep"]["arguments"])
    assert (retried["writer"], retried["retryOf"], retried["blockedBy"]) == (
        "agent",
        receipt["operationId"],
        "assistant",
    )
    assert statuses(late) == ["failed"]
    assert places(again["briefs"]) == ["home/hero"]


def fail(db: Any) -> None:
    db.change(
        "UPDATE jobs SET state = 'failed', lease_until = NULL, finished_at = 1, error_code = 'unavailable', error = 'x'"
    )


async def test_taking_when_nothing_waits_says_so_and_what_to_do_instead(assistant: Any) -> None:
    async with assistant() as talk:
        nothing = await talk.call("take-brief")
        gated = await talk.call("generate-all", writer="gated")
        others = await talk.call("take-brief", operationId=gated["operationId"])
        error = await talk.error("take-brief", operationId="op_unknown")
    assert (nothing["briefs"], nothing["nextStep"]["tool"]) == ([], "generate-all")
    assert (others["briefs"], others["nextStep"]["tool"]) == ([], "check-generation-status")
    assert error.startswith("[unknown-operation] ")


async def test_a_brief_larger_than_an_answer_is_given_whole_and_alone(assistant: Any, project: Any) -> None:
    (project.root / "facts.md").write_text("A fact. " * 2_000, encoding="utf-8")
    site = project.site_file.read_text(encoding="utf-8").replace("id: tern,", "id: tern, sources: [facts.md],")
    project.site_file.write_text(site, encoding="utf-8")
    async with assistant() as talk:
        await talk.call("generate-all")
        taken = await talk.call("take-brief")
        more = await talk.call("submit-content", items=items_of(taken), takeNext=3)
    assert len(compact(taken)) > LARGEST_ANSWER
    assert taken["siteBrief"].count("A fact.") == 2_000
    assert len(taken["briefs"]) == 1
    assert (len(more["briefs"]), more["siteBrief"]) == (3, None)


async def test_a_text_that_several_briefs_quote_stands_in_an_answer_once(assistant: Any, project: Any) -> None:
    (project.root / "facts.md").write_text("One particular fact. " * 20, encoding="utf-8")
    site = project.site_file.read_text(encoding="utf-8").replace(
        "template: hero}", "template: hero, sources: [facts.md]}"
    )
    project.site_file.write_text(site, encoding="utf-8")
    async with assistant() as talk:
        await talk.call("generate-all")
        taken = await talk.call("take-brief", count=3)
    first, second, third = (one["prompt"] for one in taken["briefs"])
    assert first.count("One particular fact.") == 20
    assert second.count("One particular fact.") == third.count("One particular fact.") == 0
    assert "as in the prompt of home/hero in this answer" in second


async def test_many_violations_of_many_items_still_fit_an_answer(assistant: Any, project: Any) -> None:
    write_many(project)
    async with assistant() as talk:
        await talk.call("generate-all")
        taken = await talk.call("take-brief", count=50)
        wrong = {f"wrong-{number}": number for number in range(40)}
        items = [{"jobId": one["jobId"], "fields": wrong} for one in taken["briefs"]]
        done = await talk.call("submit-content", items=items, takeNext=50)
    assert len(items) > 10
    assert len(compact(done)) <= LARGEST_ANSWER
    assert {one["violationsTotal"] for one in done["results"]} == {41}
    assert all(one["violations"] for one in done["results"])


def write_many(project: Any) -> None:
    schema = {"type": "object", "required": ["a"], "additionalProperties": False, "properties": {"a": {}}}
    sections = [{"id": f"s{number}", "template": "t"} for number in range(60)]
    site = {
        "site": {"id": "tern", "title": "Tern"},
        "templates": {"t": {"description": "d", "prompt": "p", "schema": schema}},
        "routes": [
            {"id": f"p{one}", "path": f"/{one}", "title": "P", "sections": [sections[one]]} for one in range(60)
        ],
    }
    project.site_file.write_text(json.dumps(site), encoding="utf-8")


async def test_synchronous_execution_does_not_wait_for_the_assistant_and_items_are_bounded(assistant: Any) -> None:
    async with assistant(execution="sync") as talk:
        receipt = await talk.call("generate-all")
        again = await talk.call("generate-all")
        error = await talk.error("submit-content", items=[{"jobId": "x", "fields": {}}] * 51)
    assert (receipt["waitEnded"], receipt["blockedBy"]) == ("blocked", "assistant")
    assert again["nextStep"]["tool"] == "check-generation-status"
    assert error.startswith("[invalid-argument] ")
