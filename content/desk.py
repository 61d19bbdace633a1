"""The desk: everything a program or a server does with one project's copy.

`async with open_desk(project) as desk:` owns the store's connections, its writer task and a worker.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread

from copydesk.content.assistant.assistant import Assistant
from copydesk.content.assistant.takers import Taker
from copydesk.content.definition.site_file import SiteFile
from copydesk.content.errors import ContentError
from copydesk.content.operations.budgets import with_budget
from copydesk.content.operations.cancelling import Cancelled, cancel
from copydesk.content.operations.orphans import read_orphans
from copydesk.content.operations.recording import Order, Recorded, plan_order, record
from copydesk.content.operations.retrying import find_repeated_retry, read_retry
from copydesk.content.operations.reviewing import open_review
from copydesk.content.operations.standing import find_operation
from copydesk.content.operations.values import Edit, Generate, Promote, Regenerate, Rollback, Scope
from copydesk.content.ordering import NOBODY, Asked, Orders
from copydesk.content.project import Project, find_project
from copydesk.content.reports import advice
from copydesk.content.reports.estimating import budget_warnings, estimate_plan, key_warnings
from copydesk.content.reports.receipts import JobStatusSummary, NextStep, Receipt
from copydesk.content.reports.reporting import read_receipt, unstored_receipt
from copydesk.content.reports.status import StatusQuery, operations_asked, read_status
from copydesk.content.reports.watching import Report, wait_for
from copydesk.content.settings import LoadedSettings, Settings, load_settings
from copydesk.content.work.attempts import Attempts
from copydesk.content.work.briefing import Briefings
from copydesk.content.work.contexts import OperationContexts, Snapshots
from copydesk.content.work.inline import apply_inline, write_inline
from copydesk.content.work.pace import Pace
from copydesk.content.work.worker import Worker
from copydesk.content.writers.base import AGENT
from copydesk.content.writers.registry import Writers
from copydesk.store.moments import Moment
from copydesk.store.store import open_store

if TYPE_CHECKING:
    from anyio.abc import TaskGroup, TaskStatus

    from copydesk.content.assistant.items import Item
    from copydesk.content.assistant.views import HandedBriefs, SubmissionAnswer
    from copydesk.content.definition.models import Site, Snapshot
    from copydesk.content.operations.plans import Plan
    from copydesk.content.operations.values import Operation
    from copydesk.content.writers.base import Writer
    from copydesk.store.models import Holding
    from copydesk.store.reviews import Review
    from copydesk.store.store import Store

__all__ = ["Asked", "Desk", "open_desk"]

_WORKER_DELAY: Final = 5.0
"""Seconds after which a worker begins without having been asked: hosts start disposable servers to probe."""


ANYBODY: Final = Taker()
_NOT_INLINE: Final = (
    "The writer agent is an assistant that takes its briefs when it comes, so nothing can be written here and now. "
    "Submit the operation to the queue, or name another writer. Nothing was changed."
)
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
        contexts = OperationContexts(store, self.snapshots)
        self.attempts = Attempts(store, writers, contexts, loaded.settings)
        self.briefings = Briefings(store, contexts)
        self._assistant = Assistant(store, self.briefings, contexts, self.status)
        self._site_file = SiteFile(project.site_file)
        self._orders = Orders(loaded, store, writers)
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
        order = await self._order(operation, asked)
        plan = await self.store.read(plan_order, order, at=self.now())
        estimate = await estimate_plan(self.store, self.writers, order, plan, self.settings)
        receipt = unstored_receipt(
            operation.kind,
            plan,
            dry_run=True,
            writer=_writer_of(order),
            estimate=estimate,
            is_draft=self._is_draft(order),
            next_step=_in_earnest(operation, asked, plan),
        )
        lacking = key_warnings(self.writers, order, plan)
        warnings = (*lacking, *budget_warnings(estimate, order.budget, len(plan.jobs)))
        return receipt.model_copy(update={"warnings": (*receipt.warnings, *warnings), "max_tokens": order.budget})

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
        summary = await self.store.read(
            read_status,
            query,
            at=self.now(),
            drafts=self.drafts,
            watched=watched,
            missing_key=self.writers.missing_key,
        )
        return summary.model_copy(update={"wait_ended": ended})

    async def take_briefs(
        self, count: int | None = None, operation_id: str | None = None, *, taker: Taker = ANYBODY
    ) -> HandedBriefs:
        """Briefs of jobs whose writer is the assistant (`agent`), leased for ten minutes: as many as fit an answer.

        Those that `taker` took before and did not submit come first. Raises `ContentError` (unknown-operation).
        """
        return await self._assistant.take(taker, count=count, operation_id=operation_id)

    async def submit_content(
        self, items: Sequence[Item], take_next: int = 0, *, taker: Taker = ANYBODY
    ) -> SubmissionAnswer:
        """Copy for briefs: each item is checked for itself, and stored or answered with all that is wrong with it.

        Raises `ContentError` (too-many-items).
        """
        return await self._assistant.submit(taker, items, take_next=take_next)

    async def cancel(self, operation_id: str | None = None, job_ids: tuple[str, ...] = ()) -> Cancelled:
        """Cancel an operation, some jobs, or (neither named) everything unfinished. Finished copy stays."""
        return await self.store.write(cancel, operation_id, job_ids, at=self.now())

    async def retry(
        self, operation_id: str, asked: Asked = NOBODY, *, dry_run: bool = False, max_tokens: int | None = None
    ) -> Receipt:
        """Do again what is still failed of an operation, as a new operation.

        It has as many tokens as were asked for the first time, or `max_tokens`, and never more than the settings allow.
        """
        repeated = await self.store.read(find_repeated_retry, operation_id, asked.request_id)
        if repeated is not None:
            return await self._stored_receipt(repeated.seq)
        snapshot = asked.snapshot or await self.snapshot()
        retry = await self.store.read(read_retry, operation_id, snapshot.site)
        retry = with_budget(retry, max_tokens, ceiling=self.settings.max_tokens)
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

    async def _order(self, operation: Operation, asked: Asked) -> Order:
        order = await self._orders.make(operation, asked, asked.snapshot or await self.snapshot())
        if self._at_work is not None:  # it may have got to know a writer here, and says so at once
            await self._at_work.announce_writers()
        return order

    async def _submit(self, order: Order) -> Recorded:
        return await self.store.write(record, order, at=self.now())

    async def _perform(self, order: Order) -> Recorded:
        match order.operation:
            case Generate() | Regenerate():
                if order.writer == AGENT:
                    raise ContentError("not-inline", _NOT_INLINE)
                pace = Pace(self.store, self.writers, self.settings)
                return await write_inline(self.store, self.attempts, order, pace)
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
            next_step=_look_at(recorded.plan),
        )

    async def _stored_receipt(self, seq: int) -> Receipt:
        return await self.store.read(
            read_receipt, seq, at=self.now(), drafts=self.drafts, missing_key=self.writers.missing_key
        )

    def _is_draft(self, order: Order) -> bool:
        return _writer_of(order) in self.drafts


def _writer_of(order: Order) -> str | None:
    return order.writer if isinstance(order.operation, Generate | Regenerate) else None


def _in_earnest(operation: Operation, asked: Asked, plan: Plan) -> NextStep | None:
    """After a dry run, the same again without; nobody is led to publish placeholder drafts."""
    if not plan.jobs:
        return _look_at(plan)
    return None if plan.placeholders else advice.without_dry_run(operation, asked.retry_of)


def _look_at(plan: Plan) -> NextStep | None:
    """Where to look when somebody else already does what was asked for."""
    skips = plan.skipped
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
        desk = Desk(found, loaded, store, Writers(writers, root=found.root, settings=loaded.settings))
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
