"""What becomes of jobs whose provider refuses: no attempt is spent, nothing storms, and it has its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from copydesk.content.briefs import Brief
from copydesk.content.operations.values import Generate, Scope
from copydesk.content.settings import Settings
from copydesk.content.work.outcomes import MOST_REFUSALS, Attempted, storing
from copydesk.content.writers.base import Answer, Correction, Transient
from copydesk.store import paces, queue, stopping
from copydesk.store.models import Claim, Job
from copydesk.store.states import JobState
from copydesk.store.store import Store
from tests.store.conftest import FakeClock
from tests.store.desk_of_rows import Rows
from tests.workshop import AT_ONCE, SECONDS, numbered, obey, open_workshop, write_site

REFUSAL = Transient("rate-limited", "Too many requests.", retry_after=1.0)
ONE_ATTEMPT = Settings(max_attempts=1)


@pytest.fixture
def rows(store: Store) -> Rows:
    return Rows(store)


async def drive(rows: Rows, clock: FakeClock, seq: int, accepts: Callable[[Claim], bool]) -> list[Job]:
    """Be the worker until nothing is left to do, at the pace that the store gives."""
    writers, boot = ["outline"], clock.boot_id
    while (due := await rows.store.read(queue.next_run, writers=writers, boot=boot)) is not None:
        clock.advance(max(0, due - clock.boot_time))
        for claim in await rows.claim(limit=4):
            if accepts(claim):
                await rows.store.write(paces.accept, claim.writer)
                await rows.complete(claim)
            else:
                await rows.store.write(storing(claim, Attempted(REFUSAL), ONE_ATTEMPT, AT_ONCE, at=rows.now()))
    return await rows.jobs(seq)


async def test_a_provider_that_refuses_three_of_four_fails_no_job(rows: Rows, clock: FakeClock) -> None:
    answers = 0

    def every_fourth(claim: Claim) -> bool:
        nonlocal answers
        answers += 1
        return answers % 4 == 0

    seq = await rows.enqueue(*(f"s{number}" for number in range(40)))
    jobs = await drive(rows, clock, seq, every_fourth)
    assert {(job.state, job.failures) for job in jobs} == {(JobState.COMPLETED, 0)}


async def test_a_provider_that_accepts_nothing_ends_the_operation_after_half_an_hour(
    rows: Rows, clock: FakeClock
) -> None:
    began = clock.boot_time
    seq = await rows.enqueue(*(f"s{number}" for number in range(20)))
    jobs = await drive(rows, clock, seq, lambda claim: False)
    assert {(job.state, job.error_code) for job in jobs} == {(JobState.FAILED, "rate-limited")}
    assert 30 * 60_000 <= clock.boot_time - began < 35 * 60_000
    assert "has accepted nothing for 3" in str(jobs[-1].error)


async def test_a_job_that_is_refused_while_others_are_accepted_is_given_up(rows: Rows, clock: FakeClock) -> None:
    seq = await rows.enqueue("hero")
    for _ in range(MOST_REFUSALS):
        clock.advance(120_000)
        [claim] = await rows.claim()
        await rows.store.write(storing(claim, Attempted(REFUSAL), ONE_ATTEMPT, AT_ONCE, at=rows.now()))
        await rows.store.write(paces.accept, "outline")
    [job] = await rows.jobs(seq)
    assert job.state is JobState.FAILED
    assert f"refused this section {MOST_REFUSALS} times and accepted others" in str(job.error)


async def test_a_lost_claim_stops_nothing_though_the_provider_refused_for_long(rows: Rows, clock: FakeClock) -> None:
    seq = await rows.enqueue("hero", "faq")
    [claim] = await rows.claim(limit=1)
    await rows.store.write(paces.refuse, "outline", begun_at=claim.begun_at, wait=1_000, reason="429", at=rows.now())
    await rows.store.write(stopping.cancel_job, claim.operation, claim.position, at=rows.now())
    clock.advance(3_000_000)
    await rows.store.write(storing(claim, Attempted(REFUSAL), ONE_ATTEMPT, AT_ONCE, at=rows.now()))
    assert await rows.states(seq) == [JobState.CANCELLED, JobState.PENDING]


async def test_a_full_writer_keeps_no_place_from_the_others(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(6))

    async def never_answer(brief: Brief, correction: Correction | None) -> Answer:
        await anyio.sleep_forever()
        raise AssertionError

    limits = {"scripted": {"concurrency": 2}}
    async with open_workshop(tmp_path, never_answer, writers=limits, concurrency=3) as workshop, workshop.working():
        first = Scope(sections=tuple(f"home/section-{number:04}" for number in range(4)))
        rest = Scope(sections=("home/section-0004", "home/section-0005"))
        await workshop.desk.submit(Generate(scope=first))
        receipt = await workshop.desk.submit(Generate(scope=rest, writer="outline"))
        with anyio.fail_after(SECONDS):
            assert (await workshop.finish(receipt)).counts.completed == 2
        assert len(workshop.writer.asked) <= 2


async def test_a_writer_of_one_place_writes_one_section_after_the_other(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(8))
    at_once, most = 0, 0

    async def count(brief: Brief, correction: Correction | None) -> Answer:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await anyio.lowlevel.checkpoint()
        at_once -= 1
        return await obey(brief)

    async with open_workshop(tmp_path, count, writers={"scripted": {"concurrency": 1}}) as workshop:
        receipt = await workshop.run()
    assert (receipt.counts.completed, most) == (8, 1)
