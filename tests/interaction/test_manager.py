"""The library: everything the plan's manager does, on a real store with a real worker."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest

import copydesk
from copydesk import (
    Brief,
    ContentError,
    ContentGenerationJob,
    Correction,
    Desk,
    Edit,
    Estimate,
    GenerateOptions,
    Mode,
    Permanent,
    Progress,
    PromoteOptions,
    PromoteResult,
    RegenerateOptions,
    RollbackOptions,
    RollbackResult,
    RouteDefinition,
    SectionDefinition,
    SiteContentJob,
    SiteContentManager,
    Written,
    open_desk,
)
from copydesk.content.manager import waiting
from copydesk.store import entities
from copydesk.store.database import Database
from copydesk.store.states import Environment

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60

SCHEMA = "{type: object, required: [text], properties: {text: {type: string}}}"
TEMPLATES = f"""
site: {{id: shop, title: Shop, description: Sells things, voice: plain}}
templates:
  hero: {{description: Opening, prompt: "Open the page {{{{ page.title }}}}.", schema: {SCHEMA}}}
  prose: {{description: Prose, prompt: Write it., schema: {SCHEMA}}}
  legal: {{description: Legal, generate: false, schema: {SCHEMA}}}
"""
SITE = f"""{TEMPLATES}
routes:
  - id: home
    path: /
    title: Home
    description: The front door
    sections:
      - {{id: hero, template: hero}}
      - {{id: story, template: prose, prompt: Be brief}}
      - {{id: terms, template: legal}}
      - {{id: imprint, template: prose, content: Fixed text}}
  - id: about
    path: /about
    title: About
    description: Who we are
    sections:
      - {{id: hero, template: hero}}
      - {{id: story, template: prose}}
"""
WRITTEN = ["home/hero", "home/story", "about/hero", "about/story"]


@dataclass(slots=True)
class OwnWriter:
    """A writer as a program brings it along: says which section it writes; refuses, raises or hangs as it is told."""

    refused: str | None = None
    """A template whose copy it refuses."""
    raised: str | None = None
    """A template at which it breaks."""
    hung: anyio.Event | None = None
    """What hangs is not written before this is set."""
    hung_at: str | None = None
    """The template at which it hangs; without one, at every template."""
    name: str = "own"
    is_draft: bool = False
    briefs: list[Brief] = field(default_factory=list)

    async def write(self, brief: Brief, correction: Correction | None = None) -> Written | Permanent:
        self.briefs.append(brief)
        if self.hung is not None and self.hung_at in (None, brief.template.name):
            await self.hung.wait()
        if brief.template.name == self.refused:
            return Permanent("refused", "The writer refuses this.")
        if brief.template.name == self.raised:
            message = "the writer broke"
            raise RuntimeError(message)
        return Written({"text": f"{brief.site.title}: {brief.route.id}/{brief.section.id} {brief.instructions or ''}"})

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate(len(brief.text), 10, 0.1)


@asynccontextmanager
async def opened(
    folder: Path, writer: OwnWriter | None = None, *, site: str = SITE, worker: bool = True, **settings: object
) -> AsyncIterator[Desk]:
    await anyio.Path(folder).mkdir(exist_ok=True)
    await anyio.Path(folder / "site.yaml").write_text(site, encoding="utf-8")
    own = writer or OwnWriter()
    with anyio.fail_after(SECONDS):
        async with open_desk(
            folder, settings={"writer": "own", **settings}, writers={"own": own}, worker=worker
        ) as desk:
            yield desk


def read_copy(db: Database, environment: Environment) -> dict[str, object]:
    held = [one for one in entities.holdings(db) if one.environment is environment]
    revisions = {f"{one.page}/{one.section}": entities.revision(db, one.revision) for one in held}
    return {name: None if one is None else one.fields["text"] for name, one in revisions.items()}


async def preview(desk: Desk) -> dict[str, object]:
    return await desk.store.read(read_copy, Environment.PREVIEW)


async def production(desk: Desk) -> dict[str, object]:
    return await desk.store.read(read_copy, Environment.PRODUCTION)


async def test_generate_async_returns_the_jobs_with_all_the_plan_says_of_them(tmp_path: Path) -> None:
    async with opened(tmp_path, worker=False) as desk:
        queued = await SiteContentManager(desk).generate_async()
        assert (queued.total_sections, queued.queued_sections) == (6, 4)
        assert {(one.section, one.code) for one in queued.skipped} == {
            ("terms", "not-generated"),
            ("imprint", "static"),
        }
        assert [f"{job.page}/{job.section}" for job in queued.jobs] == WRITTEN
        story = queued.jobs[1]
        assert story.entity_id == "site-content-preview:home:story"
        assert (story.operation, story.mode, story.template_name) == ("generate", None, "shop:prose")
        assert story.route.path == "/"
        assert story.section_definition.prompt == "Be brief"


async def test_waiting_for_the_jobs_gives_the_entities_and_again_the_same(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        manager = SiteContentManager(desk)
        queued = await manager.generate_async(GenerateOptions(page="home"))
        first = await manager.wait_and_create_entities(queued.jobs, 30_000)
        assert first.success
        assert (first.sections_generated, first.total_sections) == (2, 4)
        assert [one.entity_id for one in first.generated] == [job.entity_id for job in queued.jobs]
        assert first.job_ids == tuple(job.job_id for job in queued.jobs)
        assert await manager.wait_and_create_entities(queued.jobs) == first
        as_first_planned = [SiteContentJob.of(job) for job in queued.jobs]
        assert await manager.wait_and_create_entities(as_first_planned) == first
        assert list(await preview(desk)) == ["home/hero", "home/story"]


async def test_jobs_can_be_waited_for_by_another_process_that_got_them_as_json(tmp_path: Path) -> None:
    async with opened(tmp_path, worker=False) as desk:
        queued = await SiteContentManager(desk).generate_async()
        texts = [job.model_dump_json(by_alias=True) for job in queued.jobs]
    async with opened(tmp_path) as desk:
        jobs = [ContentGenerationJob.model_validate_json(text) for text in texts]
        result = await SiteContentManager(desk).wait_for_content_jobs(jobs)
        assert result.sections_generated == len(WRITTEN)


async def test_sync_and_async_leave_the_same_copy_and_the_same_account(tmp_path: Path) -> None:
    async with opened(tmp_path / "one") as desk:
        sync = await SiteContentManager(desk).generate_all_sync()
        sync_copy, sync_receipt = await preview(desk), await desk.receipt(sync.operation_id or "")
    async with opened(tmp_path / "two") as desk:
        complete = await SiteContentManager(desk).generate_all_async_complete(timeout_ms=30_000)
        assert await preview(desk) == sync_copy
        receipt = await desk.receipt(complete.operation_id or "")
    own = {"job_ids", "operation_id", "generated"}
    assert sync.model_dump(exclude=own) == complete.model_dump(exclude=own)
    assert [one.entity_id for one in sync.generated] == [one.entity_id for one in complete.generated]
    assert (receipt.counts, receipt.outcome, receipt.skipped) == (
        sync_receipt.counts,
        sync_receipt.outcome,
        sync_receipt.skipped,
    )


async def test_sync_needs_no_worker(tmp_path: Path) -> None:
    async with opened(tmp_path, worker=False) as desk:
        manager = SiteContentManager(desk)
        assert (await manager.generate_all_sync()).sections_generated == len(WRITTEN)
        rewritten = await manager.regenerate_sync(RegenerateOptions(page="about", instructions="again"))
        assert rewritten.sections_generated == 2
        assert len((await manager.promote_sync(PromoteOptions(all=True))).promoted) == len(WRITTEN)
        assert len((await manager.rollback_sync(RollbackOptions(all=True))).rolled_back) == len(WRITTEN)


async def test_regenerate_replaces_the_chosen_copy_and_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        manager = SiteContentManager(desk)
        await manager.generate_all_sync()
        options = RegenerateOptions(sections=("home/hero",), mode=Mode.WITH_CURRENT, instructions="again")
        queued = await manager.regenerate_async(options)
        assert [(job.operation, job.mode) for job in queued.jobs] == [("regenerate", "with-current")]
        result = await manager.wait_for_content_jobs(queued.jobs)
        assert [one.section for one in result.generated] == ["hero"]
        assert (await preview(desk))["home/hero"] == "Shop: home/hero again"


async def test_regenerate_all_spares_hand_edits_and_leaves_what_it_is_told_to(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        manager = SiteContentManager(desk)
        await manager.generate_all_sync()
        await desk.perform(Edit(page="home", section="hero", fields={"text": "Mine"}))
        options = RegenerateOptions(instructions="again")
        result = await manager.regenerate_all_async_complete(options)
        assert result.sections_generated == 3
        assert "edited" in {one.code for one in result.skipped}
        assert (await preview(desk))["home/hero"] == "Mine"
        assert (await manager.regenerate_all_sync(RegenerateOptions(mode=Mode.LEAVE))).regenerated == ()
        assert (await manager.regenerate_all_async(RegenerateOptions(mode=Mode.LEAVE))).jobs == ()


async def test_regenerate_async_complete_waits(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        manager = SiteContentManager(desk)
        await manager.generate_all_sync()
        result = await manager.regenerate_async_complete(RegenerateOptions(page="home"), timeout_ms=30_000)
        assert [one.section for one in result.regenerated] == ["hero", "story"]


async def test_promote_and_rollback_jobs_carry_the_entity_they_change(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        manager = SiteContentManager(desk)
        await manager.generate_all_sync()
        promoting = await manager.promote_async(PromoteOptions(section="home/hero"))
        (job,) = promoting.jobs
        assert job.model_dump(by_alias=True, exclude={"job_id"}) == {
            "entityId": "site-content-preview:home:hero",
            "targetEntityId": "site-content-production:home:hero",
            "entityType": "site-content-preview",
            "operation": "promote",
            "page": "home",
            "section": "hero",
        }
        promoted = await manager.wait_for_entity_jobs(promoting.jobs)
        assert isinstance(promoted, PromoteResult)
        assert [one.entity_id for one in promoted.promoted] == ["site-content-production:home:hero"]
        assert list(await production(desk)) == ["home/hero"]

        undoing = await manager.rollback_async(RollbackOptions(page="home", section="hero"))
        assert [one.target_entity_id for one in undoing.jobs] == ["site-content-production:home:hero"]
        undone = await manager.wait_for_entity_jobs(undoing.jobs)
        assert isinstance(undone, RollbackResult)
        assert [one.section for one in undone.rolled_back] == ["hero"]
        assert await production(desk) == {}
        with pytest.raises(ContentError) as refused:
            await manager.wait_for_entity_jobs(promoting.jobs + undoing.jobs)
        assert refused.value.code == "mixed-jobs"


async def test_promote_and_rollback_complete_wait_for_the_worker(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        manager = SiteContentManager(desk)
        written = await manager.generate_all_sync()
        published = await manager.promote_async_complete(PromoteOptions(all=True), timeout_ms=30_000)
        assert len(published.promoted) == len(WRITTEN)
        assert published.operation_id is not None
        undo = RollbackOptions(operation_ids=(published.operation_id,))
        assert len((await manager.rollback_async_complete(undo, timeout_ms=30_000)).rolled_back) == len(WRITTEN)
        assert await production(desk) == {}
        assert written.operation_id is not None
        await manager.rollback_async_complete(RollbackOptions(operation_ids=(written.operation_id,)))
        assert await preview(desk) == {}


@pytest.mark.parametrize(
    "call",
    [
        lambda manager: manager.regenerate_async(),
        lambda manager: manager.promote_sync(PromoteOptions()),
        lambda manager: manager.rollback_async(RollbackOptions()),
        lambda manager: manager.generate_async(GenerateOptions(force=True)),
        lambda manager: manager.generate_sync(GenerateOptions(pages=())),
    ],
)
async def test_empty_choice_never_means_everything(
    call: Callable[[SiteContentManager], AsyncIterator[object]], tmp_path: Path
) -> None:
    async with opened(tmp_path) as desk:
        with pytest.raises(ContentError) as refused:
            await call(SiteContentManager(desk))  # type: ignore[misc]
        assert refused.value.code == "empty-scope"


async def test_failed_section_stops_no_other_and_is_reported_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path, OwnWriter(refused="shop:hero")) as desk:
        manager = SiteContentManager(desk, logger=logging.getLogger("of-the-program"))
        result = await manager.generate_all_async_complete()
        assert not result.success
        assert [one.section for one in result.generated] == ["story", "story"]
        assert [(one.page, one.section, one.code) for one in result.failed] == [
            ("home", "hero", "refused"),
            ("about", "hero", "refused"),
        ]
        assert result.errors[0].startswith("home/hero: The writer refuses this.")
        ends = await manager.wait_for_job_completion(
            (await manager.generate_async(GenerateOptions(section="home/hero"))).jobs
        )
        assert [(one.status, one.entity_id, one.error_code) for one in ends] == [("failed", None, "refused")]
    logged = [one.getMessage() for one in caplog.records if one.name == "of-the-program" and one.levelname == "WARNING"]
    assert "home/hero failed (refused): The writer refuses this." in logged


async def test_writer_that_raises_fails_only_its_sections(tmp_path: Path) -> None:
    async with opened(tmp_path, OwnWriter(raised="shop:prose"), max_attempts=1) as desk:
        result = await SiteContentManager(desk).generate_all_sync()
        assert [one.section for one in result.generated] == ["hero", "hero"]
        assert "RuntimeError: the writer broke" in result.errors[0]


async def test_resolver_chooses_templates_and_what_it_raises_is_that_sections_error(tmp_path: Path) -> None:
    def resolve(section: SectionDefinition) -> str:
        if section.id == "story":
            message = f"Section {section.id} has no template"
            raise RuntimeError(message)
        return "prose"

    async with opened(tmp_path) as desk:
        manager = SiteContentManager(desk)
        queued = await manager.generate_async(template_resolver=resolve)
        assert {job.template_name for job in queued.jobs} == {"shop:prose"}
        assert [one.partition(": ")[0] for one in queued.errors] == ["home/story", "about/story"]
        assert "Section story has no template" in queued.errors[0]
        assert queued.total_sections == len(queued.jobs) + len(queued.skipped) + len(queued.errors)
        result = await manager.wait_and_create_entities(queued.jobs)
        assert not result.success
        assert result.errors == queued.errors
        assert result.total_sections == queued.total_sections


async def test_resolver_may_choose_any_bundled_template_and_a_wrong_name_is_an_error(tmp_path: Path) -> None:
    async with opened(tmp_path, worker=False) as desk:
        manager = SiteContentManager(desk)
        queued = await manager.generate_async(
            GenerateOptions(page="about"),
            template_resolver=lambda section: "core:prose" if section.id == "story" else "core:heroo",
        )
        assert [job.template_name for job in queued.jobs] == ["core:prose"]
        assert 'did you mean "core:hero"?' in queued.errors[0]


async def test_own_routes_replace_the_projects_pages(tmp_path: Path) -> None:
    news = RouteDefinition(
        id="news",
        path="/news",
        title="News",
        sections=(SectionDefinition(id="lead", template="hero"), SectionDefinition(id="more", template="core:prose")),
    )
    own = OwnWriter()
    async with opened(tmp_path, own) as desk:
        manager = SiteContentManager(desk)
        queued = await manager.generate_async(GenerateOptions(section="news/lead"), (news,))
        assert [(job.template_name, job.route) for job in queued.jobs] == [
            ("shop:hero", queued.jobs[0].route.model_copy(update={"id": "news"}))
        ]
        await manager.wait_and_create_entities(queued.jobs)
        assert await preview(desk) == {"news/lead": "Shop: news/lead "}
        assert len((await manager.promote_sync(PromoteOptions(page="news"), (news,))).promoted) == 1
        domain_routes = (await desk.site()).routes
        assert (await manager.generate_async(GenerateOptions(dry_run=True), domain_routes)).queued_sections == 4


@pytest.mark.parametrize(
    ("section", "code"),
    [
        (SectionDefinition(id="lead", template="heroo"), "unknown-template"),
        (SectionDefinition(id="lead"), "unknown-template"),
        (SectionDefinition(id="lead", template="hero", sources=("facts.md",)), "unknown-source"),
        (SectionDefinition(id="other", template="hero"), "duplicate-id"),
    ],
)
async def test_own_routes_are_checked_before_anything_is_stored(
    section: SectionDefinition, code: str, tmp_path: Path
) -> None:
    other = SectionDefinition(id="other", template="hero")
    route = RouteDefinition(id="news", path="/news", title="News", sections=(other, section))
    async with opened(tmp_path, worker=False) as desk:
        with pytest.raises(ContentError) as refused:
            await SiteContentManager(desk).generate_async(None, (route,))
        assert refused.value.code == code
        assert (await desk.status()).total == 0


async def test_site_config_overrides_what_the_site_says_of_itself(tmp_path: Path) -> None:
    own = OwnWriter()
    async with opened(tmp_path, own) as desk:
        manager = SiteContentManager(desk)
        await manager.generate_sync(
            GenerateOptions(section="home/hero"), site_config={"title": "Store", "voice": "loud"}
        )
        assert (await preview(desk))["home/hero"] == "Store: home/hero "
        assert "Voice: loud" in own.briefs[0].text
        with pytest.raises(ContentError, match='did you mean "voice"') as refused:
            await manager.generate_async(site_config={"voise": "loud"})
        assert refused.value.code == "unknown-site-config"
        with pytest.raises(ContentError) as refused:
            await manager.generate_async(site_config={"voice": 3})
        assert refused.value.code == "invalid-site-config"


async def test_job_tells_what_it_asks_the_writer_for_and_for_whom(tmp_path: Path) -> None:
    own = OwnWriter()
    async with opened(tmp_path, own) as desk:
        manager = SiteContentManager(desk)
        options = GenerateOptions(section="home/story", user_id="ada", instructions="Mention tea")
        queued = await manager.generate_async(options, site_config={"voice": "loud"})
        (job,) = queued.jobs
        request = await manager.content_generation_request(job)
        await manager.wait_and_create_entities(queued.jobs)
        assert (request.template_name, request.user_id) == ("shop:prose", "ada")
        assert request.context.prompt == own.briefs[0].text
        assert request.context.data is not None
        assert (request.context.data.route, request.context.data.section) == (job.route, job.section_definition)
        assert request.context.data.site_config == {
            "title": "Shop",
            "description": "Sells things",
            "url": None,
            "voice": "loud",
        }


async def test_timeout_says_how_far_it_is_and_the_jobs_go_on(tmp_path: Path) -> None:
    release = anyio.Event()
    async with opened(tmp_path, OwnWriter(hung=release)) as desk:
        manager = SiteContentManager(desk)
        queued = await manager.generate_async()
        with pytest.raises(ContentError, match="0 of 4 jobs are finished") as stopped:
            await manager.wait_for_content_jobs(queued.jobs, timeout_ms=50)
        assert stopped.value.code == "timeout"
        release.set()
        assert (await manager.wait_for_content_jobs(queued.jobs, timeout_ms=30_000)).sections_generated == 4


async def test_waiting_without_a_worker_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path, worker=False) as desk:
        manager = SiteContentManager(desk)
        with pytest.raises(ContentError, match="copydesk worker") as stopped:
            await manager.generate_all_async_complete(timeout_ms=50)
        assert stopped.value.code == "no-worker"
        assert (await desk.status()).pending == len(WRITTEN)


async def test_waiting_without_end_gives_up_when_nobody_comes_to_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 0.1)
    async with opened(tmp_path, worker=False) as desk:
        with pytest.raises(ContentError) as stopped:
            await SiteContentManager(desk).generate_all_async_complete()
        assert stopped.value.code == "no-worker"


async def test_cancelled_jobs_end_the_waiting_and_are_no_success(tmp_path: Path) -> None:
    async with opened(tmp_path, OwnWriter(hung=anyio.Event(), hung_at="shop:prose")) as desk:
        manager = SiteContentManager(desk)
        queued = await manager.generate_async(GenerateOptions(page="home"))
        await manager.wait_for_content_jobs(queued.jobs[:1])
        await desk.cancel(queued.operation_id)
        result = await manager.wait_for_content_jobs(queued.jobs)
        assert not result.success
        assert [one.section for one in result.generated] == ["hero"]
        assert [one.partition(": ")[0] for one in result.errors] == ["home/story"]
        ends = await manager.wait_for_job_completion(queued.jobs)
        assert [one.status for one in ends] == ["completed", "cancelled"]


async def test_waiting_for_some_jobs_does_not_wait_for_the_others(tmp_path: Path) -> None:
    release = anyio.Event()
    told: list[Progress] = []
    async with opened(tmp_path, OwnWriter(hung=release, hung_at="shop:prose")) as desk:
        manager = SiteContentManager(desk)
        queued = await manager.generate_async()
        heroes = [job for job in queued.jobs if job.section == "hero"]
        result = await manager.wait_for_content_jobs(heroes, told.append)
        assert [one.job_id for one in result.generated] == [job.job_id for job in heroes]
        assert {one.total for one in told} == {2}
        assert (await manager.get_content_job_statuses(queued.jobs)).completed == len(heroes)
        with pytest.raises(ContentError, match="0 of 1 jobs are finished"):
            await manager.wait_for_job_completion([queued.jobs[1]], timeout_ms=50)
        release.set()
        assert (await manager.wait_for_content_jobs(queued.jobs)).sections_generated == len(WRITTEN)


async def test_progress_goes_up_to_the_end_and_the_callback_may_be_a_coroutine_function(tmp_path: Path) -> None:
    told: list[Progress] = []

    async def tell(progress: Progress) -> None:
        await anyio.lowlevel.checkpoint()
        told.append(progress)

    async with opened(tmp_path, concurrency=1) as desk:
        manager = SiteContentManager(desk)
        queued = await manager.generate_async()
        await manager.wait_for_content_jobs(queued.jobs, tell)
        finished = [one.finished for one in told]
        assert finished == sorted(set(finished))
        assert (told[-1].finished, told[-1].total) == (4, 4)
        assert told[-1].line.startswith("4 of 4: ")


async def test_statuses_list_every_job(tmp_path: Path) -> None:
    async with opened(tmp_path, site=large_site(60), worker=False) as desk:
        manager = SiteContentManager(desk)
        queued = await manager.generate_async()
        ids = [job.job_id for job in queued.jobs]
        summary = await manager.get_job_statuses(ids)
        assert (summary.total, summary.pending) == (60, 60)
        assert [job.job_id for job in summary.jobs] == ids
        assert await manager.get_content_job_statuses(queued.jobs) == summary
        await manager.generate_sync(GenerateOptions())  # nothing to do: all is in progress
        assert (await manager.get_job_statuses([])).total == 0
        with pytest.raises(ContentError) as refused:
            await manager.get_job_statuses([*ids, "job_none_1"])
        assert refused.value.code == "unknown-job"


async def test_entity_job_statuses_follow_the_promote(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        manager = SiteContentManager(desk)
        await manager.generate_all_sync()
        queued = await manager.promote_async(PromoteOptions(page="about"))
        await manager.wait_for_job_completion(queued.jobs)
        summary = await manager.get_entity_job_statuses(queued.jobs)
        assert (summary.total, summary.completed) == (2, 2)
        assert [job.section_id for job in summary.jobs] == ["hero", "story"]


async def test_dry_run_plans_and_stores_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        manager = SiteContentManager(desk)
        queued = await manager.generate_all_async(GenerateOptions(dry_run=True))
        assert (queued.dry_run, queued.jobs, queued.queued_sections, queued.total_sections) == (True, (), 4, 6)
        planned = await manager.generate_async_complete(GenerateOptions(dry_run=True))
        assert (planned.dry_run, planned.sections_generated, planned.total_sections) == (True, 0, 6)
        assert (await manager.generate_sync(GenerateOptions(dry_run=True))).message == planned.message
        assert (await desk.status()).total == 0


async def test_repeated_request_id_answers_with_the_first_jobs(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        manager = SiteContentManager(desk)
        options = GenerateOptions(request_id="once")
        first = await manager.generate_async(options)
        assert await manager.generate_async(options) == first
        await manager.wait_and_create_entities(first.jobs)
        assert (await manager.generate_async(options)).jobs == first.jobs


async def test_section_in_progress_names_the_job_that_has_it(tmp_path: Path) -> None:
    async with opened(tmp_path, worker=False) as desk:
        manager = SiteContentManager(desk)
        first = await manager.generate_async()
        again = await manager.generate_async()
        assert again.jobs == ()
        assert again.operation_id == first.operation_id
        assert [one.job_id for one in again.skipped if one.code == "in-progress"] == [job.job_id for job in first.jobs]


async def test_no_jobs_are_finished_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path, worker=False) as desk:
        manager = SiteContentManager(desk)
        assert (await manager.wait_and_create_entities([])).success
        assert await manager.wait_for_job_completion([]) == []
        assert (await manager.wait_for_entity_jobs([])).success


async def test_five_thousand_sections_are_written_and_all_of_them_listed(tmp_path: Path) -> None:
    async with opened(tmp_path, site=large_site(5_000)) as desk:
        manager = SiteContentManager(desk)
        result = await manager.generate_all_async_complete(timeout_ms=SECONDS * 1000)
        assert result.errors == ()
        assert (result.sections_generated, len(result.generated)) == (5_000, 5_000)
        again = await manager.generate_all_sync()
        assert len(again.skipped) == 5_000
        summary = await manager.get_job_statuses(result.job_ids)
        assert (summary.completed, len(summary.jobs)) == (5_000, 5_000)


def large_site(sections: int) -> str:
    """Pages of 20 sections."""
    pages = [
        f"  - {{id: p{page}, path: /p{page}, title: P{page}, description: Page, sections: ["
        + ", ".join(f"{{id: s{index}, template: hero}}" for index in range(20))
        + "]}"
        for page in range(sections // 20)
    ]
    return "\n".join([TEMPLATES, "routes:", *pages])


def test_ten_lines_of_the_readme_run() -> None:
    command = [sys.executable, str(ROOT / "examples" / "ten_lines.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)
    first, second, third = done.stdout.splitlines()
    assert first.startswith("generate-all: ")
    assert second.startswith("promote: ")
    assert "sections were published" in second
    assert third.startswith("rollback: ")
    assert "sections were restored" in third


def test_example_of_the_package_runs(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    example = "".join(f"{line}\n" for line in (copydesk.__doc__ or "").splitlines() if line.startswith("    "))
    program = f"import anyio\nfrom copydesk import SiteContentManager, open_desk\nasync def main():\n{example}"
    program = program.replace("path/to/project", str(tmp_path)) + "anyio.run(main)\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=SECONDS)
    assert done.stdout == "4 of 6 sections were written, 2 skipped.\n"
