"""The tools that read: the site, its copy, comparisons and past operations."""

from __future__ import annotations

from typing import Any

import pytest
from mcp.client.client import ConnectMode

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]


@pytest.mark.parametrize("era", ERAS)
async def test_site_is_listed_with_the_state_of_its_copy(connect: Any, era: ConnectMode) -> None:
    async with connect(era) as talk:
        fresh = await talk.call("list-site")
        await talk.call("generate", page="home", waitSeconds=20)
        await talk.call("edit-content", section="home/why", fields={"headline": "Our words"})
        await talk.call("promote", sections=["home/why"])
        listing = await talk.call("list-site")
        missing = await talk.call("list-site", missing="Preview", pages="/repairs")
    assert fresh["nextStep"]["tool"] == "generate"
    home, repairs = listing["routes"]
    assert [(one["preview"], one["production"]) for one in home["sections"]] == [
        ("draft", "none"),
        ("edited", "current"),
        ("static", "static"),
    ]
    assert (home["path"], repairs["sectionsTotal"]) == ("/", 2)
    assert (listing["totals"]["missingPreview"], listing["totals"]["edited"]) == (2, 1)
    assert [one["section"] for route in missing["routes"] for one in route["sections"]] == ["hero", "prices"]


async def test_templates_and_sources_are_listed_on_request(connect: Any) -> None:
    async with connect() as talk:
        await talk.call("save-source", name="prices", text="A puncture costs 9.")
        templates = await talk.call("list-site", show="templates")
        sources = await talk.call("list-site", show="sources")
    (hero,) = [one for one in templates["templates"] if one["name"] == "tern:hero"]
    assert (hero["fields"], hero["sections"]) == (["headline*"], 5)
    assert [one["name"] for one in sources["sources"]] == ["facts/prices.md"]


@pytest.mark.parametrize("era", ERAS)
async def test_copy_is_read_with_its_history_and_in_older_versions(connect: Any, era: ConnectMode) -> None:
    async with connect(era) as talk:
        await talk.call("edit-content", section="home/why", fields={"headline": "First words"})
        await talk.call("edit-content", section="home/why", fields={"headline": "Second words"})
        reading = await talk.call("read-content", page="home", section="why")
        (why,) = reading["sections"]
        first = await talk.call("read-content", revision=str(why["history"][0]["before"]))
        everything = await talk.call("read-content")
        live = await talk.call("read-content", all=True, environment="production")
    assert (why["fields"], why["provenance"]["origin"]) == ({"headline": "Second words"}, "hand")
    assert [one["operation"] for one in why["history"]] == ["edit", "edit"]
    assert first["sections"][0]["fields"] == {"headline": "First words"}
    assert [one["state"] for one in everything["sections"]] == ["none", "copy", "static", "none", "none"]
    assert everything["nextStep"]["tool"] == "generate"
    assert {one["state"] for one in live["sections"]} == {"none", "static"}


@pytest.mark.parametrize("era", ERAS)
async def test_comparison_shows_fields_on_request(connect: Any, era: ConnectMode) -> None:
    async with connect(era) as talk:
        await talk.call("edit-content", section="home/why", fields={"headline": "First words"})
        await talk.call("promote", section="home/why")
        await talk.call("edit-content", section="home/why", fields={"headline": "Second words"})
        summary = await talk.call("compare-content", all=True)
        details = await talk.call("compare-content", section="home/why", detail="true")
        previous = await talk.call("compare-content", section="home/why", against="previous", detail=True)
    assert [(one["section"], one["change"]) for one in summary["sections"]] == [("why", "changed")]
    assert "differences" not in summary["sections"][0]
    change = {"path": "$.headline", "change": "changed", "before": "First words", "after": "Second words"}
    assert details["sections"][0]["differences"] == previous["sections"][0]["differences"] == [change]
    assert (previous["reviewId"], summary["reviewId"].split("_")[0]) == (None, "review")


@pytest.mark.parametrize("era", ERAS)
async def test_operations_are_listed_with_totals_and_filters(connect: Any, era: ConnectMode) -> None:
    async with connect(era) as talk:
        written = await talk.call("generate-all", waitSeconds=20)
        published = await talk.call("promote", all=True)
        await talk.call("rollback", operationIds=[published["operationId"]])
        listing = await talk.call("list-operations")
        releases = await talk.call("list-operations", kinds="promote", since="1h", startedBy="test-client")
    assert [one["operation"] for one in listing["operations"]] == ["rollback", "promote", "generate"]
    assert listing["operations"][-1]["operationId"] == written["operationId"]
    assert (listing["totals"]["operations"], listing["totals"]["sectionsDone"], listing["cursor"]) == (3, 12, None)
    assert [one["operationId"] for one in releases["operations"]] == [published["operationId"]]
    assert releases["totals"]["operations"] == 1


async def test_operations_are_paged_each_once_with_the_same_totals(connect: Any) -> None:
    async with connect() as talk:
        made = [
            (await talk.call("edit-content", section="home/why", fields={"headline": f"Words {number}"}))["operationId"]
            for number in range(30)
        ]
        seen: list[str] = []
        page = await talk.call("list-operations")
        while True:
            assert page["totals"]["operations"] == 30
            seen += [one["operationId"] for one in page["operations"]]
            if page["cursor"] is None:
                break
            page = await talk.call("list-operations", cursor=page["cursor"])
    assert seen == made[::-1]


WRONG = [
    ("list-site", {"pages": ["hom"]}, '[unknown-page] There is no page "hom" in this site: did you mean "home"?'),
    ("list-site", {"show": "template"}, '(the nearest is "templates")'),
    ("list-site", {"missing": "live"}, '[invalid-argument] list-site: missing: should be one of "preview"'),
    ("list-site", {"cursor": "home/nothing"}, "[invalid-cursor] "),
    ("read-content", {"section": "home/heroo"}, 'did you mean "hero"?'),
    ("read-content", {"page": "home", "all": True}, "[two-scopes] "),
    ("read-content", {"revision": 999}, "[unknown-revision] There is no revision 999."),
    ("read-content", {"revision": 2**70}, "[invalid-argument] read-content: revision: "),
    ("read-content", {"revision": True}, "revision: should be a whole number, not True"),
    ("read-content", {"environment": "produktion"}, '(the nearest is "production")'),
    ("compare-content", {"page": "repair"}, 'did you mean "repairs"?'),
    ("compare-content", {"against": "last"}, "[invalid-argument] compare-content: against: "),
    ("compare-content", {"cursor": "review_1"}, "[invalid-cursor] "),
    ("compare-content", {"cursor": "review_1@home/hero"}, "[review-outdated] "),
    ("list-operations", {"kinds": ["publish"]}, '[unknown-kind] There is no kind of operation "publish"'),
    ("list-operations", {"since": "yesterday"}, '[invalid-time] "yesterday" is no time.'),
    ("list-operations", {"since": "1h", "until": "2h"}, "[invalid-time] "),
    ("list-operations", {"startedBy": "test-cliend"}, 'did you mean "test-client"?'),
    ("list-operations", {"cursor": "one"}, "[invalid-cursor] "),
]


@pytest.mark.parametrize(("tool", "arguments", "expected"), WRONG, ids=str)
async def test_wrong_question_is_explained(connect: Any, tool: str, arguments: dict[str, Any], expected: str) -> None:
    async with connect() as talk:
        await talk.call("generate-all", waitSeconds=20)
        before = await talk.stored()
        error = await talk.error(tool, **arguments)
        assert await talk.stored() == before
    assert expected in error
    assert error.startswith("[")
