"""The manager's models speak the plan's names on the wire, and its options mean what they say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from copydesk.content.definition.models import Route, Section
from copydesk.content.errors import ContentError
from copydesk.content.manager.definitions import RouteDefinition, SectionDefinition
from copydesk.content.manager.models import (
    ContentGenerationContext,
    ContentGenerationData,
    ContentGenerationJob,
    ContentGenerationRequest,
    EntityAsyncResult,
    EntityOperationJob,
    GenerateAsyncResult,
    GenerateResult,
    JobResult,
    JobStatusSummary,
    PromoteResult,
    RegenerateResult,
    RollbackResult,
    SiteContentJob,
)
from copydesk.content.manager.options import (
    GenerateOptions,
    PromoteOptions,
    RegenerateOptions,
    everything,
    generation,
    regeneration,
)
from copydesk.content.operations.values import WHOLE_SITE, Mode, Scope, Wire
from copydesk.content.reports.receipts import DoneSection, JobStatus, SkippedSection
from copydesk.store.states import Environment

HERO = SectionDefinition(id="hero", template="site:hero")
HOME = RouteDefinition(id="home", path="/", title="Home", sections=(HERO,))
JOB = ContentGenerationJob(
    job_id="job_a_0",
    entity_id="site-content-preview:home:hero",
    entity_type="site-content-preview",
    operation="regenerate",
    page="home",
    section="hero",
    template_name="site:hero",
    route=HOME,
    section_definition=HERO,
    mode=Mode.WITH_CURRENT,
)

QUEUED = {"jobs", "totalSections", "queuedSections"}
WIRE_NAMES: list[tuple[type[Wire], set[str]]] = [
    (SiteContentJob, {"jobId", "route", "section", "templateName", "targetEntityType", "page", "sectionId"}),
    (
        ContentGenerationJob,
        {
            "jobId",
            "entityId",
            "entityType",
            "operation",
            "page",
            "section",
            "templateName",
            "route",
            "sectionDefinition",
            "mode",
        },
    ),
    (
        EntityOperationJob,
        {"jobId", "entityId", "targetEntityId", "entityType", "operation", "page", "section"},
    ),
    (ContentGenerationRequest, {"templateName", "context", "userId"}),
    (ContentGenerationContext, {"prompt", "data"}),
    (ContentGenerationData, {"route", "section", "siteConfig"}),
]
PLAN_NAMES: list[tuple[type[Wire], set[str]]] = [
    (JobStatusSummary, {"total", "pending", "processing", "completed", "failed", "jobs"}),
    (JobStatus, {"jobId", "sectionId", "status", "error"}),
    (
        GenerateResult,
        {"success", "sectionsGenerated", "totalSections", "generated", "skipped", "errors", "jobIds"},
    ),
    (RegenerateResult, {"success", "totalSections", "regenerated", "skipped", "errors", "jobIds"}),
    (PromoteResult, {"success", "totalSections", "promoted", "skipped", "errors", "jobIds"}),
    (RollbackResult, {"success", "totalSections", "rolledBack", "skipped", "errors", "jobIds"}),
    (DoneSection, {"page", "section", "entityId", "entityType", "jobId"}),
    (SkippedSection, {"page", "section", "reason"}),
    (GenerateAsyncResult, QUEUED),
    (EntityAsyncResult, QUEUED),
    (JobResult, {"jobId", "sectionId", "status", "entityId", "entityType", "error"}),
]


def wire_names(model: type[Wire]) -> set[str]:
    return set(model.model_json_schema(by_alias=True, mode="serialization")["properties"])


@pytest.mark.parametrize(("model", "names"), WIRE_NAMES)
def test_jobs_and_requests_have_exactly_the_plans_fields(model: type[Wire], names: set[str]) -> None:
    assert wire_names(model) == names


@pytest.mark.parametrize(("model", "names"), PLAN_NAMES)
def test_results_have_the_plans_fields_and_more(model: type[Wire], names: set[str]) -> None:
    assert names - wire_names(model) == set()


def test_job_comes_back_from_the_wire_as_it_went() -> None:
    assert ContentGenerationJob.model_validate_json(JOB.model_dump_json(by_alias=True)) == JOB


def test_site_content_job_says_the_same_as_the_job_it_was_made_from() -> None:
    assert SiteContentJob.of(JOB).model_dump(by_alias=True) == {
        "jobId": "job_a_0",
        "route": HOME.model_dump(by_alias=True),
        "section": HERO.model_dump(by_alias=True),
        "templateName": "site:hero",
        "targetEntityType": "site-content-preview",
        "page": "home",
        "sectionId": "hero",
    }


def test_route_definition_and_route_say_the_same() -> None:
    sections = (Section("a", "site:b", "p", None, ("facts/x.md",)), Section("c", "d:e", content="fixed"))
    route = Route("home", "/", "Home", "The front door", sections)
    assert RouteDefinition.of(route).to_route() == route


@pytest.mark.parametrize("wrong", ["", "Hero", "a/b", "../a", "a" * 101, "a:b"])
def test_id_that_could_not_be_part_of_an_entity_id_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="id"):
        SectionDefinition(id=wrong)


@pytest.mark.parametrize(
    ("options", "scope"),
    [
        (PromoteOptions(page="home"), Scope(pages=("home",))),
        (PromoteOptions(page="home", section="hero"), Scope(sections=("home/hero",))),
        (PromoteOptions(section="home/hero"), Scope(sections=("home/hero",))),
        (PromoteOptions(pages=("a", "b"), page="c"), Scope(pages=("a", "b", "c"))),
        (PromoteOptions(sections=("a/b",)), Scope(sections=("a/b",))),
        (PromoteOptions(all=True), WHOLE_SITE),
        (PromoteOptions(), Scope()),
    ],
)
def test_options_name_sections_as_the_plan_and_as_the_tools_do(options: PromoteOptions, scope: Scope) -> None:
    assert options.scope == scope


def test_generating_without_a_choice_means_all_that_lacks_copy() -> None:
    assert generation(GenerateOptions()).scope == WHOLE_SITE


@pytest.mark.parametrize("options", [GenerateOptions(force=True), GenerateOptions(pages=())])
def test_generating_over_copy_or_an_empty_choice_means_nothing(options: GenerateOptions) -> None:
    assert generation(options).scope.is_empty


def test_regenerating_without_a_choice_means_nothing() -> None:
    assert regeneration(RegenerateOptions()).scope.is_empty


def test_everything_refuses_a_choice_of_some() -> None:
    with pytest.raises(ContentError, match="whole site") as refused:
        everything(GenerateOptions(page="home"), GenerateOptions())
    assert refused.value.code == "two-scopes"


def test_everything_keeps_the_other_options() -> None:
    options = everything(RegenerateOptions(mode=Mode.LEAVE, keep=("a",)), RegenerateOptions())
    assert regeneration(options).model_dump() == {
        **regeneration(RegenerateOptions(all=True)).model_dump(),
        "mode": Mode.LEAVE,
        "keep": ("a",),
    }


@pytest.mark.parametrize("environment", ["production", Environment.PRODUCTION])
def test_writing_to_production_is_refused_with_the_way_there(environment: Environment) -> None:
    with pytest.raises(ContentError, match="promote") as refused:
        generation(GenerateOptions(environment=environment))
    assert refused.value.code == "preview-only"


def test_misspelt_option_is_refused() -> None:
    with pytest.raises(ValidationError, match="overwriteEdit"):
        RegenerateOptions.model_validate({"overwriteEdit": True})
