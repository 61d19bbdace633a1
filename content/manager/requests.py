"""The one way that all of the manager's requests go: to the desk, into the queue, and back as accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from copydesk.content.definition.snapshot import make_snapshot
from copydesk.content.desk import Asked
from copydesk.content.manager.accounts import (
    Account,
    account_of_plan,
    find_jobs,
    read_account,
    read_account_of_jobs,
)
from copydesk.content.manager.answers import queued_writing
from copydesk.content.manager.sites import Given, derive_site, resolve_first
from copydesk.content.manager.waiting import wait_for_jobs
from copydesk.content.operations.values import Generate, Regenerate
from copydesk.store.models import Claim
from copydesk.store.states import JobState

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

    from copydesk.content.definition.models import Site
    from copydesk.content.desk import Desk
    from copydesk.content.manager.models import GenerateAsyncResult
    from copydesk.content.manager.options import Options
    from copydesk.content.manager.waiting import ProgressCallback
    from copydesk.content.operations.recording import Recorded
    from copydesk.content.operations.values import Operation
    from copydesk.store.models import Job


class Requests:
    """Passes operations to a desk and accounts for what became of them."""

    def __init__(self, desk: Desk, logger: logging.Logger) -> None:
        self._desk = desk
        self._logger = logger

    async def queue_writing(
        self, operation: Generate | Regenerate, options: Options, given: Given
    ) -> GenerateAsyncResult:
        """Queue it; its jobs with their pages and sections."""
        account = await self.enqueue(operation, options, given)
        return queued_writing(account, await self._site_of(account))

    async def enqueue(self, operation: Operation, options: Options, given: Given) -> Account:
        """Put it into the queue, or only plan it."""
        asked = await self._asked(operation, options, given)
        if options.dry_run:
            return account_of_plan(await self._desk.plan_uncut(operation, asked), is_dry_run=True)
        account = await self._account(await self._desk.submit_uncut(operation, asked))
        self._logger.info("queued %d of %d sections: %s", account.queued, account.total, account.operation_id)
        return account

    async def carry_out(self, operation: Operation, options: Options, given: Given) -> Account:
        """Do it here and now, or only plan it."""
        if options.dry_run:
            return await self.enqueue(operation, options, given)
        asked = await self._asked(operation, options, given)
        account = await self._account(await self._desk.perform_uncut(operation, asked))
        self._log_end(account)
        return account

    async def complete(
        self,
        operation: Operation,
        options: Options,
        given: Given,
        timeout_ms: float | None,
    ) -> Account:
        """Put it into the queue and wait for it."""
        queued = await self.enqueue(operation, options, given)
        if not queued.jobs:
            return queued
        return await self.wait([job.id for job in queued.jobs], timeout_ms)

    async def wait(
        self, job_ids: Sequence[str], timeout_ms: float | None, callback: ProgressCallback | None = None
    ) -> Account:
        """Wait for these jobs; what became of them and of what their operations left out."""
        store = self._desk.store
        jobs = await store.read(find_jobs, job_ids)
        await wait_for_jobs(store, jobs, timeout_ms=timeout_ms, callback=callback)
        account = await store.read(read_account_of_jobs, job_ids)
        self._log_end(account)
        return account

    async def _account(self, recorded: Recorded) -> Account:
        if recorded.operation is not None:
            return await self._desk.store.read(read_account, recorded.operation.seq)
        assert recorded.plan is not None, "an order without an operation has at least a plan"
        return account_of_plan(recorded.plan, is_dry_run=False)

    async def _asked(self, operation: Operation, options: Options, given: Given) -> Asked:
        asked = Asked(started_by=options.user_id, request_id=options.request_id)
        if given.is_nothing:
            return asked
        site = derive_site(await self._desk.site(), given)
        snapshot = make_snapshot(site)
        self._desk.snapshots.remember(snapshot)
        asked = replace(asked, snapshot=snapshot)
        if given.template_resolver is None or not isinstance(operation, Generate | Regenerate):
            return asked
        return replace(asked, resolve=resolve_first(site, operation.scope, given.template_resolver))

    async def _site_of(self, account: Account) -> Site:
        """The definition that the jobs were planned on; the project's own if there are none."""
        if not account.operations:
            return await self._desk.site()
        return (await self._desk.snapshots.get(account.operations[0].snapshot)).site

    def _log_end(self, account: Account) -> None:
        for job in account.jobs:
            if job.state is JobState.FAILED:
                self._logger.warning("%s/%s failed (%s): %s", job.page, job.section, job.error_code, job.error)


def as_claim(job: Job) -> Claim:
    """The job as a worker sees it, held by nobody."""
    return Claim(
        operation=job.operation,
        position=job.position,
        page=job.page,
        section=job.section,
        template=job.template or "",
        writer=job.writer or "",
        base=job.base,
        attempt=job.attempt,
        failures=job.failures,
        owner="",
    )
