from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copydesk.content.briefs import Brief
from copydesk.content.desk import Asked, open_desk
from copydesk.content.errors import ContentError
from copydesk.content.operations.editing import merge
from copydesk.content.operations.reviewing import LIFETIME, open_review
from copydesk.content.operations.values import (
    WHOLE_SITE,
    Edit,
    Generate,
    Mode,
    Operation,
    Promote,
    Regenerate,
    Rollback,
    Scope,
)
from copydesk.content.reports.receipts import Receipt
from copydesk.content.writers.base import Answer, Correction, Permanent
from copydesk.store.states import Environment, JobState, Origin
from tests.workshop import SECONDS, Workshop, open_workshop, saying, write_site

PRODUCTION = Environment.PRODUCTION
HERO = Scope(sections=("home/hero",))
PAGES = {"home": ["hero", "faq"], "about": ["story"]}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    """A small site, without copy yet, whose writer numbers its texts."""
    write_site(tmp_path, PAGES)
    async with open_workshop(tmp_path, Numbering()) as workshop:
        yield workshop


class Numbering:
    """A writer that never writes the same text twice."""

    def __init__(self) -> None:
        self.written = 0

    async def __call__(self, brief: Brief, correction: Correction | None) -> Answer:
        self.written += 1
        return saying(f"Text {self.written}")


async def do(shop: Workshop, operation: Operation, **asked: Any) -> Receipt:
    return await shop.desk.perform(operation, Asked(**asked))


async def undo(shop: Workshop, *receipts: Receipt, force: bool = False) -> Receipt:
    ids = tuple(str(receipt.operation_id) for receipt in receipts)
    return await do(shop, Rollback(operation_ids=ids, force=force))


async def edit(shop: Workshop, text: str = "By hand", **rest: Any) -> Receipt:
    return await do(shop, Edit(page="home", section="hero", fields={"text": text}, **rest))


async def everything(shop: Workshop) -> dict[str, str | None]:
    """Every section's text in both environments: all that an operation could change."""
    return {
        f"{environment}:{page}/{section}": await shop.text(page, section, environment)
        for environment in Environment
        for page, sections in PAGES.items()
        for section in sections
    }


async def refused(shop: Workshop, operation: Operation, **asked: Any) -> str:
    """The code of the error. Nothing may have changed."""
    before = await everything(shop)
    with pytest.raises(ContentError) as caught:
        await do(shop, operation, **asked)
    assert await everything(shop) == before
    return caught.value.code


def codes(receipt: Receipt) -> dict[str, str]:
    return {f"{skip.page}/{skip.section}": skip.code for skip in receipt.skipped}


async def test_generate_fills_gaps_and_force_rewrites_all_but_hand_edits(shop: Workshop) -> None:
    first = await do(shop, Generate(scope=Scope(pages=("home",))))
    assert first.counts.completed == 2
    second = await do(shop, Generate(scope=WHOLE_SITE))
    assert (second.counts.completed, codes(second)) == (1, {"home/hero": "has-copy", "home/faq": "has-copy"})
    await edit(shop)
    third = await do(shop, Generate(scope=WHOLE_SITE, force=True))
    assert (third.counts.completed, codes(third)) == (2, {"home/hero": "edited"})
    assert await shop.text("home", "hero") == "By hand"


async def test_nothing_to_do_stores_nothing(shop: Workshop) -> None:
    await do(shop, Generate(scope=WHOLE_SITE))
    receipt = await do(shop, Generate(scope=WHOLE_SITE))
    assert (receipt.operation_id, receipt.outcome, receipt.queued_sections) == (None, "nothing-to-do", 0)


async def test_regenerate_gives_the_writer_the_current_copy_only_when_asked_to(shop: Workshop) -> None:
    seen: list[object] = []

    async def remember(brief: Brief, correction: Correction | None) -> Answer:
        seen.append(brief.current)
        return saying(f"Again {len(seen)}")

    await do(shop, Generate(scope=HERO))
    shop.writer.script = remember
    assert (await do(shop, Regenerate(scope=HERO, mode=Mode.LEAVE))).operation_id is None
    await do(shop, Regenerate(scope=HERO, mode=Mode.NEW))
    await do(shop, Regenerate(scope=HERO, mode=Mode.WITH_CURRENT))
    assert seen == [None, {"text": "Again 1"}]


async def test_overwriting_edits_must_be_said(shop: Workshop) -> None:
    await edit(shop)
    assert codes(await do(shop, Regenerate(scope=HERO))) == {"home/hero": "edited"}
    assert (await do(shop, Regenerate(scope=HERO, overwrite_edits=True))).outcome == "ok"
    assert await shop.text("home", "hero") == "Text 1"


@pytest.mark.parametrize(
    ("current", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_fields_are_merged_as_rfc_7396_says(
    current: dict[str, Any], patch: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert merge(current, patch) == expected


async def test_an_edit_merges_into_the_copy_and_is_checked(shop: Workshop) -> None:
    await do(shop, Generate(scope=HERO))
    await do(shop, Edit(page="/", section="hero", fields={"note": "n", "links": {"a": "1", "b": "2"}}))
    await do(shop, Edit(page="home", section="hero", fields={"note": None, "links": {"b": None}}))
    found = await shop.copy("home", "hero")
    assert found is not None
    assert found.fields == {"text": "Text 1", "links": {"a": "1"}}
    assert found.origin is Origin.HAND
    assert await refused(shop, Edit(page="home", section="hero", fields={"txet": "x"})) == "invalid-fields"
    assert await refused(shop, Edit(page="home", section="hero", fields={"text": None})) == "invalid-fields"
    assert await refused(shop, Edit(page="home", section="heroo", fields={})) == "unknown-section"


async def test_an_edit_of_what_somebody_changed_since_is_refused(shop: Workshop) -> None:
    await do(shop, Generate(scope=HERO))
    read = await shop.copy("home", "hero")
    assert read is not None
    await edit(shop, "First", if_revision=read.id)
    stale = Edit(page="home", section="hero", fields={"text": "Second"}, if_revision=read.id)
    assert await refused(shop, stale) == "outdated"


async def test_an_edit_voids_the_job_that_waits_for_the_section(shop: Workshop) -> None:
    queued = await shop.generate()
    await edit(shop)
    assert {job.section: job.state for job in await shop.jobs(queued)} == {
        "hero": JobState.CANCELLED,
        "faq": JobState.PENDING,
        "story": JobState.PENDING,
    }
    assert await shop.text("home", "hero") == "By hand"


async def test_an_edit_leaves_a_waiting_rollback_whole_which_then_refuses_the_drift(shop: Workshop) -> None:
    written = await do(shop, Generate(scope=WHOLE_SITE))
    waiting = await shop.desk.submit(Rollback(operation_ids=(str(written.operation_id),)))
    await edit(shop)
    before = await everything(shop)
    async with shop.working():
        receipt = await shop.finish(waiting)
    assert (receipt.counts.failed, {one.code for one in receipt.failed}) == (3, {"drift"})
    assert await everything(shop) == before


async def test_promote_moves_copy_and_skips_what_is_the_same(shop: Workshop) -> None:
    await do(shop, Generate(scope=Scope(pages=("home",))))
    first = await do(shop, Promote(scope=Scope(pages=("home",))))
    assert first.promoted is not None
    assert {one.entity_id for one in first.promoted} == {
        "site-content-production:home:hero",
        "site-content-production:home:faq",
    }
    await edit(shop)
    second = await do(shop, Promote(scope=WHOLE_SITE))
    assert codes(second) == {"home/faq": "identical", "about/story": "no-copy"}
    assert await shop.text("home", "hero", PRODUCTION) == "By hand"


async def test_a_release_publishes_what_stood_when_it_was_planned(shop: Workshop) -> None:
    await do(shop, Generate(scope=HERO))
    waiting = await shop.desk.submit(Promote(scope=HERO))
    await edit(shop, "Later")
    async with shop.working():
        await shop.finish(waiting)
    assert await shop.text("home", "hero", PRODUCTION) == "Text 1"


async def test_cancelling_one_job_of_a_release_cancels_the_release(shop: Workshop) -> None:
    await do(shop, Generate(scope=WHOLE_SITE))
    waiting = await shop.desk.submit(Promote(scope=WHOLE_SITE))
    cancelled = await shop.desk.cancel(job_ids=(waiting.jobs[0].job_id,))
    assert cancelled.cancelled == 3
    async with shop.working():
        await shop.finish(waiting)
    assert await shop.text("about", "story", PRODUCTION) is None


async def test_a_review_publishes_what_was_shown_or_nothing(shop: Workshop) -> None:
    await do(shop, Generate(scope=WHOLE_SITE))
    review = await shop.desk.review(Scope(pages=("home",)))
    assert (await do(shop, Promote(review_id=review.id))).counts.completed == 2
    assert await refused(shop, Promote(review_id=review.id)) == "review-outdated", "production has moved since"
    again = await shop.desk.review(HERO)
    await edit(shop)
    assert await refused(shop, Promote(review_id=again.id)) == "review-outdated"
    assert await refused(shop, Promote(review_id="review_unknown")) == "unknown-review"


async def test_a_review_ends_after_a_day(shop: Workshop) -> None:
    await do(shop, Generate(scope=HERO))
    now = shop.desk.now()
    yesterday = replace(now, now=now.now - LIFETIME)
    review = await shop.desk.store.write(open_review, await shop.desk.site(), HERO, at=yesterday)
    assert await refused(shop, Promote(review_id=review.id)) == "unknown-review"


@pytest.mark.parametrize(
    ("promotion", "via", "code"),
    [
        ("locked", "mcp", "promotion-locked"),
        ("locked", "library", "promotion-locked"),
        ("reviewed", "mcp", "review-required"),
    ],
)
async def test_the_operator_decides_who_publishes(tmp_path: Path, promotion: str, via: str, code: str) -> None:
    write_site(tmp_path, PAGES)
    async with open_workshop(tmp_path, promotion=promotion) as shop:
        await do(shop, Generate(scope=HERO))
        assert await refused(shop, Promote(scope=HERO), via=via) == code
        assert (await do(shop, Promote(scope=HERO), via="cli")).outcome == "ok"


async def test_a_locked_production_is_not_changed_by_the_undo_of_an_undo_either(tmp_path: Path) -> None:
    write_site(tmp_path, PAGES)
    async with open_workshop(tmp_path, promotion="locked") as shop:
        await do(shop, Generate(scope=HERO))
        released = await do(shop, Promote(scope=HERO), via="cli")
        assert await refused(shop, Rollback(scope=HERO)) == "promotion-locked"
        assert await refused(shop, Rollback(operation_ids=(str(released.operation_id),))) == "promotion-locked"


async def test_a_rollback_walks_back_release_by_release_and_only_these_sections(shop: Workshop) -> None:
    await do(shop, Generate(scope=WHOLE_SITE))
    await do(shop, Promote(scope=WHOLE_SITE))
    await edit(shop, "Second")
    await do(shop, Promote(scope=WHOLE_SITE))
    assert await shop.text("home", "hero", PRODUCTION) == "Second"
    await do(shop, Rollback(scope=HERO))
    assert await shop.text("home", "hero", PRODUCTION) == "Text 1"
    removed = await do(shop, Rollback(scope=HERO))
    assert removed.rolled_back is not None
    assert await shop.text("home", "hero", PRODUCTION) is None
    assert await shop.text("home", "faq", PRODUCTION) == "Text 2"
    assert codes(await do(shop, Rollback(scope=HERO))) == {"home/hero": "not-released"}
    assert await shop.text("home", "hero") == "Second", "preview is not touched"


async def test_a_rollback_of_a_page_takes_back_its_last_release_and_leaves_what_older_ones_published(
    shop: Workshop,
) -> None:
    await do(shop, Generate(scope=WHOLE_SITE))
    await do(shop, Promote(scope=WHOLE_SITE))
    await edit(shop, "Second")
    await do(shop, Promote(scope=Scope(pages=("home",))))
    undone = await do(shop, Rollback(scope=Scope(pages=("home",))))
    assert undone.counts.completed == 1
    assert codes(undone) == {"home/faq": "not-released"}
    assert await shop.text("home", "hero", PRODUCTION) == "Text 1"
    assert await shop.text("home", "faq", PRODUCTION) == "Text 2"


async def test_a_rollback_of_pages_takes_back_the_last_release_of_each(shop: Workshop) -> None:
    await do(shop, Generate(scope=WHOLE_SITE))
    for page in ("home", "about"):
        await do(shop, Promote(scope=Scope(pages=(page,))))
    undone = await do(shop, Rollback(scope=Scope(pages=("home", "about"))))
    assert undone.skipped == ()
    assert [
        await shop.text(*place, PRODUCTION) for place in (("home", "hero"), ("home", "faq"), ("about", "story"))
    ] == [None] * 3


async def test_a_rollback_of_the_site_takes_back_its_last_release_alone(shop: Workshop) -> None:
    await do(shop, Generate(scope=WHOLE_SITE))
    for page in ("home", "about"):
        await do(shop, Promote(scope=Scope(pages=(page,))))
    await do(shop, Rollback(scope=WHOLE_SITE))
    assert await shop.text("home", "hero", PRODUCTION) == "Text 1"
    assert await shop.text("about", "story", PRODUCTION) is None


async def test_a_writer_that_is_not_there_is_in_the_way_of_writing_only(tmp_path: Path) -> None:
    write_site(tmp_path, PAGES)
    async with open_workshop(tmp_path, Numbering()) as shop:
        await do(shop, Generate(scope=WHOLE_SITE))
    async with open_desk(tmp_path, settings={"writer": "nobody"}, worker=False) as desk:
        with pytest.raises(ContentError, match='no writer "nobody"'):
            await desk.plan(Regenerate(scope=WHOLE_SITE))
        edited = await desk.perform(Edit(page="home", section="hero", fields={"text": "By hand"}))
        published = await desk.perform(Promote(scope=WHOLE_SITE))
        undone = await desk.perform(Rollback(scope=WHOLE_SITE))
    assert [edited.outcome, published.outcome, undone.outcome] == ["ok"] * 3


async def test_operations_of_every_kind_can_be_undone_and_redone(shop: Workshop) -> None:
    steps: list[Operation] = [
        Generate(scope=WHOLE_SITE),
        Edit(page="home", section="hero", fields={"text": "By hand"}),
        Regenerate(scope=Scope(pages=("about",))),
        Promote(scope=WHOLE_SITE),
        Rollback(scope=HERO),
    ]
    states, receipts = [await everything(shop)], []
    for step in steps:
        receipts.append(await do(shop, step))
        states.append(await everything(shop))
    undone = []
    for receipt, before in zip(reversed(receipts), reversed(states[:-1]), strict=True):
        undone.append(await undo(shop, receipt))
        assert await everything(shop) == before, receipt.operation
    for receipt, after in zip(reversed(undone), states[1:], strict=True):
        redone = await undo(shop, receipt)
        assert await everything(shop) == after
    await undo(shop, redone)
    assert await everything(shop) == states[-2]


async def test_several_operations_are_undone_newest_first_in_one_go(shop: Workshop) -> None:
    written = await do(shop, Generate(scope=WHOLE_SITE))
    edited = await edit(shop)
    rewritten = await do(shop, Regenerate(scope=HERO, overwrite_edits=True))
    receipt = await undo(shop, edited, rewritten, written)
    assert set((await everything(shop)).values()) == {None}
    assert (receipt.outcome, receipt.changed) == ("ok", 5)


async def test_drift_is_refused_by_name_and_force_restores_over_it(shop: Workshop) -> None:
    await do(shop, Generate(scope=WHOLE_SITE))
    rewritten = await do(shop, Regenerate(scope=WHOLE_SITE))
    later = await edit(shop)
    operation = Rollback(operation_ids=(str(rewritten.operation_id),))
    with pytest.raises(ContentError, match=rf"home/hero \(preview\) was changed since by {later.operation_id}"):
        await do(shop, operation)
    assert await refused(shop, operation) == "drift"
    await undo(shop, rewritten, force=True)
    assert await shop.text("home", "hero") == "Text 1"


async def test_what_is_undone_is_not_undone_twice(shop: Workshop) -> None:
    written = await do(shop, Generate(scope=WHOLE_SITE))
    undoing = await undo(shop, written)
    with pytest.raises(ContentError, match=str(undoing.operation_id)):
        await undo(shop, written)


async def test_undo_first_cancels_what_is_unfinished(shop: Workshop) -> None:
    async def write_one_only(brief: Brief, correction: Correction | None) -> Answer:
        if brief.section.id != "hero":
            await anyio.sleep_forever()
        return saying("Done")

    shop.writer.script = write_one_only
    async with shop.working():
        queued = await shop.generate()
        with anyio.fail_after(10):
            while await shop.text("home", "hero") is None:
                await anyio.lowlevel.checkpoint()
        receipt = await undo(shop, queued)
    assert receipt.outcome == "ok"
    assert {job.state for job in await shop.jobs(queued)} == {JobState.COMPLETED, JobState.CANCELLED}
    assert set((await everything(shop)).values()) == {None}


async def test_a_dry_run_of_an_undo_promises_what_the_undo_does(shop: Workshop) -> None:
    written = await do(shop, Generate(scope=HERO))
    queued = await shop.desk.submit(Regenerate(scope=HERO))
    both = Rollback(operation_ids=(str(written.operation_id), str(queued.operation_id)))
    promised = await shop.desk.plan(both)
    done = await do(shop, both)
    assert promised.queued_sections == done.queued_sections == 1
    assert (await shop.jobs(queued))[0].state is JobState.CANCELLED


async def test_only_what_failed_is_retried_and_only_once(shop: Workshop) -> None:
    good = shop.writer.script

    async def refuse_home(brief: Brief, correction: Correction | None) -> Answer:
        return Permanent("quota", "No.") if brief.route.id == "home" else await good(brief, correction)

    shop.writer.script = refuse_home
    failed = await do(shop, Generate(scope=WHOLE_SITE))
    shop.writer.script = good
    await edit(shop)
    operation_id = str(failed.operation_id)
    retried = await shop.desk.retry(operation_id, Asked(request_id="again"))
    assert [(job.page, job.section) for job in retried.jobs] == [("home", "faq")]
    repeated = await shop.desk.retry(operation_id, Asked(request_id="again"))
    assert repeated.operation_id == retried.operation_id
    async with shop.working():
        assert (await shop.finish(retried)).outcome == "ok"
    with pytest.raises(ContentError, match="written or removed since"):
        await shop.desk.retry(operation_id)


async def test_a_section_that_was_removed_is_not_in_the_way_of_a_retry(shop: Workshop) -> None:
    good = shop.writer.script

    async def refuse(brief: Brief, correction: Correction | None) -> Answer:
        return Permanent("quota", "No.")

    shop.writer.script = refuse
    failed = await do(shop, Generate(scope=WHOLE_SITE))
    shop.writer.script = good
    write_site(shop.desk.project.root, {"home": ["hero"]})
    retried = await shop.desk.retry(str(failed.operation_id))
    assert [(job.page, job.section) for job in retried.jobs] == [("home", "hero")]


async def test_a_request_that_is_repeated_gets_the_first_answer(shop: Workshop) -> None:
    for operation in (
        Generate(scope=WHOLE_SITE),
        Edit(page="home", section="hero", fields={"text": "Once"}),
        Promote(scope=WHOLE_SITE),
        Rollback(scope=HERO),
    ):
        first = await do(shop, operation, request_id=f"request {operation.kind}")
        state = await everything(shop)
        again = await do(shop, operation, request_id=f"request {operation.kind}")
        assert first.operation_id is not None
        assert again.operation_id == first.operation_id
        assert await everything(shop) == state
    assert await refused(shop, Generate(scope=HERO), request_id="request promote") == "request-id-reused"


async def test_copy_of_a_removed_section_is_neither_published_nor_lost(shop: Workshop) -> None:
    written = await do(shop, Generate(scope=WHOLE_SITE))
    await do(shop, Promote(scope=Scope(sections=("home/faq",))))
    write_site(shop.desk.project.root, {"home": ["hero"]})
    released = await do(shop, Promote(scope=WHOLE_SITE))
    assert [(job.page, job.section) for job in released.jobs] == [("home", "hero")]
    assert await refused(shop, Promote(scope=Scope(sections=("home/faq",)))) == "unknown-section"
    assert await shop.text("home", "faq") == "Text 2"
    await undo(shop, written)
    assert await shop.text("home", "faq") is None
    assert await shop.text("home", "faq", PRODUCTION) == "Text 2"


async def test_what_became_of_a_removed_section_does_not_hold_up_the_rollback_of_its_page(shop: Workshop) -> None:
    await do(shop, Generate(scope=WHOLE_SITE))
    await do(shop, Promote(scope=WHOLE_SITE))
    await do(shop, Rollback(scope=Scope(sections=("home/faq",))))
    write_site(shop.desk.project.root, {"home": ["hero"]})
    receipt = await do(shop, Rollback(scope=Scope(pages=("home",))))
    assert (receipt.outcome, receipt.counts.completed) == ("ok", 1)


async def test_a_site_that_turns_invalid_holds_up_new_requests_and_no_running_job(shop: Workshop) -> None:
    queued = await shop.generate()
    site_file = shop.desk.project.root / "site.yaml"
    site_file.write_text("routes: [", encoding="utf-8")
    async with shop.working():
        assert (await shop.finish(queued)).outcome == "ok"
    before = await everything(shop)
    with pytest.raises(ContentError):
        await shop.generate()
    site_file.unlink()
    with pytest.raises(ContentError):
        await shop.generate()
    assert await everything(shop) == before


@given(choices=st.lists(st.integers(0, 30), min_size=3, max_size=7))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_done_the_undo_of_the_last_operation_restores_what_was_there(
    tmp_path_factory: pytest.TempPathFactory, choices: list[int]
) -> None:
    anyio.run(_do_and_undo, tmp_path_factory.mktemp("chain"), choices)


async def _do_and_undo(folder: Path, choices: list[int]) -> None:
    """Each operation that changed something is taken back, redone, and stays; the state goes with it each time."""
    write_site(folder, PAGES)
    async with open_workshop(folder, Numbering()) as shop:
        for number, choice in enumerate(choices):
            before = await everything(shop)
            receipt = await do(shop, _any_operation(choice, number))
            after = await everything(shop)
            if not receipt.changed:
                assert after == before
                continue
            undoing = await undo(shop, receipt)
            assert await everything(shop) == before
            await undo(shop, undoing)
            assert await everything(shop) == after


def _any_operation(choice: int, number: int) -> Operation:
    scope = (WHOLE_SITE, HERO, Scope(pages=("home",)))[choice % 3]
    return (
        Generate(scope=scope, force=bool(choice % 2)),
        Regenerate(scope=scope, overwrite_edits=bool(choice % 2)),
        Promote(scope=scope),
        Rollback(scope=scope),
        Edit(page="home", section="hero", fields={"text": f"Hand {number}"}),
    )[choice % 5]


async def test_an_error_in_the_body_of_a_desk_is_raised_as_it_is(tmp_path: Path) -> None:
    write_site(tmp_path, PAGES)
    with pytest.raises(LookupError):
        async with open_desk(tmp_path):
            raise LookupError


async def test_who_waited_for_everything_unfinished_is_told_of_all_of_it(shop: Workshop) -> None:
    await do(shop, Generate(scope=WHOLE_SITE))
    for page in PAGES:
        await shop.desk.submit(Promote(scope=Scope(pages=(page,))))
    async with shop.working():
        status = await shop.desk.status(wait_seconds=SECONDS)
    assert (status.wait_ended, status.total, status.completed) == ("finished", 3, 3)
