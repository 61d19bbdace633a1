"""Briefs that an assistant takes: leased on the clock since boot, owned by no process, never spent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from copydesk.store import briefs, entities, operations, queue, stopping
from copydesk.store.briefs import WaitingBrief
from copydesk.store.database import Database
from copydesk.store.entities import Place
from copydesk.store.migrate import load_migrations
from copydesk.store.models import Job, NewJob, NewOperation, NewRevision
from copydesk.store.moments import Moment
from copydesk.store.queue import Finish
from copydesk.store.states import Environment, JobState, OperationKind, Origin
from copydesk.store.store import Store, open_store

LEASE = 600_000
ANN, BEN = "ann at here", "ben at there"


def start(db: Database, at: Moment, *, sections: int = 3, name: str = "op_first", writer: str = "agent") -> int:
    operations.keep_snapshot(db, "hash", "{}", at=at)
    waiting_for = "agent" if writer == "agent" else None
    jobs = [
        NewJob(Environment.PREVIEW, name, f"s{number}", template="t", writer=writer, waiting_for=waiting_for)
        for number in range(sections)
    ]
    new = NewOperation(name, OperationKind.GENERATE, Environment.PREVIEW, "{}", "hash", len(jobs), writer=writer)
    return queue.enqueue(db, new, jobs, at=at)


class Table:
    """A store with what assistants do at it, at the time of its clock."""

    def __init__(self, store: Store, clock: Any) -> None:
        self.store = store
        self.clock = clock

    @property
    def at(self) -> Moment:
        return Moment.read(self.clock)

    async def start(self, **chosen: Any) -> int:
        return await self.store.write(start, self.at, **chosen)

    async def look(self, taker: str, **chosen: Any) -> list[WaitingBrief]:
        return await self.store.read(briefs.waiting, taker=taker, at=self.at, **({"limit": 10} | chosen))

    async def take(self, taker: str, limit: int = 10, **chosen: Any) -> list[str]:
        """The sections that somebody gets."""
        found = await self.look(taker, limit=limit, **chosen)
        taken = await self.store.write(briefs.lease, found, taker=taker, duration=LEASE, at=self.at)
        return [one.section for one in taken]

    async def job(self, position: int, name: str = "op_first") -> Job:
        found = await self.store.read(operations.job, f"job_{name.removeprefix('op_')}_{position}")
        assert found is not None
        return found

    async def submit(self, taker: str, position: int, text: str = "Words") -> Finish:
        revision = NewRevision("t", {"text": text}, Origin.ASSISTANT, "hash", writer="agent", model="ann", brief="b")
        return await self.store.write(briefs.complete, await self.job(position), revision, taker=taker, at=self.at)

    async def edit(self, section: str) -> None:
        await self.store.write(edit, section, self.at)


def edit(db: Database, section: str, at: Moment) -> None:
    new = NewOperation("op_edit", OperationKind.EDIT, Environment.PREVIEW, "{}", "hash", 1)
    seq = queue.add_operation(db, new, at=at)
    place = Place("op_first", section, Environment.PREVIEW)
    stopping.void_queued(db, place, at=at)
    queue.add_done(db, seq, place, NewRevision("t", {"text": "Mine"}, Origin.HAND, "hash"), base=None, at=at)


@pytest.fixture
def table(store: Store, clock: Any) -> Table:
    return Table(store, clock)


async def test_taken_briefs_are_processing_without_an_owner_and_cost_nothing(table: Table) -> None:
    seq = await table.start()
    assert await table.take(ANN, 2) == ["s0", "s1"]
    job = await table.job(1)
    assert (job.state, job.taken_by, job.attempt, job.failures) == (JobState.PROCESSING, ANN, 0, 0)
    (holder,) = await table.store.read(queue.claims_by_owner)
    assert holder.owner is None
    operation = await table.store.read(operations.by_seq, seq)
    assert operation is not None
    assert (operation.pending, operation.processing, operation.reserved_tokens) == (1, 2, 0)


async def test_no_worker_claims_a_brief(table: Table) -> None:
    await table.start()
    chosen: dict[str, Any] = {"owner": "worker", "writers": ["agent"], "limit": 10, "lease": 1000, "at": table.at}
    assert await table.store.write(queue.claim, **chosen) == []


async def test_what_a_taker_has_comes_first_then_what_nobody_has(table: Table) -> None:
    await table.start()
    await table.take(ANN, 1)
    assert await table.take(ANN) == ["s0", "s1", "s2"]
    assert await table.take(ANN, fresh_first=True) == ["s0", "s1", "s2"]


async def test_fresh_briefs_come_first_for_those_who_want_more(table: Table) -> None:
    await table.start()
    await table.take(ANN, 1)
    assert await table.take(ANN, 2, fresh_first=True) == ["s1", "s2"]


async def test_another_takers_briefs_come_only_when_nothing_else_is_left(table: Table) -> None:
    await table.start()
    await table.take(ANN, 2)
    assert [one.standing for one in await table.look(BEN)] == ["free"]
    assert await table.take(BEN) == ["s2"]
    await table.submit(BEN, 3)
    assert [(one.section, one.standing, one.taken_by) for one in await table.look(BEN)] == [
        ("s0", "held", ANN),
        ("s1", "held", ANN),
    ]
    assert await table.take(BEN) == ["s0", "s1"]


async def test_two_who_look_at_once_do_not_get_the_same(table: Table) -> None:
    await table.start(sections=1)
    seen_by_ann, seen_by_ben = await table.look(ANN), await table.look(BEN)
    ann = await table.store.write(briefs.lease, seen_by_ann, taker=ANN, duration=LEASE, at=table.at)
    ben = await table.store.write(briefs.lease, seen_by_ben, taker=BEN, duration=LEASE, at=table.at)
    assert (len(ann), ben) == (1, [])


async def test_a_lease_ends_with_its_time_on_the_clock_since_boot(table: Table) -> None:
    await table.start(sections=1)
    await table.take(ANN)
    table.clock.wall_time += 10 * LEASE
    assert [one.standing for one in await table.look(BEN)] == ["held"]
    table.clock.boot_time += LEASE
    assert [one.standing for one in await table.look(BEN)] == ["free"]
    assert await table.take(BEN) == ["s0"]


async def test_a_reboot_ends_leases(table: Table) -> None:
    await table.start(sections=1)
    await table.take(ANN)
    table.clock.boot_id, table.clock.boot_time = "boot-2", 5
    assert [one.standing for one in await table.look(BEN)] == ["free"]


async def test_briefs_that_lapse_again_and_again_never_fail(table: Table) -> None:
    await table.start(sections=1)
    for _ in range(2 * queue.RESCUE_LIMIT):
        await table.take(ANN)
        table.clock.advance(LEASE)
        assert await table.store.write(queue.rescue, dead=[], at=table.at) == 1
    job = await table.job(1)
    assert (job.state, job.rescues, job.error_code, job.taken_by) == (JobState.PENDING, 0, None, ANN)


async def test_the_first_submission_wins_and_the_second_changes_nothing(table: Table) -> None:
    await table.start(sections=1)
    await table.take(ANN)
    assert await table.submit(ANN, 1, "First") is Finish.DONE
    assert await table.submit(BEN, 1, "Second") is Finish.LOST
    copy = await table.store.read(entities.current_copy, Place("op_first", "s0", Environment.PREVIEW))
    assert copy is not None
    assert (copy.fields, copy.origin, copy.writer, copy.model) == ({"text": "First"}, "assistant", "agent", "ann")
    job = await table.job(1)
    assert (job.state, job.revision, job.taken_by) == (JobState.COMPLETED, copy.id, ANN)


@pytest.mark.parametrize("rescued", [False, True])
async def test_copy_that_comes_after_its_lease_is_taken(table: Table, rescued: bool) -> None:
    await table.start(sections=1)
    await table.take(ANN)
    table.clock.advance(2 * LEASE)
    if rescued:
        await table.store.write(queue.rescue, dead=[], at=table.at)
    assert await table.submit(ANN, 1) is Finish.DONE


async def test_copy_for_a_section_that_was_edited_meanwhile_is_kept_in_the_job(table: Table) -> None:
    await table.start(sections=1)
    await table.take(ANN)
    await table.edit("s0")
    assert await table.submit(ANN, 1, "Too late") is Finish.OVERTAKEN
    job = await table.job(1)
    assert (job.state, job.error_code, job.result) == (JobState.FAILED, "edited", '{"text": "Too late"}')
    copy = await table.store.read(entities.current_copy, Place("op_first", "s0", Environment.PREVIEW))
    assert copy is not None
    assert copy.fields == {"text": "Mine"}


async def test_an_edit_voids_a_brief_that_nobody_has_taken(table: Table) -> None:
    await table.start(sections=1)
    await table.edit("s0")
    assert (await table.job(1)).error_code == "edited"
    assert await table.look(ANN) == []


async def test_a_lapsed_brief_of_an_edited_section_is_not_handed_out_again(table: Table) -> None:
    await table.start(sections=2)
    await table.take(ANN, 1)
    await table.edit("s0")
    table.clock.advance(LEASE)
    assert await table.take(BEN) == ["s1"]
    job = await table.job(1)
    assert (job.state, job.error_code) == (JobState.CANCELLED, "edited")


async def test_a_rejection_is_counted_spends_nothing_and_extends_the_lease(table: Table) -> None:
    await table.start(sections=1)
    await table.take(ANN)
    table.clock.advance(LEASE - 1)
    await table.store.write(briefs.reject, await table.job(1), taker=ANN, duration=LEASE, at=table.at)
    table.clock.advance(LEASE - 1)
    assert [one.standing for one in await table.look(BEN)] == ["held"]
    job = await table.job(1)
    assert (job.rejections, job.failures, job.state) == (1, 0, JobState.PROCESSING)


async def test_cancelled_and_finished_briefs_are_not_waiting(table: Table) -> None:
    seq = await table.start()
    await table.take(ANN, 1)
    await table.submit(ANN, 1)
    assert await table.store.read(briefs.left) == 2
    await table.store.write(stopping.cancel_operation, seq, at=table.at)
    assert await table.store.read(briefs.left, [seq]) == 0
    assert await table.look(ANN) == []


async def test_briefs_of_one_operation_can_be_asked_for_and_jobs_left_out(table: Table) -> None:
    await table.start()
    other = await table.start(sections=2, name="op_other")
    await table.start(sections=2, name="op_model", writer="outline")
    assert await table.take(ANN, operations=(other,)) == ["s0", "s1"]
    assert await table.store.read(briefs.left) == 5
    assert [one.id for one in await table.look(BEN, without=[("op_first", 1), ("op_first", 2)])] == ["job_first_3"]


async def test_a_desk_of_the_first_schema_is_brought_up_to_date_with_its_jobs(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "old.db"
    first, *_ = load_migrations()
    async with open_store(path, clock=clock, migrations=(first,)) as old:
        await old.write(_start_by_hand, Moment.read(clock))
    async with open_store(path, clock=clock) as opened:
        table = Table(opened, clock)
        assert await table.take(ANN) == ["s0"]
        assert await table.submit(ANN, 1) is Finish.DONE
        job = await table.job(2)
        assert (job.state, job.rejections, job.taken_by) == (JobState.PENDING, 0, None)


def _start_by_hand(db: Database, at: Moment) -> None:
    """As the first schema was written, without a column that came later."""
    db.change("INSERT INTO snapshots VALUES ('hash', '{}', 1)")
    db.change(
        "INSERT INTO operations (id, kind, environment, request, snapshot, writer, total_sections, created_at) "
        "VALUES ('op_first', 'generate', 'preview', '{}', 'hash', 'agent', 2, 1)"
    )
    for position, waiting in ((1, "agent"), (2, None)):
        db.change(
            "INSERT INTO jobs (operation, position, environment, page, section, template, writer, waiting_for, boot) "
            "VALUES (1, :position, 'preview', 'op_first', :section, 't', 'agent', :waiting, :boot)",
            {"position": position, "section": f"s{position - 1}", "waiting": waiting, "boot": at.boot},
        )
