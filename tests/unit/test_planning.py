from __future__ import annotations

from dataclasses import replace

import pytest

from copydesk.content.definition.models import Route, Section, Site, Template
from copydesk.content.errors import ContentError
from copydesk.content.operations.planning import make_plan
from copydesk.content.operations.plans import Plan, SkipCode
from copydesk.content.operations.standing import Standing
from copydesk.content.operations.values import (
    WHOLE_SITE,
    Generate,
    Mode,
    Operation,
    Promote,
    Regenerate,
    Rollback,
    Scope,
)
from copydesk.store.entities import Place
from copydesk.store.models import Change, Holding, UnfinishedJob
from copydesk.store.models import Operation as StoredOperation
from copydesk.store.reviews import Review, ReviewedSection
from copydesk.store.states import Environment, JobState, OperationKind, OperationStatus, Origin
from copydesk.store.undo import Drift

PREVIEW, PRODUCTION = Environment.PREVIEW, Environment.PRODUCTION

SITE = Site(
    id="small",
    title="Small",
    description="",
    url=None,
    voice=None,
    sources=(),
    templates={
        "small:prose": Template("small:prose", "", "", {"type": "object"}),
        "small:form": Template("small:form", "", "", {"type": "object"}, generate=False),
    },
    routes=(
        Route("home", "/", "Home", "", (Section("hero", "small:prose"), Section("faq", "small:prose"))),
        Route(
            "about",
            "/about",
            "About",
            "",
            (
                Section("story", "small:prose"),
                Section("legal", "small:prose", content="Fixed."),
                Section("sign-up", "small:form"),
            ),
        ),
    ),
)


def holding(section: str, revision: int = 1, *, origin: Origin = Origin.WRITER, fingerprint: str = "a") -> Holding:
    return Holding("home", section, PREVIEW, revision, fingerprint, origin, False, "small:prose")


def busy(section: str, environment: Environment = PREVIEW) -> dict[tuple[Environment, str, str], UnfinishedJob]:
    job = UnfinishedJob("home", section, environment, 7, 1, JobState.PENDING, None, "op_seven", OperationKind.GENERATE)
    return {(environment, "home", section): job}


def plan(operation: Operation, standing: Standing | None = None) -> Plan:
    return make_plan(operation, SITE, standing or Standing(), writer="outline")


def sections(planned: Plan) -> list[str]:
    return [f"{job.page}/{job.section}" for job in planned.jobs]


def skips(planned: Plan) -> dict[str, str]:
    return {f"{skip.page}/{skip.section}": skip.code for skip in planned.skipped}


def code_of(operation: Operation, standing: Standing | None = None) -> str:
    with pytest.raises(ContentError) as caught:
        plan(operation, standing)
    return caught.value.code


def test_generating_the_whole_site_writes_what_can_be_written_in_the_order_of_the_site() -> None:
    planned = plan(Generate(scope=WHOLE_SITE))
    assert sections(planned) == ["home/hero", "home/faq", "about/story"]
    assert skips(planned) == {"about/legal": "static", "about/sign-up": "not-generated"}
    assert {job.writer for job in planned.jobs} == {"outline"}
    assert planned.total == 5


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(pages=("home",)), ["home/hero", "home/faq"]),
        (Scope(pages=("/about",)), ["about/story"]),
        (Scope(sections=("home/faq",)), ["home/faq"]),
        (Scope(sections=("/about/story",)), ["about/story"]),
        (Scope(sections=("home/faq", "home/hero", "home/faq")), ["home/hero", "home/faq"]),
    ],
)
def test_a_scope_means_exactly_the_sections_it_names(scope: Scope, expected: list[str]) -> None:
    assert sections(plan(Generate(scope=scope))) == expected


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        (Scope(), "empty-scope"),
        (Scope(pages=("home",), all=True), "two-scopes"),
        (Scope(pages=("home",), sections=("home/faq",)), "two-scopes"),
        (Scope(pages=("hom",)), "unknown-page"),
        (Scope(pages=("Home",)), "unknown-page"),
        (Scope(pages=("",)), "unknown-page"),
        (Scope(sections=("hero",)), "unknown-section"),
        (Scope(sections=("home/",)), "unknown-section"),
        (Scope(sections=("home/heros",)), "unknown-section"),
        (Scope(sections=("nowhere/hero",)), "unknown-page"),
    ],
)
def test_a_scope_that_means_nothing_is_an_error(scope: Scope, code: str) -> None:
    assert code_of(Generate(scope=scope)) == code
    assert code_of(Promote(scope=scope)) == code
    assert code_of(Rollback(scope=scope)) == code


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ContentError, match="home"):
        plan(Generate(scope=Scope(pages=("hom",))))
    with pytest.raises(ContentError, match="hero"):
        plan(Generate(scope=Scope(sections=("home/heros",))))


def test_copy_that_exists_is_left_alone_unless_it_is_forced() -> None:
    standing = Standing(preview={("home", "hero"): holding("hero", 5)})
    scope = Scope(pages=("home",))
    assert skips(plan(Generate(scope=scope), standing)) == {"home/hero": "has-copy"}
    forced = plan(Generate(scope=scope, force=True), standing)
    assert [(job.section, job.base) for job in forced.jobs] == [("hero", 5), ("faq", None)]


def test_force_never_rewrites_a_hand_edit() -> None:
    standing = Standing(preview={("home", "hero"): holding("hero", origin=Origin.HAND)})
    planned = plan(Generate(scope=Scope(sections=("home/hero",)), force=True), standing)
    assert skips(planned) == {"home/hero": "edited"}


def test_regenerating_takes_only_what_has_copy() -> None:
    standing = Standing(preview={("home", "hero"): holding("hero", 5)})
    planned = plan(Regenerate(scope=Scope(pages=("home",))), standing)
    assert [(job.section, job.base) for job in planned.jobs] == [("hero", 5)]
    assert skips(planned) == {"home/faq": "no-copy"}


def test_the_mode_leave_reports_and_plans_nothing() -> None:
    standing = Standing(preview={("home", "hero"): holding("hero")})
    planned = plan(Regenerate(scope=Scope(pages=("home",)), mode=Mode.LEAVE), standing)
    assert planned.jobs == ()
    assert skips(planned) == {"home/hero": "has-copy", "home/faq": "no-copy"}


@pytest.mark.parametrize("mode", [Mode.NEW, Mode.WITH_CURRENT])
def test_a_hand_edit_falls_only_when_that_is_said(mode: Mode) -> None:
    standing = Standing(preview={("home", "hero"): holding("hero", origin=Origin.HAND)})
    scope = Scope(sections=("home/hero",))
    assert skips(plan(Regenerate(scope=scope, mode=mode), standing)) == {"home/hero": "edited"}
    assert sections(plan(Regenerate(scope=scope, mode=mode, overwrite_edits=True), standing)) == ["home/hero"]


def test_a_section_that_has_an_unfinished_job_is_reported_with_it() -> None:
    planned = plan(Generate(scope=Scope(pages=("home",)), force=True), Standing(unfinished=busy("hero")))
    [skip] = planned.skipped
    assert (skip.code, skip.job_id, skip.operation_id) == (SkipCode.IN_PROGRESS, "job_seven_1", "op_seven")
    assert sections(planned) == ["home/faq"]


def test_a_job_in_production_does_not_hold_up_writing() -> None:
    planned = plan(Generate(scope=Scope(pages=("home",))), Standing(unfinished=busy("hero", PRODUCTION)))
    assert sections(planned) == ["home/hero", "home/faq"]


def test_a_template_can_be_chosen_by_the_caller() -> None:
    def resolve(section: Section) -> str:
        if section.id == "faq":
            raise LookupError(section.id)
        return "small:unheard-of" if section.id == "story" else section.template

    planned = make_plan(Generate(scope=WHOLE_SITE), SITE, Standing(), writer="outline", resolve=resolve)
    assert sections(planned) == ["home/hero"]
    assert skips(planned)["about/story"] == "no-template"
    [refusal] = planned.refused
    assert (refusal.section, refusal.code) == ("faq", "no-template")
    assert planned.total == 5


def test_a_promote_freezes_the_revisions_that_stand() -> None:
    standing = Standing(
        preview={("home", "hero"): holding("hero", 5), ("home", "faq"): holding("faq", 6, fingerprint="b")},
        production={
            ("home", "hero"): holding("hero", 2, fingerprint="old"),
            ("home", "faq"): holding("faq", 3, fingerprint="b"),
        },
    )
    planned = plan(Promote(scope=WHOLE_SITE), standing)
    assert [(job.section, job.base, job.revision) for job in planned.jobs] == [("hero", 2, 5)]
    assert skips(planned) == {
        "home/faq": "identical",
        "about/story": "no-copy",
        "about/legal": "static",
        "about/sign-up": "no-copy",
    }
    assert planned.environment is PRODUCTION


def test_a_section_that_is_being_published_is_not_published_twice() -> None:
    standing = Standing(preview={("home", "hero"): holding("hero")}, unfinished=busy("hero", PRODUCTION))
    assert skips(plan(Promote(scope=Scope(sections=("home/hero",))), standing)) == {"home/hero": "in-progress"}


def reviewed(*shown: ReviewedSection) -> Review:
    return Review("review_1", shown, 0, 1)


def test_a_review_publishes_exactly_what_it_showed() -> None:
    standing = Standing(
        preview={("home", "hero"): holding("hero", 5), ("home", "faq"): holding("faq", 6)},
        review=reviewed(ReviewedSection("home", "hero", 5, None)),
    )
    assert sections(plan(Promote(review_id="review_1"), standing)) == ["home/hero"]


@pytest.mark.parametrize(
    "shown",
    [
        ReviewedSection("home", "hero", 4, None),
        ReviewedSection("home", "hero", 5, 1),
        ReviewedSection("home", "hero", None, None),
        ReviewedSection("home", "gone", None, None),
    ],
)
def test_a_review_that_is_outdated_in_any_place_publishes_nothing(shown: ReviewedSection) -> None:
    standing = Standing(preview={("home", "hero"): holding("hero", 5)}, review=reviewed(shown))
    assert code_of(Promote(review_id="review_1"), standing) == "review-outdated"


def test_a_review_and_a_scope_are_one_too_many() -> None:
    standing = Standing(review=reviewed())
    assert code_of(Promote(review_id="review_1", scope=WHOLE_SITE), standing) == "two-scopes"
    assert code_of(Promote(review_id="review_2")) == "unknown-review"


def change(number: int, section: str, before: int | None, after: int | None, operation: int = 1) -> Change:
    return Change(number, operation, "home", section, PRODUCTION, before, after, None)


def stored(seq: int) -> StoredOperation:
    names = StoredOperation.__slots__
    nothing = dict.fromkeys(names)
    numbers = dict.fromkeys(("pending", "processing", "completed", "failed", "cancelled", "changed"), 0)
    known = {
        "seq": seq,
        "id": f"op_{seq}",
        "kind": OperationKind.PROMOTE,
        "environment": PRODUCTION,
        "status": OperationStatus.COMPLETED,
    }
    return StoredOperation(**(nothing | numbers | known))  # type: ignore[arg-type]


def test_a_rollback_of_sections_takes_back_their_last_release_only() -> None:
    standing = Standing(changes=(change(9, "hero", 1, 2),))
    planned = plan(Rollback(scope=Scope(pages=("home",))), standing)
    assert [(job.section, job.undoes) for job in planned.jobs] == [("hero", (9,))]
    assert skips(planned) == {"home/faq": "not-released"}


def test_a_rollback_of_several_operations_takes_each_sections_changes_newest_first() -> None:
    standing = Standing(
        undone=(stored(1), stored(2)),
        changes=(change(9, "hero", 2, 3, 2), change(8, "faq", None, 7, 2), change(4, "hero", 1, 2)),
    )
    planned = plan(Rollback(operation_ids=("op_1", "op_2")), standing)
    assert [(job.section, job.undoes) for job in planned.jobs] == [("hero", (9, 4)), ("faq", (8,))]


@pytest.mark.parametrize("operation", [Rollback(scope=Scope(pages=("home",))), Rollback(operation_ids=("op_1",))])
def test_drift_refuses_the_whole_rollback_by_name_unless_it_is_forced(operation: Rollback) -> None:
    standing = Standing(
        undone=(stored(1),),
        changes=(change(9, "hero", 1, 2), change(8, "faq", 1, 2)),
        drift=(Drift(Place("home", "hero", PRODUCTION), 2, 3, "op_later"),),
    )
    with pytest.raises(ContentError, match=r"home/hero \(production\) was changed since by op_later") as caught:
        plan(operation, standing)
    assert caught.value.code == "drift"
    assert len(plan(operation.model_copy(update={"force": True}), standing).jobs) == 2


def test_what_is_undone_already_says_by_which_operation() -> None:
    standing = Standing(undone=(stored(1),), undone_by={"op_1": ["op_5"]})
    with pytest.raises(ContentError, match="op_5") as caught:
        plan(Rollback(operation_ids=("op_1",)), standing)
    assert caught.value.code == "already-undone"


def test_an_operation_that_changed_nothing_has_nothing_to_undo() -> None:
    assert plan(Rollback(operation_ids=("op_1",)), Standing(undone=(stored(1),))).total == 0


def test_an_undo_waits_for_nobody_but_says_who_is_in_its_way() -> None:
    standing = Standing(undone=(stored(1),), changes=(change(9, "hero", 1, 2),), unfinished=busy("hero", PRODUCTION))
    assert code_of(Rollback(operation_ids=("op_1",)), standing) == "in-progress"
    assert code_of(Rollback(operation_ids=("op_1",), scope=WHOLE_SITE), standing) == "two-scopes"


def test_an_undo_of_preview_copy_is_called_so() -> None:
    preview = replace(change(9, "hero", 1, 2), environment=PREVIEW)
    assert plan(Rollback(operation_ids=("op_1",)), Standing(changes=(preview,))).environment is PREVIEW
    both = Standing(changes=(preview, change(8, "hero", 1, 2)))
    assert plan(Rollback(operation_ids=("op_1",)), both).environment is PRODUCTION
