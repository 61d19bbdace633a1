"""From writing to publishing by way of a review, as the next steps lead. What has changed since is not published."""

from __future__ import annotations

from typing import Any

import pytest
from mcp.client.client import ConnectMode

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]


async def follow(talk: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer to what the next step says, word for word."""
    step = answer["nextStep"]
    followed: dict[str, Any] = await talk.call(step["tool"], **step["arguments"])
    return followed


@pytest.mark.parametrize("era", ERAS)
async def test_copy_is_written_reviewed_edited_reviewed_again_published_and_taken_back(
    connect: Any, gated: Any, era: ConnectMode
) -> None:
    gated.open(100)
    async with connect(era, writer="gated", promotion="reviewed") as talk:
        written = await talk.call("generate", pages=["home"], waitSeconds=20)
        assert written["nextStep"]["tool"] == "compare-content"
        assert written["nextStep"]["arguments"] == {"pages": ["home"]}

        first = await follow(talk, written)
        assert (first["counts"]["new"], first["counts"]["static"], first["sectionsTotal"]) == (2, 1, 3)
        assert first["nextStep"] == {
            "tool": "promote",
            "arguments": {"reviewId": first["reviewId"]},
            "afterSeconds": 0,
        }

        edited = await talk.call("edit-content", section="home/why", fields={"headline": "Because of the sea"})
        assert (edited["outcome"], edited["waitEnded"], edited["environment"]) == ("ok", "finished", "preview")
        before = await talk.stored()
        error = await talk.error("promote", reviewId=first["reviewId"])
        assert error.startswith("[review-outdated] ")
        assert "home/why" in error
        assert await talk.stored() == before

        assert edited["nextStep"]["arguments"] == {"sections": ["home/why"]}
        second = await talk.call("compare-content", page="home")
        assert second["reviewId"] != first["reviewId"]
        published = await follow(talk, second)
        assert [(one["section"], one["revision"]) for one in published["promoted"]][1] == (
            "why",
            edited["edited"][0]["revision"],
        )
        assert published["nextStep"] is None

        same = await talk.call("compare-content", page="home")
        assert (same["counts"]["identical"], same["reviewId"], same["nextStep"]) == (2, None, None)

        undone = await talk.call("rollback", operationIds=[published["operationId"]])
        assert [one["revision"] for one in undone["rolledBack"]] == [None, None]
        assert (await talk.call("compare-content", page="home"))["counts"]["new"] == 2


async def test_next_step_of_finished_writing_is_the_comparison_of_what_was_asked_for(connect: Any, gated: Any) -> None:
    gated.open(100)
    async with connect(writer="gated") as talk:
        some = await talk.call("generate", sections=["home/hero", "home/why"], waitSeconds=20)
        everything = await talk.call("generate-all", waitSeconds=20)
        again = await talk.call("regenerate-content", page="/repairs", waitSeconds=20)
        status = await talk.call("check-generation-status", operationId=again["operationId"])
        nothing = await talk.call("generate-all", waitSeconds=20)
    steps = [one["nextStep"]["arguments"] for one in (some, everything, again, status)]
    assert steps == [{"sections": ["home/hero", "home/why"]}, {"all": True}, {"pages": ["/repairs"]}, steps[2]]
    assert {one["nextStep"]["tool"] for one in (some, everything, again, status)} == {"compare-content"}
    assert nothing["nextStep"] is None


async def test_many_sections_are_compared_by_their_pages(connect: Any, gated: Any, project: Any) -> None:
    sections = "\n".join(f"      - {{id: s{number}, template: hero}}" for number in range(12))
    text = project.site_file.read_text(encoding="utf-8")
    project.site_file.write_text(f"{text}  - id: long\n    path: /long\n    title: Long\n    sections:\n{sections}\n")
    gated.open(100)
    async with connect(writer="gated") as talk:
        written = await talk.call("generate", sections=[f"long/s{number}" for number in range(12)], waitSeconds=20)
        compared = await follow(talk, written)
    assert written["nextStep"]["arguments"] == {"pages": ["long"]}
    assert compared["counts"]["new"] == 12


async def test_placeholder_drafts_are_shown_but_never_suggested_to_be_published(connect: Any) -> None:
    async with connect() as talk:
        written = await talk.call("generate-all", waitSeconds=20)
        compared = await talk.call("compare-content")
    assert written["nextStep"] is None
    assert (compared["nextStep"], compared["counts"]["new"]) == (None, 4)
    assert compared["checks"]["findings"][0]["code"] == "placeholder-draft"


async def test_where_only_the_operator_publishes_no_tool_is_suggested_for_it(connect: Any) -> None:
    async with connect(promotion="locked") as talk:
        edited = await talk.call("edit-content", section="home/why", fields={"headline": "Our words"})
        compared = await follow(talk, edited)
    assert (compared["counts"]["new"], compared["nextStep"]) == (1, None)
    assert "`copydesk promote`" in compared["message"]
