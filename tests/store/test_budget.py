from __future__ import annotations

import pytest

from copydesk.store import queue
from copydesk.store.database import Topic
from copydesk.store.models import Spent
from copydesk.store.states import JobState
from copydesk.store.store import Store
from tests.store.desk_of_rows import Rows


@pytest.fixture
def rows(store: Store) -> Rows:
    return Rows(store)


def cost(tokens: int) -> Spent:
    return Spent("gpt", tokens, 0, None)


async def test_one_claim_reserves_the_estimates_of_the_whole_batch(rows: Rows) -> None:
    operation = await rows.enqueue("a", "b", "c", budget=25, estimates=[10, 10, 10])
    assert [claim.section for claim in await rows.claim()] == ["a", "b"]
    assert await rows.claim() == [], "what is reserved is not given twice"
    assert (await rows.operation(operation)).reserved_tokens == 20


async def test_what_was_spent_frees_its_reservation_and_counts_itself(rows: Rows) -> None:
    operation = await rows.enqueue("a", "b", "c", budget=25, estimates=[10, 10, 10])
    first, second = await rows.claim()
    await rows.complete(first, spent=cost(4))
    assert [claim.section for claim in await rows.claim()] == ["c"]
    await rows.complete(second, spent=cost(4))
    found = await rows.operation(operation)
    assert (found.reserved_tokens, found.input_tokens) == (10, 8)


async def test_what_cannot_be_afforded_any_more_is_stopped_with_its_attempts_unspent(rows: Rows) -> None:
    operation = await rows.enqueue("a", "b", "c", budget=15, estimates=[10, 10, 10])
    [claim] = await rows.claim()
    assert await rows.claim() == []
    assert (await rows.states(operation))[1:] == [JobState.PENDING] * 2, "a running job may still turn out cheap"
    await rows.complete(claim, spent=cost(9))
    assert await rows.claim() == []
    jobs = await rows.jobs(operation)
    assert [(job.state, job.stopped, job.error_code, job.failures) for job in jobs[1:]] == [
        (JobState.FAILED, "budget", "budget", 0)
    ] * 2


async def test_an_operation_that_can_afford_nothing_stops_at_the_first_claim(rows: Rows) -> None:
    operation = await rows.enqueue("a", budget=5, estimates=[10])
    assert await rows.claim() == []
    assert await rows.states(operation) == [JobState.FAILED]


async def test_every_attempt_counts_also_those_that_failed(rows: Rows, store: Store) -> None:
    await rows.enqueue("a", budget=25, estimates=[10])
    for _ in range(2):
        [claim] = await rows.claim()
        await store.write(queue.record_usage, claim, cost(10), at=rows.now())
        await rows.retry(claim, 0)
    assert await rows.claim() == []


async def test_a_budget_does_not_hold_up_other_operations(rows: Rows) -> None:
    await rows.enqueue("a", "b", "c", budget=10, estimates=[10, 10, 10])
    await rows.enqueue("d", estimates=[1_000])
    assert [claim.section for claim in await rows.claim(limit=2)] == ["a"]
    assert [claim.section for claim in await rows.claim(limit=2)] == ["d"]


async def test_the_budget_holds_for_jobs_that_are_done_inline_too(rows: Rows) -> None:
    operation = await rows.enqueue("a", "b", budget=10, estimates=[10, 10])
    assert [claim.section for claim in await rows.claim(operation=operation, limit=-1)] == ["a"]


async def test_a_job_that_waits_for_the_budget_is_awaited_by_signal_and_not_by_the_clock(
    rows: Rows, store: Store
) -> None:
    await rows.enqueue("a", "b", budget=15, estimates=[10, 10])
    [claim] = await rows.claim()
    assert await store.read(queue.next_run, writers=["outline"], boot=store.clock.boot_id) is None
    with store.signals.watch(Topic.WORK) as watch:
        await rows.complete(claim)
        assert await watch.wait(0)
