"""The plan's manager: generating, regenerating, promoting and rolling back, as a program calls them.

*sync* methods do the work here and now and return when it is done; *async* methods put it into the queue and return
its jobs; *complete* methods queue it and wait. All of them are coroutines, record the same operation, and leave the
same copy. A failed section stops no other: results list every section that was done, skipped or failed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from copydesk.content.errors import ContentError
from copydesk.content.manager.accounts import find_jobs
from copydesk.content.manager.answers import (
    generate_result,
    generation_request,
    job_result,
    promote_result,
    queued_moving,
    regenerate_result,
    rollback_result,
)
from copydesk.content.manager.options import (
    GenerateOptions,
    PromoteOptions,
    RegenerateOptions,
    RollbackOptions,
    everything,
    generation,
    promotion,
    regeneration,
    undoing,
)
from copydesk.content.manager.requests import Requests, as_claim
from copydesk.content.manager.sites import Given
from copydesk.content.reports.status import StatusQuery, summary_of_jobs
from copydesk.store import operations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from copydesk.content.desk import Desk
    from copydesk.content.manager.definitions import Routes, TemplateResolver
    from copydesk.content.manager.models import (
        AnyJob,
        ContentGenerationJob,
        ContentGenerationRequest,
        EntityAsyncResult,
        EntityOperationJob,
        GenerateAsyncResult,
        GenerateResult,
        JobResult,
        PromoteResult,
        RegenerateResult,
        RollbackResult,
        SiteContentJob,
    )
    from copydesk.content.manager.waiting import ProgressCallback
    from copydesk.content.reports.receipts import JobStatusSummary


class SiteContentManager:
    """One project's copy, for programs. The desk is what the plan calls entity service and plugin context.

    What the methods take: `options` say which sections and how; `routes` replace the project's own pages,
    `template_resolver` its choice of templates, `site_config` its title, description, url or voice, for this call.
    `timeout_ms` bounds the waiting, not the work; `None` waits as long as it takes. They raise `ContentError` when
    nothing could be started (nothing was changed then), and when waiting ends early: `timeout`, `no-worker` (the jobs
    stay in the queue; wait for them again).
    """

    def __init__(self, desk: Desk, *, logger: logging.Logger | None = None) -> None:
        self._desk = desk
        self._requests = Requests(desk, logger or logging.getLogger(__name__))

    # Generating: sections that have no copy yet.

    async def generate_async(
        self,
        options: GenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
    ) -> GenerateAsyncResult:
        """Queue the writing of the chosen sections that have no copy; of all of them if none are chosen."""
        options = options or GenerateOptions()
        given = Given(routes, template_resolver, site_config)
        return await self._requests.queue_writing(generation(options), options, given)

    async def generate_sync(
        self,
        options: GenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
    ) -> GenerateResult:
        """Write them here and now, one after another."""
        options = options or GenerateOptions()
        given = Given(routes, template_resolver, site_config)
        return generate_result(await self._requests.carry_out(generation(options), options, given))

    async def generate_async_complete(
        self,
        options: GenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
        timeout_ms: float | None = None,
    ) -> GenerateResult:
        """Queue their writing and wait for it."""
        options = options or GenerateOptions()
        given = Given(routes, template_resolver, site_config)
        return generate_result(await self._requests.complete(generation(options), options, given, timeout_ms))

    async def generate_all_async(
        self,
        options: GenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
    ) -> GenerateAsyncResult:
        """Queue the writing of every section that has no copy."""
        return await self.generate_async(everything(options, GenerateOptions()), routes, template_resolver, site_config)

    async def generate_all_sync(
        self,
        options: GenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
    ) -> GenerateResult:
        """Write every section that has no copy, here and now, one after another."""
        return await self.generate_sync(everything(options, GenerateOptions()), routes, template_resolver, site_config)

    async def generate_all_async_complete(
        self,
        options: GenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
        timeout_ms: float | None = None,
    ) -> GenerateResult:
        """Queue the writing of every section that has no copy, and wait for it."""
        return await self.generate_async_complete(
            everything(options, GenerateOptions()), routes, template_resolver, site_config, timeout_ms
        )

    # Regenerating: copy that exists. Which must be said: an empty choice never means everything.

    async def regenerate_async(
        self,
        options: RegenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
    ) -> GenerateAsyncResult:
        """Queue the rewriting of the chosen sections."""
        options = options or RegenerateOptions()
        given = Given(routes, template_resolver, site_config)
        return await self._requests.queue_writing(regeneration(options), options, given)

    async def regenerate_sync(
        self,
        options: RegenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
    ) -> RegenerateResult:
        """Rewrite them here and now, one after another."""
        options = options or RegenerateOptions()
        given = Given(routes, template_resolver, site_config)
        return regenerate_result(await self._requests.carry_out(regeneration(options), options, given))

    async def regenerate_async_complete(
        self,
        options: RegenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
        timeout_ms: float | None = None,
    ) -> RegenerateResult:
        """Queue their rewriting and wait for it."""
        options = options or RegenerateOptions()
        given = Given(routes, template_resolver, site_config)
        return regenerate_result(await self._requests.complete(regeneration(options), options, given, timeout_ms))

    async def regenerate_all_async(
        self,
        options: RegenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
    ) -> GenerateAsyncResult:
        """Queue the rewriting of all copy there is, except hand edits."""
        return await self.regenerate_async(
            everything(options, RegenerateOptions()), routes, template_resolver, site_config
        )

    async def regenerate_all_sync(
        self,
        options: RegenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
    ) -> RegenerateResult:
        """Rewrite all copy there is, here and now, one after another."""
        return await self.regenerate_sync(
            everything(options, RegenerateOptions()), routes, template_resolver, site_config
        )

    async def regenerate_all_async_complete(
        self,
        options: RegenerateOptions | None = None,
        routes: Routes | None = None,
        template_resolver: TemplateResolver | None = None,
        site_config: Mapping[str, Any] | None = None,
        timeout_ms: float | None = None,
    ) -> RegenerateResult:
        """Queue the rewriting of all copy there is, and wait for it."""
        return await self.regenerate_async_complete(
            everything(options, RegenerateOptions()), routes, template_resolver, site_config, timeout_ms
        )

    # Promoting and rolling back: all of it or nothing.

    async def promote_async(self, options: PromoteOptions, routes: Routes | None = None) -> EntityAsyncResult:
        """Queue the publishing of the chosen sections."""
        return queued_moving(await self._requests.enqueue(promotion(options), options, Given(routes)))

    async def promote_sync(self, options: PromoteOptions, routes: Routes | None = None) -> PromoteResult:
        """Publish them here and now."""
        return promote_result(await self._requests.carry_out(promotion(options), options, Given(routes)))

    async def promote_async_complete(
        self, options: PromoteOptions, routes: Routes | None = None, timeout_ms: float | None = None
    ) -> PromoteResult:
        """Queue their publishing and wait for it."""
        return promote_result(await self._requests.complete(promotion(options), options, Given(routes), timeout_ms))

    async def rollback_async(self, options: RollbackOptions, routes: Routes | None = None) -> EntityAsyncResult:
        """Queue the undoing of the last release of the chosen sections, or of whole operations."""
        return queued_moving(await self._requests.enqueue(undoing(options), options, Given(routes)))

    async def rollback_sync(self, options: RollbackOptions, routes: Routes | None = None) -> RollbackResult:
        """Undo it here and now."""
        return rollback_result(await self._requests.carry_out(undoing(options), options, Given(routes)))

    async def rollback_async_complete(
        self, options: RollbackOptions, routes: Routes | None = None, timeout_ms: float | None = None
    ) -> RollbackResult:
        """Queue its undoing and wait for it."""
        return rollback_result(await self._requests.complete(undoing(options), options, Given(routes), timeout_ms))

    # Waiting, and asking how far it is.

    async def wait_and_create_entities(
        self, jobs: Sequence[SiteContentJob | ContentGenerationJob], timeout_ms: float | None = None
    ) -> GenerateResult:
        """Wait for the jobs; what they made. The entities come with the jobs, so calling it again changes nothing."""
        return await self.wait_for_content_jobs(jobs, timeout_ms=timeout_ms)

    async def wait_for_job_completion(self, jobs: Sequence[AnyJob], timeout_ms: float | None = None) -> list[JobResult]:
        """Wait for the jobs; how each ended, in their order."""
        account = await self._requests.wait([job.job_id for job in jobs], timeout_ms)
        return [job_result(job) for job in account.jobs]

    async def wait_for_content_jobs(
        self,
        jobs: Sequence[SiteContentJob | ContentGenerationJob],
        progress_callback: ProgressCallback | None = None,
        timeout_ms: float | None = None,
    ) -> GenerateResult:
        """Wait for jobs that write copy, generating or regenerating; what they wrote."""
        return generate_result(await self._requests.wait([job.job_id for job in jobs], timeout_ms, progress_callback))

    async def wait_for_entity_jobs(
        self,
        jobs: Sequence[EntityOperationJob],
        progress_callback: ProgressCallback | None = None,
        timeout_ms: float | None = None,
    ) -> PromoteResult | RollbackResult:
        """Wait for jobs of promotes or of rollbacks, not of both; what they did."""
        kinds = {job.operation for job in jobs}
        if len(kinds) > 1:
            raise ContentError("mixed-jobs", "Wait for promote jobs and rollback jobs one after the other.")
        account = await self._requests.wait([job.job_id for job in jobs], timeout_ms, progress_callback)
        return rollback_result(account) if kinds == {"rollback"} else promote_result(account)

    async def get_job_statuses(self, job_ids: Sequence[str]) -> JobStatusSummary:
        """How far these jobs are, each of them listed. Raises `ContentError` (unknown-job)."""
        jobs = await self._desk.store.read(find_jobs, list(job_ids))
        return summary_of_jobs(jobs, StatusQuery(limit=len(jobs)))

    async def get_content_job_statuses(self, jobs: Sequence[SiteContentJob | ContentGenerationJob]) -> JobStatusSummary:
        """How far these jobs are."""
        return await self.get_job_statuses([job.job_id for job in jobs])

    async def get_entity_job_statuses(self, jobs: Sequence[EntityOperationJob]) -> JobStatusSummary:
        """How far these jobs are."""
        return await self.get_job_statuses([job.job_id for job in jobs])

    async def content_generation_request(self, job: SiteContentJob | ContentGenerationJob) -> ContentGenerationRequest:
        """What the job asks its writer for: template, prompt, data, and on whose behalf."""
        (stored,) = await self._desk.store.read(find_jobs, [job.job_id])
        operation = await self._desk.store.read(operations.by_seq, stored.operation)
        brief = await self._desk.briefings.brief(as_claim(stored))
        return generation_request(brief, None if operation is None else operation.started_by)
