"""A queue without a site: what the tests of the store enqueue, claim and finish, in few words."""

from __future__ import annotations

import json
from collections.abc import Sequence

from copydesk.store import entities, operations, queue, stopping
from copydesk.store.database import Database
from copydesk.store.entities import Place
from copydesk.store.ids import new_id
from copydesk.store.models import Claim, Job, NewJob, NewOperation, NewRevision, Operation, Spent
from copydesk.store.moments import Moment
from copydesk.store.states import Environment, JobState, OperationKind, Origin
from copydesk.store.store import Store

LEASE = 30_000
SNAPSHOT = "snapshot-1"


def copy_of(text: str, spent: Spent | None = None) -> NewRevision:
    return NewRevision("site:prose", {"text": text}, Origin.WRITER, SNAPSHOT, writer="outline", spent=spent or Spent())


def hero(environment: Environment = Environment.PREVIEW) -> Place:
    return Place("home", "hero", environment)


class Rows:
    """One store, by the names `section` on the page `home`."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def now(self) -> Moment:
        return Moment.read(self.store.clock)

    async def enqueue(
        self,
        *sections: str,
        writer: str = "outline",
        base: int | None = None,
        budget: int | None = None,
        estimates: Sequence[int] = (),
    ) -> int:
        """A generate operation with a job for each section."""
        costs = estimates or [0] * len(sections)
        jobs = [
            NewJob(Environment.PREVIEW, "home", section, template="site:prose", writer=writer, base=base, estimate=cost)
            for section, cost in zip(sections, costs, strict=True)
        ]
        return await self.store.write(_enqueue, self.new(len(jobs), writer=writer, budget=budget), jobs, at=self.now())

    async def enqueue_release(self, **revisions: int) -> int:
        """A promote operation that moves these revisions, by section."""
        jobs = [
            NewJob(Environment.PRODUCTION, "home", section, revision=revision)
            for section, revision in revisions.items()
        ]
        new = self.new(len(jobs), kind=OperationKind.PROMOTE, environment=Environment.PRODUCTION)
        return await self.store.write(_enqueue, new, jobs, at=self.now())

    async def enqueue_undo(self, *changes: int, section: str = "hero", force: bool = False) -> int:
        """A rollback operation that takes back these changes of one section of production."""
        jobs = [NewJob(Environment.PRODUCTION, "home", section, undoes=changes)]
        request = json.dumps({"force": force})
        new = self.new(1, kind=OperationKind.ROLLBACK, environment=Environment.PRODUCTION, request=request)
        return await self.store.write(_enqueue, new, jobs, at=self.now())

    def new(
        self,
        sections: int,
        *,
        kind: OperationKind = OperationKind.GENERATE,
        environment: Environment = Environment.PREVIEW,
        writer: str | None = None,
        budget: int | None = None,
        request: str = "{}",
    ) -> NewOperation:
        return NewOperation(
            id=new_id("op"),
            kind=kind,
            environment=environment,
            request=request,
            snapshot=SNAPSHOT,
            total_sections=sections,
            writer=writer,
            budget=budget,
        )

    async def claim(
        self,
        owner: str = "anna",
        *,
        limit: int = 100,
        writers: Sequence[str] = ("outline",),
        operation: int | None = None,
    ) -> list[Claim]:
        return await self.store.write(
            queue.claim,
            owner=owner,
            writers=writers,
            limit=limit,
            lease=LEASE,
            at=self.now(),
            operation=operation,
        )

    async def complete(self, claim: Claim, text: str = "copy", spent: Spent | None = None) -> queue.Finish:
        return await self.store.write(queue.complete, claim, copy_of(text, spent), at=self.now())

    async def fail(self, claim: Claim) -> queue.Finish:
        return await self.store.write(queue.fail, claim, code="refused", message="No.", at=self.now())

    async def retry(self, claim: Claim, delay: int) -> queue.Finish:
        return await self.store.write(
            queue.retry, claim, code="timeout", message="Too slow.", delay=delay, at=self.now()
        )

    async def rescue(self, *dead: str) -> int:
        return await self.store.write(queue.rescue, dead=dead, at=self.now())

    async def cancel(self, operation: int) -> int:
        return await self.store.write(stopping.cancel_operation, operation, at=self.now())

    async def write_copy(self, section: str = "hero", text: str = "copy") -> int:
        """Preview copy of a section, by way of the queue; its revision."""
        place = Place("home", section, Environment.PREVIEW)
        operation = await self.enqueue(section, base=await self.store.read(entities.current, place))
        claims = await self.claim(operation=operation)
        assert await self.complete(claims[0], text) is queue.Finish.DONE
        revision = await self.store.read(entities.current, place)
        assert revision is not None
        return revision

    async def operation(self, seq: int) -> Operation:
        found = await self.store.read(operations.by_seq, seq)
        assert found is not None
        return found

    async def jobs(self, seq: int) -> list[Job]:
        return await self.store.read(operations.jobs_of, seq, limit=-1)

    async def states(self, seq: int) -> list[JobState]:
        return [job.state for job in await self.jobs(seq)]

    async def count(self, table: str) -> int:
        return int(await self.store.read(_count, table))

    async def current(self, environment: Environment = Environment.PREVIEW, section: str = "hero") -> int | None:
        return await self.store.read(entities.current, Place("home", section, environment))


def _enqueue(db: Database, operation: NewOperation, jobs: Sequence[NewJob], *, at: Moment) -> int:
    operations.keep_snapshot(db, SNAPSHOT, "{}", at=at)
    return queue.enqueue(db, operation, jobs, at=at)


def _count(db: Database, table: str) -> int:
    return int(db.value(f"SELECT count(*) FROM {table}"))  # noqa: S608 - the tests name their own tables
