"""The desk: everything a program or a server does with one project's copy.

`async with open_desk(project) as desk:` owns the store's connections, its writer task and a worker.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread

from copydesk.content.definition.site_file import SiteFile
from copydesk.content.operations.cancelling import Cancelled, cancel
from copydesk.content.operations.orphans import read_orphans
from copydesk.content.operations.policy import Policy
from copydesk.content.operations.recording import Order, Recorded, plan_order, record
from copydesk.content.operations.retrying import find_repeated_retry, read_retry
from copydesk.content.operations.reviewing import open_review
from copydesk.content.operations.standing import find_operation
from copydesk.content.operations.values import Edit, Generate, Promote, Regenerate, Rollback, Scope
from copydesk.content.project import Project, find_project
from copydesk.content.reports.estimating import estimate_plan, estimates_by_template
from copydesk.content.reports.receipts import JobStatusSummary, NextStep, Receipt
from copydesk.content.reports.reporting import read_receipt, unstored_receipt
from copydesk.content.reports.status import StatusQuery, operations_asked, read_status
from copydesk.content.reports.watching import Report, wait_for
from copydesk.content.settings import LoadedSettings, Settings, load_settings
from copydesk.content.work.attempts import Attempts
from copydesk.content.work.contexts import OperationContexts, Snapshots
from copydesk.content.work.inline import apply_inline, write_inline
from copydesk.content.work.worker import Worker
from copydesk.content.writers.registry import Writers
from copydesk.store.moments import Moment
from copydesk.store.store import open_store

if TYPE_CHECKING:
    from anyio.abc import TaskGroup, TaskStatus

    from copydesk.content.definition.models import Site, Snapshot
    from copydesk.content.operations.plan_writing import TemplateResolver
    from copydesk.content.operations.plans import Plan
    from copydesk.content.operations.policy import Via
    from copydesk.content.operations.values import Operation
    from copydesk.content.writers.base import Writer
    from copydesk.store.models import Holding
    from copydesk.store.reviews import Review
    from copydesk.store.store import Store

__all__ = ["Asked", "Desk", "open_desk"]

_WORKER_DELAY: Final = 5.0
"""Seconds after which a worker begins without having been asked: hosts start disposable servers to probe."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and the circumstances of it."""

    started_by: str | None = None
    via: Via = "library"
    request_id: str | None = None
    retry_of: str | None = None
    snapshot: Snapshot | None = None
    """The definition to use instead of the project's own."""
    resolve: TemplateResolver | None = None
    """Chooses templates instead of the definition."""


NOBODY: Final = Asked()
LATEST: Final = StatusQuery()


class Desk:
    """One project's copy: plan, perform or submit operations, wait for them, and see how they go."""

    def __init__(self, project: Project, loaded: LoadedSettings, store: Store, writers: Writers) -> None:
        self.project = project
        self.settings: Settings = loaded.settings
        self.origins = loaded.origins
        self.store = store
        self.writers = writers
        self.snapshots = Snapshots(store)
        self.attempts = Attempts(store, writers, OperationContexts(store, self.snapshots), loaded.settings)
        self._site_file = SiteFile(project.site_file)
        self._woken = anyio.Event()
        self._at_work: Worker | None = None
        self._reading = anyio.Lock()

    async def snapshot(self) -> Snapshot:
        """The site definition as it stands now. Raises `SiteInvalid` with every problem while it is invalid."""
        async with self._reading:  # who comes while the file is read takes what the first one reads
            snapshot = await anyio.to_thread.run_sync(self._site_file.current)
        self.snapshots.remember(snapshot)
        return snapshot

    async def site(self) -> Site:
        """The site as it is defined now. Raises `SiteInvalid`."""
        return (await self.snapshot()).site

    async def plan(self, operation: Operation, asked: Asked = NOBODY) -> Receipt:
        """What the operation would come to, with an estimate. Nothing is stored."""
        order = await self._order(operation, asked, estimated=True)
        plan = await self.store.read(plan_order, order, at=self.now())
        estimate = await estimate_plan(self.store, self.writers, order, plan, self.settings.concurrency)
        return unstored_receipt(
            operation.kind,
            plan,
            dry_run=True,
            writer=_writer_of(order),
            estimate=estimate,
            is_draft=self._is_draft(order),
        )

    async def submit(self, operation: Operation, asked: Asked = NOBODY) -> Receipt:
        """Put the operation into the queue. When this returns, its jobs are on the disk."""
        if isinstance(operation, Edit):
            return await self.perform(operation, asked)
        order = await self._order(operation, asked)
        return await self._receipt_of(order, await self._submit(order))

    async def perform(self, operation: Operation, asked: Asked = NOBODY) -> Receipt:
        """Do the operation here and now, section by section, and record it like any other."""
        order = await self._order(operation, asked)
        return await self._receipt_of(order, await self._perform(order))

    async def plan_uncut(self, operation: Operation, asked: Asked = NOBODY) -> Plan:
        """As `plan`; the plan itself in place of a receipt of bounded size."""
        return await self.store.read(plan_order, await self._order(operation, asked), at=self.now())

    async def submit_uncut(self, operation: Operation, asked: Asked = NOBODY) -> Recorded:
        """As `submit`; what was recorded, in place of a receipt of bounded size."""
        return await self._submit(await self._order(operation, asked))

    async def perform_uncut(self, operation: Operation, asked: Asked = NOBODY) -> Recorded:
        """As `perform`; what was recorded, in place of a receipt of bounded size."""
        return await self._perform(await self._order(operation, asked))

    async def wait(self, operation_id: str, *, seconds: float, report: Report | None = None) -> Receipt:
        """The operation's receipt once it is finished or blocked, or after `seconds`."""
        operation = await self.store.read(find_operation, operation_id)
        ended = await wait_for(self.store, (operation.seq,), seconds=seconds, report=report)
        receipt = await self._stored_receipt(operation.seq)
        return receipt.model_copy(update={"wait_ended": ended})

    async def receipt(self, operation_id: str) -> Receipt:
        """The operation's receipt as it stands. Raises `ContentError` (unknown-operation)."""
        operation = await self.store.read(find_operation, operation_id)
        return await self._stored_receipt(operation.seq)

    async def status(
        self, query: StatusQuery = LATEST, *, wait_seconds: float = 0, report: Report | None = None
    ) -> JobStatusSummary:
        """How far the jobs asked for are, now or once they are finished or `wait_seconds` have passed."""
        watched = await self.store.read(operations_asked, query)
        ended = await wait_for(self.store, watched, seconds=wait_seconds, report=report)
        summary = await self.store.read(read_status, query, at=self.now(), drafts=self.drafts, watched=watched)
        return summary.model_copy(update={"wait_ended": ended})

    async def cancel(self, operation_id: str | None = None, job_ids: tuple[str, ...] = ()) -> Cancelled:
        """Cancel an operation, some jobs, or (neither named) everything unfinished. Finished copy stays."""
        return await self.store.write(cancel, operation_id, job_ids, at=self.now())

    async def retry(self, operation_id: str, asked: Asked = NOBODY, *, dry_run: bool = False) -> Receipt:
        """Do again what is still failed of an operation, as a new operation."""
        repeated = await self.store.read(find_repeated_retry, operation_id, asked.request_id)
        if repeated is not None:
            return await self._stored_receipt(repeated.seq)
        snapshot = asked.snapshot or await self.snapshot()
        retry = await self.store.read(read_retry, operation_id, snapshot.site)
        again = replace(asked, retry_of=operation_id)
        return await (self.plan(retry, again) if dry_run else self.submit(retry, again))

    async def review(self, scope: Scope) -> Review:
        """Note what stands in these sections, so that exactly this can be promoted within 24 hours."""
        return await self.store.write(open_review, await self.site(), scope, at=self.now())

    async def orphans(self) -> list[Holding]:
        """Copy of sections that the site does not have any more: kept, neither promoted nor exported."""
        return await self.store.read(read_orphans, await self.site())

    @property
    def drafts(self) -> frozenset[str]:
        """The writers whose copy is a placeholder."""
        return self.writers.drafts

    def wake(self) -> None:
        """Somebody is really there: let the worker begin."""
        self._woken.set()

    def now(self) -> Moment:
        return Moment.read(self.store.clock)

    async def work(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Drain the queue until cancelled. Has started once everybody can see that a worker is there."""
        await self._worker().run(task_status=task_status)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Drain the queue for as long as the block lasts."""
        async with _tasks_of_its_own() as tasks:
            await tasks.start(self.work)
            yield
            tasks.cancel_scope.cancel()

    async def work_once_woken(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Drain the queue from the first request on, or from a few seconds after the start."""
        await self._worker().run(after=self._wait_woken, task_status=task_status)

    async def _wait_woken(self) -> None:
        with anyio.move_on_after(_WORKER_DELAY):
            await self._woken.wait()

    def _worker(self) -> Worker:
        self._at_work = Worker(self.store, self.attempts, self.writers, self.settings)
        return self._at_work

    async def _order(self, operation: Operation, asked: Asked, *, estimated: bool = False) -> Order:
        order = Order(
            operation,
            asked.snapshot or await self.snapshot(),
            await self._writer_for(operation, asked),
            started_by=asked.started_by,
            request_id=asked.request_id,
            retry_of=asked.retry_of,
            budget=self.settings.max_tokens,
            policy=Policy(self.settings.promotion, asked.via),
            resolve=asked.resolve,
        )
        if not isinstance(operation, Generate | Regenerate) or not (estimated or order.budget):
            return order
        return replace(order, estimates=estimates_by_template(self.writers.resolve(order.writer), order))

    async def _writer_for(self, operation: Operation, asked: Asked) -> str:
        """The writer that is named, or set; it has to be there only for what a writer does."""
        if not isinstance(operation, Generate | Regenerate):
            return self.settings.writer
        if operation.writer is not None:
            self._refuse_outside(operation.writer, asked)
        return await self._writer(operation.writer or self.settings.writer)

    def _refuse_outside(self, named: str, asked: Asked) -> None:
        """A call may not lead out of the project; the settings may, and whoever asked for what is now retried."""
        if asked.via == "mcp" and asked.retry_of is None and named != self.settings.writer:
            self.writers.refuse_outside(named)

    async def _writer(self, name: str) -> str:
        """The name of a writer that there is. A worker of this process that gets to know it here says so at once."""
        found = self.writers.resolve(name).name
        if self._at_work is not None:
            await self._at_work.announce_writers()
        return found

    async def _submit(self, order: Order) -> Recorded:
        return await self.store.write(record, order, at=self.now())

    async def _perform(self, order: Order) -> Recorded:
        match order.operation:
            case Generate() | Regenerate():
                return await write_inline(self.store, self.attempts, order)
            case Promote() | Rollback() | Edit():
                return await apply_inline(self.store, order)

    async def _receipt_of(self, order: Order, recorded: Recorded) -> Receipt:
        if recorded.operation is not None:
            return await self._stored_receipt(recorded.operation.seq)
        assert recorded.plan is not None, "an order without an operation has at least a plan"
        return unstored_receipt(
            order.operation.kind,
            recorded.plan,
            dry_run=False,
            writer=_writer_of(order),
            cancelled=recorded.cancelled,
            next_step=_look_at(recorded),
        )

    async def _stored_receipt(self, seq: int) -> Receipt:
        return await self.store.read(read_receipt, seq, at=self.now(), drafts=self.drafts)

    def _is_draft(self, order: Order) -> bool:
        return _writer_of(order) in self.drafts


def _writer_of(order: Order) -> str | None:
    return order.writer if isinstance(order.operation, Generate | Regenerate) else None


def _look_at(recorded: Recorded) -> NextStep | None:
    """Where to look when somebody else already does what was asked for."""
    skips = recorded.plan.skipped if recorded.plan else ()
    holder = next((skip.operation_id for skip in skips if skip.operation_id), None)
    arguments = {"operationId": holder, "waitSeconds": 10}
    return None if holder is None else NextStep(tool="check-generation-status", arguments=arguments)


@asynccontextmanager
async def open_desk(
    project: str | Path | Project | None = None,
    *,
    settings: Mapping[str, object] | None = None,
    writers: Mapping[str, Writer] | None = None,
    worker: bool | None = None,
) -> AsyncIterator[Desk]:
    """Open a project's desk.

    `project` is the folder of `site.yaml` (else it is looked for as the command line does), `settings` override the
    project's, `writers` adds your own by name, `worker` says whether to drain the queue here (else the setting does).
    Raises `ContentError` (no-project, invalid-settings) or a `StoreError`. The site may be invalid: then operations
    say so.
    """
    found = project if isinstance(project, Project) else find_project(project)
    loaded = load_settings(found.settings_file, overrides=settings)
    drains = loaded.settings.worker if worker is None else worker
    async with open_store(found.database(loaded.settings), allow_unsafe_wal=loaded.settings.allow_unsafe_wal) as store:
        desk = Desk(found, loaded, store, Writers(writers, root=found.root))
        async with _closing(desk.writers), desk.working() if drains else nullcontext():
            yield desk


@asynccontextmanager
async def _closing(writers: Writers) -> AsyncIterator[None]:
    """Writers hold processes and connections: these end with the desk, whatever ends it."""
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            await writers.aclose()


@asynccontextmanager
async def _tasks_of_its_own() -> AsyncIterator[TaskGroup]:
    """A task group whose user sees an error of its own body as it was raised, not wrapped into a group."""
    try:
        async with anyio.create_task_group() as tasks:
            yield tasks
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        raise group.exceptions[0] from group.exceptions[0].__cause__
