from __future__ import annotations

import pytest

from copydesk.store import pauses, queue, workers
from copydesk.store.queue import Finish, Holder
from copydesk.store.states import JobState
from copydesk.store.store import Store
from tests.store.conftest import FakeClock
from tests.store.desk_of_rows import LEASE, Rows


@pytest.fixture
def rows(store: Store) -> Rows:
    return Rows(store)


async def test_a_claim_whose_lease_has_run_out_is_rescued_at_no_cost(rows: Rows, clock: FakeClock) -> None:
    operation = await rows.enqueue("hero")
    await rows.claim("anna")
    clock.advance(LEASE - 1)
    assert await rows.rescue() == 0
    clock.advance(1)
    assert await rows.rescue() == 1
    [job] = await rows.jobs(operation)
    assert (job.state, job.failures, job.rescues) == (JobState.PENDING, 0, 1)
    assert len(await rows.claim("bert")) == 1


async def test_a_heartbeat_renews_all_claims_of_an_owner_and_no_others(
    rows: Rows, store: Store, clock: FakeClock
) -> None:
    await rows.enqueue("hero", "faq", "prices")
    await rows.claim("anna", limit=2)
    await rows.claim("bert")
    clock.advance(LEASE - 1)
    assert await store.write(queue.heartbeat, owner="anna", lease=LEASE, at=rows.now()) == 2
    clock.advance(1)
    assert await rows.rescue() == 1
    assert len(await store.read(queue.held, owner="anna")) == 2
    assert await store.read(queue.held, owner="bert") == set()


async def test_claims_from_before_a_restart_of_the_machine_are_rescued_at_once(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue("hero")
    await rows.claim("anna")
    clock.boot_id, clock.boot_time = "boot-2", 10
    assert await rows.rescue() == 1
    assert len(await rows.claim("bert")) == 1


async def test_claims_of_a_dead_process_are_rescued_at_once(rows: Rows) -> None:
    await rows.enqueue("hero", "faq")
    await rows.claim("anna", limit=1)
    await rows.claim("bert", limit=1)
    assert await rows.rescue("anna") == 1
    assert [claim.section for claim in await rows.claim("carl")] == ["hero"]


async def test_a_wall_clock_that_is_set_forward_or_back_moves_no_lease(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue("hero")
    [claim] = await rows.claim("anna")
    for day in (1, -2):
        clock.wall_time += day * 86_400_000
        assert await rows.rescue() == 0
    assert await rows.complete(claim) is Finish.DONE


async def test_the_third_rescue_fails_the_job(rows: Rows) -> None:
    operation = await rows.enqueue("hero")
    for _ in range(3):
        await rows.claim("anna")
        assert await rows.rescue("anna") == 1
    [job] = await rows.jobs(operation)
    assert (job.state, job.error_code, job.rescues) == (JobState.FAILED, "rescued-too-often", 3)
    assert await rows.claim() == []


async def test_who_holds_claims_is_listed_with_the_first_lease_to_run_out(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue("hero", "faq")
    await rows.claim("anna", limit=1)
    clock.advance(5)
    await rows.claim("anna", limit=1)
    holders = await rows.store.read(queue.claims_by_owner)
    assert holders == [Holder("anna", "boot-1", clock.boot_time - 5 + LEASE)]


async def test_jobs_that_wait_for_a_run_time_of_the_last_boot_become_due(
    rows: Rows, store: Store, clock: FakeClock
) -> None:
    await rows.enqueue("hero", "faq")
    first, second = await rows.claim()
    await rows.retry(first, 60_000)
    await rows.retry(second, 60_000)
    clock.boot_id, clock.boot_time = "boot-2", 10
    assert await rows.claim() == []
    assert await store.write(queue.forget_last_boot, boot="boot-2") == 2
    assert len(await rows.claim()) == 2
    assert await store.write(queue.forget_last_boot, boot="boot-2") == 0


async def test_the_next_run_is_that_of_the_earliest_job_that_can_be_claimed(
    rows: Rows, store: Store, clock: FakeClock
) -> None:
    async def next_run() -> int | None:
        return await store.read(queue.next_run, writers=["outline", "slow"], boot=clock.boot_id)

    assert await next_run() is None
    await rows.enqueue("hero", writer="slow")
    assert await next_run() == clock.boot_time
    await store.write(pauses.pause_writer, "slow", delay=60_000, reason="429", at=rows.now())
    assert await next_run() == clock.boot_time + 60_000
    await rows.enqueue("faq")
    [claim] = await rows.claim()
    await rows.retry(claim, 3_000)
    assert await next_run() == clock.boot_time + 3_000, "the pause holds up only its writer"


async def test_a_worker_is_believed_to_be_there_until_its_word_runs_out(
    rows: Rows, store: Store, clock: FakeClock
) -> None:
    for owner in ("anna", "bert"):
        await store.write(workers.announce, owner=owner, writers=["outline"], concurrency=4, lease=LEASE, at=rows.now())
    assert [one.owner for one in await store.read(workers.present, at=rows.now())] == ["anna", "bert"]
    await store.write(workers.leave, owner="bert", at=rows.now())
    assert [one.writers for one in await store.read(workers.present, at=rows.now())] == [("outline",)]
    clock.advance(LEASE)
    assert await store.read(workers.present, at=rows.now()) == []
