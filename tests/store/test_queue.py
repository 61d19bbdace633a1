from __future__ import annotations

import pytest

from copydesk.store import entities, operations, queue, stopping
from copydesk.store.database import Database, Topic
from copydesk.store.entities import Place
from copydesk.store.errors import ConstraintViolated
from copydesk.store.models import Spent
from copydesk.store.moments import Moment
from copydesk.store.queue import Finish
from copydesk.store.states import Environment, JobState, OperationStatus
from copydesk.store.store import Store
from tests.store.conftest import FakeClock
from tests.store.desk_of_rows import Rows, copy_of, hero


@pytest.fixture
def rows(store: Store) -> Rows:
    return Rows(store)


async def test_jobs_are_claimed_by_run_time_and_then_in_the_order_they_were_put_in(
    rows: Rows, clock: FakeClock
) -> None:
    await rows.enqueue("hero", "prices")
    clock.advance(1)
    await rows.enqueue("faq", "contact")
    first = await rows.claim(limit=3)
    assert [claim.section for claim in first] == ["hero", "prices", "faq"]
    assert [claim.section for claim in await rows.claim(limit=3)] == ["contact"]
    assert await rows.claim() == []


async def test_a_job_is_held_by_one_owner_only(rows: Rows) -> None:
    await rows.enqueue("hero")
    assert len(await rows.claim("anna")) == 1
    assert await rows.claim("bert") == []


async def test_only_jobs_of_the_writers_at_hand_are_claimed(rows: Rows) -> None:
    await rows.enqueue("hero", writer="openai:gpt")
    assert await rows.claim(writers=["outline"]) == []
    assert len(await rows.claim(writers=["outline", "openai:gpt"])) == 1


async def test_a_claim_for_one_operation_leaves_the_others_alone(rows: Rows) -> None:
    await rows.enqueue("hero")
    second = await rows.enqueue("faq")
    assert [claim.section for claim in await rows.claim(operation=second)] == ["faq"]


async def test_a_section_has_one_unfinished_job_only(rows: Rows) -> None:
    operation = await rows.enqueue("hero")
    with pytest.raises(ConstraintViolated):
        await rows.enqueue("faq", "hero")
    assert await rows.count("operations") == 1, "the refused operation left nothing behind"
    await rows.cancel(operation)
    await rows.enqueue("hero")


async def test_finishing_a_job_moves_job_revision_change_and_entity_together(rows: Rows, store: Store) -> None:
    operation = await rows.enqueue("hero")
    [claim] = await rows.claim()
    assert await rows.complete(claim, "Fresh bread") is Finish.DONE
    [job] = await rows.jobs(operation)
    copy = await store.read(entities.current_copy, hero())
    [change] = await store.read(entities.changes_of, operation)
    assert copy is not None
    assert job.state is JobState.COMPLETED
    assert (job.revision, change.before, change.after) == (copy.id, None, copy.id)
    assert copy.fields == {"text": "Fresh bread"}
    assert (await rows.operation(operation)).status is OperationStatus.COMPLETED


async def test_a_finish_that_fails_leaves_no_part_of_itself(rows: Rows, store: Store) -> None:
    operation = await rows.enqueue("hero")
    [claim] = await rows.claim()

    def complete_and_stumble(db: Database) -> None:
        queue.complete(db, claim, copy_of("half"), at=rows.now())
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(complete_and_stumble)
    assert await rows.states(operation) == [JobState.PROCESSING]
    assert [await rows.count(table) for table in ("revisions", "changes", "entities")] == [0, 0, 0]


@pytest.mark.parametrize("how_it_was_lost", ["released", "rescued", "cancelled", "claimed again by the same owner"])
async def test_a_stale_worker_changes_nothing_but_what_it_spent(
    rows: Rows, store: Store, clock: FakeClock, how_it_was_lost: str
) -> None:
    operation = await rows.enqueue("hero")
    [stale] = await rows.claim("anna")
    match how_it_was_lost:
        case "released":
            await store.write(queue.release, owner="anna")
        case "rescued":
            clock.advance(40_000)
            await rows.rescue()
        case "cancelled":
            await rows.cancel(operation)
        case _:
            await store.write(queue.release, owner="anna")
            assert (await rows.claim("anna"))[0].attempt == stale.attempt + 1
    before = await rows.jobs(operation)
    assert await rows.complete(stale, "stale", Spent("gpt", 10, 20, 0.5)) is Finish.LOST
    assert await rows.fail(stale) is Finish.LOST
    assert await rows.retry(stale, 1_000) is Finish.LOST
    assert await rows.jobs(operation) == before
    assert await rows.count("revisions") == 0
    after = await rows.operation(operation)
    assert (after.input_tokens, after.output_tokens, after.cost) == (10, 20, 0.5)


async def test_what_one_attempt_cost_is_counted_once(rows: Rows, store: Store) -> None:
    operation = await rows.enqueue("hero")
    [claim] = await rows.claim()
    for _ in range(2):
        await store.write(queue.record_usage, claim, Spent("gpt", 10, 20, 0.5), at=rows.now())
    assert (await rows.operation(operation)).input_tokens == 10


async def test_unknown_usage_stays_unknown(rows: Rows) -> None:
    operation = await rows.enqueue("hero", "faq")
    first, second = await rows.claim()
    await rows.complete(first)
    assert (await rows.operation(operation)).input_tokens is None
    await rows.complete(second, spent=Spent(None, 7, None, None))
    found = await rows.operation(operation)
    assert (found.input_tokens, found.output_tokens, found.cost) == (7, None, None)


async def test_a_retried_job_is_due_again_after_its_delay_with_one_failure_more(rows: Rows, clock: FakeClock) -> None:
    operation = await rows.enqueue("hero")
    [claim] = await rows.claim()
    assert await rows.retry(claim, 5_000) is Finish.DONE
    assert await rows.claim() == []
    clock.advance(4_999)
    assert await rows.claim() == []
    clock.advance(1)
    [again] = await rows.claim()
    assert (again.failures, again.attempt) == (1, 2)
    [job] = await rows.jobs(operation)
    assert (job.error_code, job.error) == ("timeout", "Too slow.")


async def test_a_job_that_succeeds_after_a_retry_carries_no_error(rows: Rows) -> None:
    operation = await rows.enqueue("hero")
    [claim] = await rows.claim()
    await rows.retry(claim, 0)
    await rows.complete((await rows.claim())[0])
    [job] = await rows.jobs(operation)
    assert (job.state, job.error_code, job.error) == (JobState.COMPLETED, None, None)


async def test_a_released_job_is_due_at_once_and_has_cost_nothing(rows: Rows, store: Store) -> None:
    await rows.enqueue("hero", "faq")
    await rows.claim("anna", limit=1)
    assert await store.write(queue.release, owner="anna") == 1
    first = (await rows.claim("bert"))[0]
    assert (first.section, first.failures) == ("hero", 0)


async def test_one_operation_of_an_owner_can_be_released_alone(rows: Rows, store: Store) -> None:
    first, second = await rows.enqueue("hero"), await rows.enqueue("faq")
    await rows.claim("anna")
    assert await store.write(queue.release, owner="anna", operation=second) == 1
    assert await rows.states(first) == [JobState.PROCESSING]
    assert await rows.states(second) == [JobState.PENDING]


async def test_a_job_whose_section_was_changed_meanwhile_fails_and_keeps_its_text(rows: Rows, store: Store) -> None:
    running = await rows.enqueue("hero")
    [claim] = await rows.claim()

    def edit(db: Database, at: Moment) -> int:
        seq = queue.add_operation(db, rows.new(1), at=at)
        queue.add_done(db, seq, hero(), copy_of("by hand"), base=None, at=at)
        return seq

    await store.write(edit, rows.now())
    assert await rows.complete(claim, "by machine") is Finish.OVERTAKEN
    [job] = await rows.jobs(running)
    copy = await store.read(entities.current_copy, hero())
    assert copy is not None
    assert copy.fields == {"text": "by hand"}
    assert (job.state, job.error_code, job.result) == (JobState.FAILED, "edited", '{"text": "by machine"}')


async def test_cancelling_takes_waiting_and_running_jobs_and_leaves_finished_copy(rows: Rows) -> None:
    operation = await rows.enqueue("hero", "faq", "prices")
    done, running = await rows.claim(limit=2)
    await rows.complete(done)
    assert await rows.cancel(operation) == 2
    assert await rows.states(operation) == [JobState.COMPLETED, JobState.CANCELLED, JobState.CANCELLED]
    assert (await rows.operation(operation)).status is OperationStatus.CANCELLED
    assert await rows.complete(running) is Finish.LOST
    assert await rows.current() is not None
    assert await rows.cancel(operation) == 0


async def test_one_job_can_be_cancelled_alone(rows: Rows, store: Store) -> None:
    operation = await rows.enqueue("hero", "faq")
    assert await store.write(stopping.cancel_job, operation, 2, at=rows.now())
    assert not await store.write(stopping.cancel_job, operation, 2, at=rows.now())
    assert await rows.states(operation) == [JobState.PENDING, JobState.CANCELLED]


async def test_voiding_takes_the_job_that_waits_to_write_and_leaves_the_one_that_runs(rows: Rows, store: Store) -> None:
    waiting = await rows.enqueue("faq")
    running = await rows.enqueue("hero")
    await rows.claim(operation=running)
    faq = Place("home", "faq", Environment.PREVIEW)
    assert await store.write(stopping.void_queued, faq, at=rows.now()) == 1
    assert await store.write(stopping.void_queued, hero(), at=rows.now()) == 0
    assert [job.error_code for job in await rows.jobs(waiting)] == ["edited"]
    assert await rows.states(running) == [JobState.PROCESSING]


async def test_stopping_an_operation_gives_up_all_that_is_unfinished_with_attempts_unspent(
    rows: Rows, store: Store
) -> None:
    operation = await rows.enqueue("hero", "faq", "prices")
    other = await rows.enqueue("contact")
    done, _ = await rows.claim(limit=2)
    await rows.complete(done)
    stop = {"code": "wrong-key", "message": "The key is wrong.", "stopped": "key"}
    assert await store.write(stopping.stop_operation, operation, at=rows.now(), **stop) == 2
    jobs = await rows.jobs(operation)
    assert [(job.state, job.stopped, job.failures) for job in jobs[1:]] == [(JobState.FAILED, "key", 0)] * 2
    assert await rows.states(other) == [JobState.PENDING]


async def test_a_job_is_found_by_its_public_id(rows: Rows, store: Store) -> None:
    operation = await rows.enqueue("hero", "faq")
    second = (await rows.jobs(operation))[1]
    assert await store.read(operations.job, second.id) == second
    for unknown in ("", "job_", "job_nope_1", f"{second.id}9", second.id.replace("job_", "op_"), "job_x_\u0661"):
        assert await store.read(operations.job, unknown) is None


@pytest.mark.parametrize("step", ["enqueue", "release", "retry", "cancel"])
async def test_whoever_can_work_is_woken_by_what_makes_work(rows: Rows, store: Store, step: str) -> None:
    operation = await rows.enqueue("hero")
    claims = [] if step == "enqueue" else await rows.claim("anna")
    with store.signals.watch(Topic.WORK) as watch:
        match step:
            case "enqueue":
                await rows.enqueue("faq")
            case "release":
                await store.write(queue.release, owner="anna")
            case "retry":
                await rows.retry(claims[0], 0)
            case _:
                await rows.cancel(operation)
        assert await watch.wait(0)


async def test_an_owner_is_told_when_its_claims_are_taken_away(rows: Rows, store: Store, clock: FakeClock) -> None:
    operation = await rows.enqueue("hero")
    for step in ("cancel", "rescue", "stop"):
        await rows.claim("anna")
        with store.signals.watch(Topic.STOP) as watch:
            match step:
                case "cancel":
                    await rows.cancel(operation)
                    operation = await rows.enqueue("hero")
                case "rescue":
                    clock.advance(40_000)
                    await rows.rescue()
                case _:
                    await store.write(
                        stopping.stop_operation, operation, code="k", message="m", stopped="key", at=rows.now()
                    )
            assert await watch.wait(0), step
