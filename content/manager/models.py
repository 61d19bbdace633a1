"""The manager's jobs, requests and results: the plan's models, snake_case in Python, camelCase on the wire."""

from __future__ import annotations

from typing import Any, Literal, Self, TypeAlias

from copydesk.content.manager.definitions import RouteDefinition, SectionDefinition
from copydesk.content.operations.values import Mode, Wire
from copydesk.content.reports.receipts import DoneSection, Failure, JobStatusSummary, SkippedSection

__all__ = [
    "AnyJob",
    "ContentGenerationContext",
    "ContentGenerationData",
    "ContentGenerationJob",
    "ContentGenerationRequest",
    "EntityAsyncResult",
    "EntityOperationJob",
    "EntityType",
    "GenerateAsyncResult",
    "GenerateResult",
    "JobResult",
    "JobStatusSummary",
    "PromoteResult",
    "RegenerateResult",
    "Result",
    "RollbackResult",
    "SiteContentJob",
]

EntityType: TypeAlias = Literal["site-content-preview", "site-content-production"]


class ContentGenerationJob(Wire):
    """One section that is being written. `entity_id` is known before the copy is there."""

    job_id: str
    entity_id: str
    entity_type: EntityType
    operation: Literal["generate", "regenerate"]
    page: str
    section: str
    template_name: str
    route: RouteDefinition
    section_definition: SectionDefinition
    mode: Mode | None = None
    """Of a regenerate only."""


class SiteContentJob(Wire):
    """The plan's first view of a job that writes a section; `ContentGenerationJob` says more."""

    job_id: str
    route: RouteDefinition
    section: SectionDefinition
    template_name: str
    target_entity_type: EntityType
    page: str
    section_id: str

    @classmethod
    def of(cls, job: ContentGenerationJob) -> Self:
        return cls(
            job_id=job.job_id,
            route=job.route,
            section=job.section_definition,
            template_name=job.template_name,
            target_entity_type=job.entity_type,
            page=job.page,
            section_id=job.section,
        )


class EntityOperationJob(Wire):
    """One section's share of a promote or a rollback: `target_entity_id` is what changes, `entity_id` its source."""

    job_id: str
    entity_id: str
    target_entity_id: str | None = None
    entity_type: EntityType
    operation: Literal["promote", "rollback"]
    page: str
    section: str


AnyJob: TypeAlias = SiteContentJob | ContentGenerationJob | EntityOperationJob


class ContentGenerationData(Wire):
    """Where the copy stands, and what the site is."""

    route: RouteDefinition
    section: SectionDefinition
    site_config: dict[str, Any]


class ContentGenerationContext(Wire):
    """The whole prompt of a section, and what it was made from."""

    prompt: str | None = None
    data: ContentGenerationData | None = None


class ContentGenerationRequest(Wire):
    """What a job asks its writer for, and on whose behalf."""

    template_name: str
    context: ContentGenerationContext
    user_id: str | None = None


class _Queued(Wire):
    """total = queued + skipped + refused. `jobs` is empty for a dry run, whose `queued_sections` says how many."""

    total_sections: int
    queued_sections: int
    operation_id: str | None = None
    """The handle of it all; of the operation that already holds the jobs when nothing was queued; else `None`."""
    dry_run: bool = False
    skipped: tuple[SkippedSection, ...] = ()
    errors: tuple[str, ...] = ()
    """One sentence for each section that cannot be written; the others are not held up by it."""


class GenerateAsyncResult(_Queued):
    """What a generate or regenerate queued, uncut."""

    jobs: tuple[ContentGenerationJob, ...]


class EntityAsyncResult(_Queued):
    """What a promote or rollback queued, uncut."""

    jobs: tuple[EntityOperationJob, ...]


class JobResult(Wire):
    """How one job ended. `entity_id` is `None` unless it completed."""

    job_id: str
    page: str
    section_id: str
    status: Literal["completed", "failed", "cancelled"]
    entity_id: str | None = None
    entity_type: EntityType
    error: str | None = None
    error_code: str | None = None


class Result(Wire):
    """How it went, uncut. `success`: nothing failed or was cancelled. `errors` are sentences, `failed` their codes."""

    success: bool
    total_sections: int
    skipped: tuple[SkippedSection, ...] = ()
    errors: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    job_ids: tuple[str, ...] = ()
    operation_id: str | None = None
    dry_run: bool = False
    message: str = ""


class GenerateResult(Result):
    """What was written."""

    sections_generated: int
    generated: tuple[DoneSection, ...] = ()


class RegenerateResult(Result):
    """What was rewritten."""

    sections_generated: int
    regenerated: tuple[DoneSection, ...] = ()


class PromoteResult(Result):
    """What is live now."""

    promoted: tuple[DoneSection, ...] = ()


class RollbackResult(Result):
    """What was restored, or removed where there was nothing before."""

    rolled_back: tuple[DoneSection, ...] = ()
