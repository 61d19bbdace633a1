"""From what the store says to the manager's models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from copydesk.content.manager.definitions import RouteDefinition, SectionDefinition
from copydesk.content.manager.models import (
    ContentGenerationContext,
    ContentGenerationData,
    ContentGenerationJob,
    ContentGenerationRequest,
    EntityAsyncResult,
    EntityOperationJob,
    EntityType,
    GenerateAsyncResult,
    GenerateResult,
    JobResult,
    PromoteResult,
    RegenerateResult,
    RollbackResult,
)
from copydesk.content.manager.sites import SITE_CONFIG
from copydesk.content.operations.values import Mode, Regenerate, read_operation
from copydesk.content.reports.receipts import DoneSection
from copydesk.content.reports.reporting import failure_of, sentence_of
from copydesk.store.ids import entity_id, entity_type
from copydesk.store.states import Environment, JobState, OperationKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Site
    from copydesk.content.manager.accounts import Account
    from copydesk.store.models import Job


def queued_writing(account: Account, site: Site) -> GenerateAsyncResult:
    """The answer to a generate or regenerate that was queued on this definition."""
    return GenerateAsyncResult(jobs=tuple(_content_jobs(account, site)), **_queued(account))


def queued_moving(account: Account) -> EntityAsyncResult:
    """The answer to a promote or rollback that was queued."""
    jobs = (_entity_job(job, one.kind) for one in account.operations for job in account.jobs)
    return EntityAsyncResult(jobs=tuple(jobs), **_queued(account))


def generate_result(account: Account) -> GenerateResult:
    done = _done(account.jobs)
    return GenerateResult(sections_generated=len(done), generated=done, **_result(account, "written"))


def regenerate_result(account: Account) -> RegenerateResult:
    done = _done(account.jobs)
    return RegenerateResult(sections_generated=len(done), regenerated=done, **_result(account, "rewritten"))


def promote_result(account: Account) -> PromoteResult:
    return PromoteResult(promoted=_done(account.jobs), **_result(account, "published"))


def rollback_result(account: Account) -> RollbackResult:
    return RollbackResult(rolled_back=_done(account.jobs), **_result(account, "restored"))


def job_result(job: Job) -> JobResult:
    """How a finished job ended."""
    return JobResult(
        job_id=job.id,
        page=job.page,
        section_id=job.section,
        status=cast("Literal['completed', 'failed', 'cancelled']", job.state.value),
        entity_id=job.entity_id if job.state is JobState.COMPLETED else None,
        entity_type=_type(job.environment),
        error=job.error,
        error_code=job.error_code,
    )


def generation_request(brief: Brief, user_id: str | None) -> ContentGenerationRequest:
    """What a writer is asked, as the plan spells it."""
    data = ContentGenerationData(
        route=RouteDefinition.of(brief.route),
        section=SectionDefinition.of(brief.section),
        site_config={key: getattr(brief.site, key) for key in SITE_CONFIG},
    )
    context = ContentGenerationContext(prompt=brief.text, data=data)
    return ContentGenerationRequest(template_name=brief.template.name, context=context, user_id=user_id)


def _content_jobs(account: Account, site: Site) -> Iterable[ContentGenerationJob]:
    routes = {route.id: RouteDefinition.of(route) for route in site.routes}
    sections = {(page, section.id): section for page, route in routes.items() for section in route.sections}
    for operation in account.operations:
        request = read_operation(operation.request)
        mode: Mode | None = request.mode if isinstance(request, Regenerate) else None
        for job in account.jobs:
            yield ContentGenerationJob(
                job_id=job.id,
                entity_id=job.entity_id,
                entity_type=_type(job.environment),
                operation="generate" if mode is None else "regenerate",
                page=job.page,
                section=job.section,
                template_name=job.template or "",
                route=routes[job.page],
                section_definition=sections[job.page, job.section],
                mode=mode,
            )


def _entity_job(job: Job, kind: OperationKind) -> EntityOperationJob:
    """A promote takes preview copy to production; a rollback puts an entity back where it is."""
    promotes = kind is OperationKind.PROMOTE
    source = Environment.PREVIEW if promotes else job.environment
    return EntityOperationJob(
        job_id=job.id,
        entity_id=entity_id(source, job.page, job.section),
        target_entity_id=job.entity_id,
        entity_type=_type(source),
        operation="promote" if promotes else "rollback",
        page=job.page,
        section=job.section,
    )


def _queued(account: Account) -> dict[str, Any]:
    return {
        "total_sections": account.total,
        "queued_sections": account.queued,
        "operation_id": account.operation_id,
        "dry_run": account.is_dry_run,
        "skipped": account.skipped,
        "errors": tuple(sentence_of(one) for one in account.refused),
    }


def _result(account: Account, done: str) -> dict[str, Any]:
    failed = account.refused + tuple(failure_of(job) for job in account.jobs if job.state is JobState.FAILED)
    cancelled = [job for job in account.jobs if job.state is JobState.CANCELLED]
    errors = [sentence_of(one) for one in failed]
    errors += [f"{job.page}/{job.section}: {job.error or 'It was cancelled.'}" for job in cancelled]
    return {
        "success": not errors,
        "total_sections": account.total,
        "skipped": account.skipped,
        "errors": tuple(errors),
        "failed": failed,
        "job_ids": tuple(job.id for job in account.jobs),
        "operation_id": account.operation_id,
        "dry_run": account.is_dry_run,
        "message": _message(account, done, failed=len(failed), cancelled=len(cancelled)),
    }


def _message(account: Account, done: str, *, failed: int, cancelled: int) -> str:
    if account.is_dry_run:
        return f"Dry run: {account.planned} of {account.total} sections would be {done}. Nothing was stored."
    completed = sum(job.state is JobState.COMPLETED for job in account.jobs)
    text = f"{completed} of {account.total} sections were {done}"
    others = {"skipped": len(account.skipped), "failed": failed, "cancelled": cancelled}
    return ", ".join([text, *(f"{count} {what}" for what, count in others.items() if count)]) + "."


def _done(jobs: Iterable[Job]) -> tuple[DoneSection, ...]:
    return tuple(
        DoneSection(
            page=job.page,
            section=job.section,
            entity_id=job.entity_id,
            entity_type=entity_type(job.environment),
            job_id=job.id,
        )
        for job in jobs
        if job.state is JobState.COMPLETED
    )


def _type(environment: Environment) -> EntityType:
    return cast("EntityType", entity_type(environment))
