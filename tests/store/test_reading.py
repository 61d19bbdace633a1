"""What stands, what differs and what was done, read from a real desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from copydesk.content.desk import Asked, Desk, open_desk
from copydesk.content.errors import ContentError
from copydesk.content.operations.values import WHOLE_SITE, Edit, Generate, Promote, Rollback, Scope, Wire
from copydesk.content.reports.checks import check_content
from copydesk.content.reports.comparison import CompareQuery, compare_content
from copydesk.content.reports.copy_reading import ReadQuery, read_content
from copydesk.content.reports.operation_listing import OperationsQuery, list_operations
from copydesk.content.reports.paging import LARGEST_ANSWER, json_size
from copydesk.content.reports.site_listing import ListQuery, list_site
from copydesk.store.states import Environment

_SITE = """\
site: {id: bakery, title: Bakery, terms: {avoid: [journey]}}
templates:
  long:
    prompt: Write.
    schema: {type: object, properties: {text: {type: string}, items: {type: array}}}
routes:
  - id: home
    path: /
    title: Home
    sections:
      - {id: hero, template: core:hero}
      - {id: story, template: long}
      - {id: legal, template: core:prose, content: Fixed text.}
  - id: about
    path: /about
    title: About us
    sections: [{id: hero, template: core:hero}]
"""
_HOME = Scope(pages=("home",))
_HERO = {"headline": "Bread for the whole week", "subheadline": "Baked from three grains.", "callToAction": "See them"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    (tmp_path / "site.yaml").write_text(_SITE, encoding="utf-8")
    async with open_desk(tmp_path, worker=False) as opened:
        yield opened


async def _edit(desk: Desk, page: str, section: str, **fields: Any) -> None:
    await desk.perform(Edit(page=page, section=section, fields=fields))


async def _refusal(call: Callable[[], Awaitable[Wire]]) -> ContentError:
    with pytest.raises(ContentError) as caught:
        await call()
    return caught.value


async def test_the_list_tells_the_state_of_every_section_in_both_environments(desk: Desk) -> None:
    await desk.perform(Generate(scope=_HOME))
    await desk.perform(Promote(scope=_HOME))
    await _edit(desk, "home", "hero", **_HERO)
    listing = await list_site(desk)
    states = {
        (route.page, one.section): (one.preview, one.production) for route in listing.routes for one in route.sections
    }
    assert states == {
        ("home", "hero"): ("edited", "differs"),
        ("home", "story"): ("draft", "current"),
        ("home", "legal"): ("static", "static"),
        ("about", "hero"): ("none", "none"),
    }
    assert (listing.totals.sections, listing.totals.missing_preview, listing.totals.differing) == (4, 1, 1)
    assert listing.next_step is not None
    assert listing.next_step.arguments == {"pages": ["about"]}


async def test_the_list_shows_what_is_missing_and_the_job_under_way(desk: Desk) -> None:
    receipt = await desk.submit(Generate(scope=Scope(sections=("about/hero",))))
    listing = await list_site(desk, ListQuery(missing=Environment.PREVIEW, pages=("/about",)))
    (section,) = listing.routes[0].sections
    assert section.job_id == receipt.jobs[0].job_id
    assert listing.totals.in_progress == 1
    assert listing.next_step is None


async def test_a_page_without_sections_is_named(desk: Desk) -> None:
    with desk.project.site_file.open("a", encoding="utf-8") as file:
        file.write("  - {id: empty, path: /empty, title: Empty, sections: []}\n")
    assert (await list_site(desk)).message.endswith("Without any section: empty.")
    assert "empty" not in (await list_site(desk, ListQuery(pages=("home",)))).message


async def test_copy_of_a_section_that_is_gone_is_listed_as_an_orphan_and_still_readable(desk: Desk) -> None:
    await desk.perform(Generate(scope=_HOME))
    desk.project.site_file.write_text(_SITE.replace("id: story", "id: saga"), encoding="utf-8")
    listing = await list_site(desk)
    assert [(one.page, one.section) for one in listing.orphans] == [("home", "story")]
    assert listing.orphans_total == 1
    reading = await read_content(desk, ReadQuery(revision=listing.orphans[0].revision))
    assert reading.sections[0].section == "story"


async def test_templates_and_sources_are_listed_with_their_use(desk: Desk) -> None:
    templates = (await list_site(desk, ListQuery(show="templates"))).templates
    uses = {one.name: one.sections for one in templates}
    assert uses == {"bakery:long": 1, "core:hero": 2, "core:prose": 1}
    assert "headline*" in next(one for one in templates if one.name == "core:hero").fields
    assert (await list_site(desk, ListQuery(show="sources"))).sources == ()


async def test_reading_gives_fields_rendering_provenance_and_history(desk: Desk) -> None:
    written = await desk.perform(Generate(scope=_HOME))
    await _edit(desk, "home", "hero", **_HERO)
    reading = await read_content(desk, ReadQuery(scope=Scope(sections=("home/hero",)), rendered=True))
    (section,) = reading.sections
    assert section.fields is not None
    assert section.fields["headline"] == _HERO["headline"]
    assert section.markdown is not None
    assert "# Bread for the whole week" in section.markdown
    assert section.provenance is not None
    assert (section.provenance.origin, section.provenance.is_draft) == ("hand", False)
    assert [one.operation for one in section.history] == ["edit", "generate"]
    assert section.history[1].operation_id == written.operation_id
    assert section.history[0].before == section.history[1].after


async def test_an_older_revision_can_be_read_by_its_number(desk: Desk) -> None:
    await _edit(desk, "home", "story", text="First.")
    first = (await read_content(desk, ReadQuery(scope=Scope(sections=("home/story",))))).sections[0].revision
    await _edit(desk, "home", "story", text="Second.")
    reading = await read_content(desk, ReadQuery(scope=Scope(sections=("home/story",)), revision=first))
    assert reading.sections[0].fields == {"text": "First."}


async def test_static_text_and_missing_copy_are_read_as_what_they_are(desk: Desk) -> None:
    reading = await read_content(desk, ReadQuery())
    states = {f"{one.page}/{one.section}": one.state for one in reading.sections}
    assert states == {"home/hero": "none", "home/story": "none", "home/legal": "static", "about/hero": "none"}
    assert reading.sections[2].markdown == "Fixed text."


async def test_a_huge_section_is_cut_with_a_note(desk: Desk) -> None:
    await _edit(desk, "home", "story", text="long " * 20_000, items=["item"] * 5_000)
    reading = await read_content(desk, ReadQuery(scope=_HOME, rendered=True))
    story = reading.sections[1] if len(reading.sections) > 1 else None
    if story is None:
        assert reading.cursor == "home/story"
        reading = await read_content(desk, ReadQuery(scope=_HOME, rendered=True, cursor=reading.cursor))
        story = reading.sections[0]
    assert json_size(reading) <= LARGEST_ANSWER
    assert story.note is not None
    assert story.fields is not None
    assert story.fields["text"].startswith("long long")


async def test_a_comparison_counts_everything_and_its_review_publishes_exactly_that(desk: Desk) -> None:
    await _edit(desk, "home", "hero", **_HERO)
    await desk.perform(Promote(scope=WHOLE_SITE))
    await _edit(desk, "home", "hero", headline="Bread for every morning")
    await _edit(desk, "home", "story", text="New.")
    comparison = await compare_content(desk, CompareQuery())
    assert comparison.counts.model_dump() == {
        "new": 1, "changed": 1, "identical": 0, "removed": 0, "none": 1, "static": 1
    }  # fmt: skip
    assert [(one.section, one.change) for one in comparison.sections] == [("hero", "changed"), ("story", "new")]
    assert comparison.next_step is not None
    assert comparison.next_step.arguments == {"reviewId": comparison.review_id}
    receipt = await desk.perform(Promote(review_id=comparison.review_id))
    assert receipt.changed == 2
    again = await compare_content(desk, CompareQuery())
    assert (again.review_id, again.counts.identical) == (None, 2)


async def test_details_show_the_change_field_by_field(desk: Desk) -> None:
    await _edit(desk, "home", "hero", **_HERO)
    await desk.perform(Promote(scope=WHOLE_SITE))
    longer = "Baked from three grains that grow within sight of the oven, every morning but Monday."
    await _edit(desk, "home", "hero", headline="Bread for every morning", subheadline=longer)
    comparison = await compare_content(desk, CompareQuery(scope=_HOME, detail=True))
    (section,) = comparison.sections
    assert section.differences is not None
    headline, subheadline = section.differences
    assert (headline.path, headline.before, headline.after) == (
        "$.headline",
        _HERO["headline"],
        "Bread for every morning",
    )
    assert subheadline.inline is not None
    assert subheadline.inline.startswith("Baked from three grains{+ that grow")


async def test_the_last_change_is_compared_with_the_copy_before_it(desk: Desk) -> None:
    await _edit(desk, "home", "story", text="First.")
    await _edit(desk, "home", "story", text="Second.")
    comparison = await compare_content(desk, CompareQuery(scope=_HOME, against="previous", detail=True))
    (section,) = comparison.sections
    assert section.differences is not None
    assert (section.differences[0].before, section.differences[0].after) == ("First.", "Second.")
    assert comparison.review_id is None


async def test_copy_that_is_only_live_is_told_as_removed(desk: Desk) -> None:
    edit = await desk.perform(Edit(page="home", section="story", fields={"text": "Old."}))
    await desk.perform(Promote(scope=_HOME))
    assert edit.operation_id is not None
    await desk.perform(Rollback(operation_ids=(edit.operation_id,)))
    comparison = await compare_content(desk, CompareQuery(scope=_HOME))
    assert comparison.counts.removed == 1
    assert "publishing leaves them live" in comparison.message


async def test_a_comparison_runs_the_checks_on_the_site_as_it_would_be(desk: Desk) -> None:
    await _edit(desk, "home", "hero", **_HERO)
    await desk.perform(Promote(scope=WHOLE_SITE))
    await _edit(desk, "about", "hero", **_HERO)
    await _edit(desk, "home", "story", text="A journey to [nowhere](/abut).")
    report = (await compare_content(desk, CompareQuery())).checks
    assert report is not None
    assert [one.code for one in report.findings] == ["broken-link", "avoided-term", "duplicate-title"]
    assert (report.errors, report.warnings) == (1, 2)
    about = (await compare_content(desk, CompareQuery(scope=Scope(pages=("about",))))).checks
    assert about is not None
    assert [(one.code, one.page) for one in about.findings] == [("duplicate-title", "about")]


async def test_each_environment_is_checked_as_it_stands(desk: Desk) -> None:
    await _edit(desk, "home", "story", text="See [nowhere](/abut).")
    await desk.perform(Promote(scope=_HOME))
    await _edit(desk, "home", "story", text="See [us](/about).")
    assert await check_content(desk, Scope(), Environment.PREVIEW) == ()
    assert [one.code for one in await check_content(desk, _HOME, Environment.PRODUCTION)] == ["broken-link"]
    assert await check_content(desk, Scope(pages=("about",)), Environment.PRODUCTION) == ()


async def test_a_comparison_goes_on_with_the_same_review_until_something_changes(tmp_path: Path) -> None:
    sections = ", ".join(f"{{id: s{number}, template: long}}" for number in range(300))
    head = _SITE.partition("routes:")[0]
    route = f"routes:\n  - {{id: home, path: /, title: Home, sections: [{sections}]}}\n"
    (tmp_path / "site.yaml").write_text(head + route, encoding="utf-8")
    async with open_desk(tmp_path, worker=False) as desk:
        await desk.perform(Generate(scope=WHOLE_SITE))
        first = await compare_content(desk, CompareQuery())
        second = await compare_content(desk, CompareQuery(cursor=first.cursor))
        assert first.review_id == second.review_id
        assert second.checks is None
        assert {one.section for one in first.sections} & {one.section for one in second.sections} == set()
        assert max(json_size(first), json_size(second)) <= LARGEST_ANSWER
        await _edit(desk, "home", "s299", text="Meanwhile.")
        refusal = await _refusal(lambda: compare_content(desk, CompareQuery(cursor=second.cursor)))
        assert refusal.code == "review-outdated"


async def test_operations_are_listed_newest_first_with_totals_and_filters(desk: Desk) -> None:
    await desk.perform(Generate(scope=_HOME), Asked(started_by="ana"))
    await desk.perform(Promote(scope=_HOME), Asked(started_by="ben"))
    await _edit(desk, "home", "story", text="New.")
    listing = await list_operations(desk)
    assert [one.operation for one in listing.operations] == ["edit", "promote", "generate"]
    assert [one.scope for one in listing.operations] == ["home/story", "home", "home"]
    assert (listing.totals.operations, listing.totals.sections_done) == (3, 5)
    assert listing.totals.usage.cost is None
    bens = await list_operations(desk, OperationsQuery(started_by="ben", kinds=("Promote",), since="1h"))
    assert [one.started_by for one in bens.operations] == ["ben"]
    assert (await list_operations(desk, OperationsQuery(until="2020-01-01"))).operations == ()


async def test_many_operations_are_paged_each_once(desk: Desk) -> None:
    for number in range(25):
        await _edit(desk, "home", "story", text=f"{number}")
    seen: list[str] = []
    query = OperationsQuery()
    while True:
        listing = await list_operations(desk, query)
        assert json_size(listing) <= LARGEST_ANSWER
        assert listing.totals.operations == 25
        seen += [one.operation_id for one in listing.operations]
        if listing.cursor is None:
            break
        query = OperationsQuery(cursor=listing.cursor)
    assert len(seen) == len(set(seen)) == 25


async def test_wrong_names_are_refused_with_the_nearest_right_one(desk: Desk) -> None:
    await desk.perform(Generate(scope=_HOME), Asked(started_by="ana"))
    about = Scope(sections=("about/hero",))
    calls: list[tuple[Callable[[], Awaitable[Wire]], str, str]] = [
        (lambda: list_site(desk, ListQuery(pages=("hom",))), "unknown-page", 'did you mean "home"?'),
        (lambda: list_site(desk, ListQuery(cursor="x/y")), "invalid-cursor", "without a cursor"),
        (lambda: read_content(desk, ReadQuery(scope=Scope(sections=("home/hro",)))), "unknown-section", '"hero"?'),
        (lambda: read_content(desk, ReadQuery(revision=99)), "unknown-revision", "no revision 99"),
        (
            lambda: read_content(desk, ReadQuery(scope=about, revision=1)),
            "unknown-revision",
            "home/hero",
        ),
        (lambda: compare_content(desk, CompareQuery(cursor="home/hero")), "invalid-cursor", "without a cursor"),
        (lambda: compare_content(desk, CompareQuery(scope=Scope(all=True, pages=("home",)))), "two-scopes", "only one"),
        (lambda: list_operations(desk, OperationsQuery(kinds=("promot",))), "unknown-kind", '"promote"?'),
        (lambda: list_operations(desk, OperationsQuery(started_by="anna")), "unknown-person", '"ana"?'),
        (lambda: list_operations(desk, OperationsQuery(since="yesterday")), "invalid-time", "24h"),
        (lambda: list_operations(desk, OperationsQuery(since="1h", until="2h")), "invalid-time", "before"),
        (lambda: list_operations(desk, OperationsQuery(cursor="-1")), "invalid-cursor", "without a cursor"),
    ]
    for call, code, said in calls:
        refusal = await _refusal(call)
        assert refusal.code == code
        assert said in refusal.message


async def test_no_answer_is_too_long_however_large_the_site_is(tmp_path: Path) -> None:
    sections = ", ".join(f"{{id: section-{number}-{'x' * 80}, template: core:hero}}" for number in range(50))
    named = f"path: /p%d/{'y' * 300}, title: '{'T' * 500}', sections: [{sections}]"
    routes = [f"  - {{id: page-{number}-{'x' * 80}, {named % number}}}" for number in range(100)]
    text = f"site: {{id: big, title: {'Big ' * 1000}}}\nroutes:\n" + "\n".join(routes) + "\n"
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    async with open_desk(tmp_path, worker=False) as desk:
        answers: list[Wire] = [await list_site(desk, ListQuery(missing=Environment.PRODUCTION))]
        answers += [await list_site(desk, ListQuery(show=show)) for show in ("templates", "sources")]
        answers += [await read_content(desk, ReadQuery(rendered=True)), await compare_content(desk, CompareQuery())]
        assert [size for size in map(json_size, answers) if size > LARGEST_ANSWER] == []
        first = answers[0]
        assert first.model_dump()["totals"]["sections"] == 5_000
        following = await list_site(desk, ListQuery(cursor=first.model_dump()["cursor"]))
        assert json_size(following) <= LARGEST_ANSWER


async def test_placeholder_drafts_are_never_advised_to_be_published(desk: Desk) -> None:
    await desk.perform(Generate(scope=WHOLE_SITE))
    comparison = await compare_content(desk, CompareQuery())
    assert comparison.checks is not None
    assert {one.code for one in comparison.checks.findings} == {"placeholder-draft"}
    assert (comparison.next_step, (await list_site(desk)).next_step) == (None, None)
    await _edit(desk, "home", "story", text="See [nowhere](/abut).")
    comparison = await compare_content(desk, CompareQuery())
    assert comparison.next_step is not None
    assert comparison.next_step.arguments == {"sections": ["home/story"]}


async def test_what_is_never_generated_is_not_advised_to_be_written(desk: Desk) -> None:
    path = desk.project.site_file
    path.write_text(_SITE.replace("    prompt: Write.\n", "    generate: false\n"), encoding="utf-8")
    await _edit(desk, "home", "hero", **_HERO)
    await _edit(desk, "about", "hero", **_HERO)
    listing = await list_site(desk)
    assert listing.totals.missing_preview == 1
    assert listing.next_step is not None
    assert listing.next_step.tool == "compare-content"
    assert (await read_content(desk, ReadQuery(scope=_HOME))).next_step is None
