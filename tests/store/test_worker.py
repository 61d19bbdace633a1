from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from copydesk.content.briefs import Brief
from copydesk.content.errors import ContentError
from copydesk.content.operations.values import WHOLE_SITE, Edit, Generate, Promote, Regenerate, Scope
from copydesk.content.reports.status import StatusQuery, read_status
from copydesk.content.schema.compiled import CompiledSchema
from copydesk.content.schema.violations import Violation
from copydesk.content.work.insisting import insist
from copydesk.content.work.rescuing import rescue
from copydesk.content.work.running import Running
from copydesk.content.work.timing import Timing
from copydesk.content.writers.base import Answer, Correction, Permanent, Transient, Usage, Written
from copydesk.store import operations, queue
from copydesk.store.database import Database
from copydesk.store.errors import ConstraintViolated, StoreBusy, StoreFull
from copydesk.store.ids import new_id
from copydesk.store.models import NewJob, NewOperation
from copydesk.store.moments import Moment
from copydesk.store.states import Environment, JobState, OperationKind, OperationStatus
from copydesk.store.store import Store
from tests.store.conftest import FakeClock
from tests.store.desk_of_rows import LEASE, Rows
from tests.workshop import AT_ONCE, SECONDS, Workshop, numbered, obey, open_workshop, saying, write_site

NO_FIELDS: list[Any] = [[], "text", None, {"text": {1, 2}}, {"text": float("nan")}, {"text": "\ud800"}]


@pytest.fixture(autouse=True)
def site(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(3))


async def raise_an_error(brief: Brief, correction: Correction | None) -> Answer:
    raise RuntimeError(brief.section.id)


async def never_answer(brief: Brief, correction: Correction | None) -> Answer:
    await anyio.sleep_forever()
    raise AssertionError


async def refuse(brief: Brief, correction: Correction | None) -> Answer:
    return Permanent("refused", "I will not write that.")


async def lack_a_key(brief: Brief, correction: Correction | None) -> Answer:
    return Permanent("wrong-key", "The key is wrong.", stops="key")


async def test_every_section_is_written_once_and_kept(tmp_path: Path) -> None:
    async with open_workshop(tmp_path) as workshop:
        receipt = await workshop.run()
        assert (receipt.status, receipt.outcome) == (OperationStatus.COMPLETED, "ok")
        assert sorted(workshop.writer.asked) == [f"home/section-{number:04}" for number in range(3)]
        assert await workshop.text("home", "section-0001") == "Copy of home/section-0001."


async def test_a_writer_that_raises_is_tried_again_and_then_given_up_with_its_words(tmp_path: Path) -> None:
    async with open_workshop(tmp_path, raise_an_error, max_attempts=3) as workshop:
        receipt = await workshop.run()
        jobs = await workshop.jobs(receipt)
    assert receipt.status is OperationStatus.FAILED
    assert [(job.error_code, job.attempt, job.failures) for job in jobs] == [("writer-error", 3, 3)] * 3
    assert "RuntimeError: section-0000" in str(jobs[0].error)


async def test_a_writer_that_hangs_is_given_up_at_the_time_limit(tmp_path: Path) -> None:
    async with open_workshop(tmp_path, never_answer, attempt_timeout=0.02, max_attempts=2) as workshop:
        jobs = await workshop.jobs(await workshop.run())
    assert [(job.error_code, job.failures) for job in jobs] == [("timeout", 2)] * 3


async def test_what_was_spent_before_the_time_limit_is_counted(tmp_path: Path) -> None:
    async def answer_once(brief: Brief, correction: Correction | None) -> Answer:
        if correction is not None:
            await anyio.sleep_forever()
        return Written({}, Usage(100, 10, 0.5))

    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path, answer_once, attempt_timeout=0.02, max_attempts=1) as workshop:
        receipt = await workshop.run()
    assert receipt.usage is not None
    assert receipt.usage.input_tokens == 100


@pytest.mark.parametrize(
    "junk",
    [
        None,
        "some text",
        {"text": "fields without an answer around"},
        *(Written(fields) for fields in NO_FIELDS),
    ],
    ids=repr,
)
async def test_junk_for_an_answer_fails_the_job_and_not_the_worker(tmp_path: Path, junk: object) -> None:
    async def answer_junk(brief: Brief, correction: Correction | None) -> object:
        return junk if brief.section.id == "section-0001" else saying("Fine.")

    async with open_workshop(tmp_path, answer_junk, max_attempts=2) as workshop:
        receipt = await workshop.run()
        states = [job.state for job in await workshop.jobs(receipt)]
        assert [one.code for one in receipt.failed] == ["writer-error"]
    assert states == [JobState.COMPLETED, JobState.FAILED, JobState.COMPLETED]


async def test_a_refusal_fails_its_job_at_once_and_no_other(tmp_path: Path) -> None:
    async def refuse_one(brief: Brief, correction: Correction | None) -> Answer:
        return await (refuse if brief.section.id == "section-0001" else obey)(brief, correction)

    async with open_workshop(tmp_path, refuse_one) as workshop:
        receipt = await workshop.run()
        assert workshop.writer.asked.count("home/section-0001") == 1
    assert (receipt.outcome, receipt.counts.completed, receipt.counts.failed) == ("partial", 2, 1)
    assert receipt.failed[0].code == "refused"


@pytest.mark.parametrize("inline", [False, True])
async def test_a_wrong_key_stops_the_operation_and_the_retry_does_all_of_it(tmp_path: Path, *, inline: bool) -> None:
    write_site(tmp_path, numbered(10))
    async with open_workshop(tmp_path, lack_a_key, concurrency=2) as workshop:
        if inline:
            receipt = await workshop.desk.perform(Generate(scope=WHOLE_SITE))
        else:
            receipt = await workshop.run()
        jobs = await workshop.jobs(receipt)
        assert {(job.state, job.stopped, job.failures) for job in jobs} == {(JobState.FAILED, "key", 0)}
        assert len(workshop.writer.asked) <= 2, "the others were not asked for with a key that is wrong"
        workshop.writer.script = obey
        assert receipt.operation_id is not None
        async with workshop.working():
            again = await workshop.finish(await workshop.desk.retry(receipt.operation_id))
    assert (again.retry_of, again.outcome, again.counts.completed) == (receipt.operation_id, "ok", 10)


async def test_a_provider_that_asks_for_patience_pauses_its_writer_for_all(tmp_path: Path) -> None:
    async def ask_for_patience(brief: Brief, correction: Correction | None) -> Answer:
        return Transient("rate-limited", "Slow down.", retry_after=60)

    async with open_workshop(tmp_path, ask_for_patience, concurrency=1) as workshop:
        receipt = await workshop.generate()
        with workshop.desk.store.signals.watch() as watch, anyio.fail_after(SECONDS):
            async with workshop.working():
                while not workshop.writer.asked:
                    await watch.wait(0.005)
                claims = await _claim_everything(workshop.desk.store)
                jobs = await workshop.jobs(receipt)
    assert claims == []
    assert len(workshop.writer.asked) == 1
    assert {job.state for job in jobs} <= {JobState.PENDING, JobState.PROCESSING}


async def _claim_everything(store: Store) -> Sequence[object]:
    while True:
        at = Moment.read(store.clock)
        if await store.read(lambda db: db.value("SELECT count(*) FROM pauses")):
            return await store.write(queue.claim, owner="x", writers=["scripted"], limit=9, lease=LEASE, at=at)


async def test_a_writer_sees_what_is_wrong_and_corrects_it_within_the_attempt(tmp_path: Path) -> None:
    seen: list[tuple[Violation, ...]] = []

    async def correct_itself(brief: Brief, correction: Correction | None) -> Answer:
        if correction is None:
            return Written({"text": "x" * 100}, Usage(1, 1, None))
        seen.append(correction.violations)
        assert correction.fields == {"text": "x" * 100}
        return saying("Short.")

    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path, correct_itself) as workshop:
        receipt = await workshop.run()
        [job] = await workshop.jobs(receipt)
    assert (job.attempt, job.failures, job.state) == (1, 0, JobState.COMPLETED)
    assert ["20 over" in str(violation) or "80" in str(violation) for violation in seen[0]] == [True]
    assert receipt.usage is not None
    assert receipt.usage.input_tokens == 4, "both answers were paid for"


async def test_copy_that_stays_wrong_fails_the_job_and_is_kept_in_it(tmp_path: Path) -> None:
    async def insist_on_it(brief: Brief, correction: Correction | None) -> Answer:
        return Written({"text": "", "extra": 1})

    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path, insist_on_it) as workshop:
        [job] = await workshop.jobs(await workshop.run())
        assert len(workshop.writer.asked) == 3
        assert await workshop.copy("home", "section-0000") is None
    assert (job.error_code, job.result) == ("invalid-copy", '{"text": "", "extra": 1}')
    assert "$.text" in str(job.error)


@pytest.mark.parametrize("inline", [False, True])
async def test_a_defect_of_our_own_fails_one_job_and_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, inline: bool
) -> None:
    real = CompiledSchema.violations

    def stumble(self: CompiledSchema, fields: object) -> tuple[Violation, ...]:
        if fields == {"text": "Copy of home/section-0001."}:
            raise ZeroDivisionError
        return real(self, fields)

    monkeypatch.setattr(CompiledSchema, "violations", stumble)
    async with open_workshop(tmp_path) as workshop:
        with caplog.at_level(logging.ERROR):
            if inline:
                receipt = await workshop.desk.perform(Generate(scope=WHOLE_SITE))
            else:
                receipt = await workshop.run()
    assert (receipt.counts.completed, receipt.counts.failed) == (2, 1)
    assert [one.code for one in receipt.failed] == ["internal-error"]
    assert "ZeroDivisionError" in caplog.text


async def test_a_section_edited_while_it_is_written_keeps_the_edit(tmp_path: Path) -> None:
    begun, edited = anyio.Event(), anyio.Event()

    async def take_long(brief: Brief, correction: Correction | None) -> Answer:
        begun.set()
        await edited.wait()
        return saying("By machine.")

    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path, take_long) as workshop, workshop.working():
        receipt = await workshop.generate()
        with anyio.fail_after(SECONDS):
            await begun.wait()
        await workshop.desk.perform(Edit(page="home", section="section-0000", fields={"text": "By hand."}))
        edited.set()
        [job] = await workshop.jobs(await workshop.finish(receipt))
        assert await workshop.text("home", "section-0000") == "By hand."
    assert (job.error_code, job.result) == ("edited", '{"text": "By machine."}')


@pytest.mark.parametrize("inline", [False, True])
async def test_cancelling_interrupts_the_writer_within_a_second(tmp_path: Path, *, inline: bool) -> None:
    begun, interrupted = anyio.Event(), anyio.Event()

    async def be_interrupted(brief: Brief, correction: Correction | None) -> Answer:
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            interrupted.set()
        raise AssertionError

    async with open_workshop(tmp_path, be_interrupted) as workshop, anyio.create_task_group() as tasks:
        if inline:
            tasks.start_soon(workshop.desk.perform, Generate(scope=WHOLE_SITE))
        else:
            await workshop.generate()
            tasks.start_soon(workshop.worker.run)
        with anyio.fail_after(SECONDS):
            await begun.wait()
        cancelled = await workshop.desk.cancel()
        with anyio.fail_after(1):
            await interrupted.wait()
        assert cancelled.cancelled == 3
        if not inline:
            tasks.cancel_scope.cancel()


async def test_a_cancelled_inline_caller_gives_its_sections_back(tmp_path: Path) -> None:
    async with open_workshop(tmp_path, never_answer) as workshop:
        with anyio.move_on_after(0.2):
            await workshop.desk.perform(Generate(scope=WHOLE_SITE))
        status = await workshop.desk.status()
        assert (status.pending, status.processing) == (3, 0)
        workshop.writer.script = obey
        async with workshop.working():
            done = await workshop.desk.status(wait_seconds=SECONDS)
    assert done.completed == 3


@pytest.mark.parametrize("inline", [False, True])
async def test_wherever_it_is_cancelled_no_claim_is_left_behind(tmp_path: Path, *, inline: bool) -> None:
    """Also between a commit and the answer to it."""
    async with open_workshop(tmp_path, never_answer) as workshop:
        if not inline:
            await workshop.generate()
        for steps in range(8):
            async with anyio.create_task_group() as tasks:
                if inline:
                    tasks.start_soon(workshop.desk.perform, Generate(scope=WHOLE_SITE))
                else:
                    tasks.start_soon(workshop.worker.run)
                with anyio.fail_after(SECONDS):
                    while not await _processing(workshop):
                        pass
                for _ in range(steps):
                    await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()
            assert await _processing(workshop) == 0, steps
            if inline:
                await workshop.desk.cancel()


async def _processing(workshop: Workshop) -> int:
    return int(
        await workshop.desk.store.read(lambda db: db.value("SELECT count(*) FROM jobs WHERE state = 'processing'"))
    )


async def test_what_fails_for_a_while_is_done_in_the_end() -> None:
    errors: list[Exception] = [StoreBusy(), StoreFull()]

    async def fail_at_first() -> str:
        if errors:
            raise errors.pop()
        return "done"

    assert await insist(fail_at_first, pause=0) == "done"


async def test_what_will_always_fail_is_not_tried_for_ever() -> None:
    async def fail() -> None:
        raise ConstraintViolated

    with pytest.raises(ConstraintViolated):
        await insist(fail, pause=0)


async def test_a_worker_that_ends_gives_back_what_it_holds_at_no_cost(tmp_path: Path) -> None:
    begun = anyio.Event()

    async def hang(brief: Brief, correction: Correction | None) -> Answer:
        begun.set()
        return await never_answer(brief, correction)

    async with open_workshop(tmp_path, hang) as workshop:
        receipt = await workshop.generate()
        async with workshop.working():
            with anyio.fail_after(SECONDS):
                await begun.wait()
        jobs = await workshop.jobs(receipt)
    assert {(job.state, job.failures, job.rescues) for job in jobs} == {(JobState.PENDING, 0, 0)}


async def test_leases_are_given_back_before_a_writer_that_is_slow_to_stop_has_stopped(tmp_path: Path) -> None:
    begun, released = anyio.Event(), anyio.Event()

    async def stop_slowly(brief: Brief, correction: Correction | None) -> Answer:
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(SECONDS):
                await released.wait()
        raise AssertionError

    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path, stop_slowly) as workshop, anyio.create_task_group() as tasks:
        receipt = await workshop.generate()
        tasks.start_soon(workshop.worker.run)
        with anyio.fail_after(SECONDS):
            await begun.wait()
            tasks.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                while [job.state for job in await workshop.jobs(receipt)] != [JobState.PENDING]:
                    await anyio.lowlevel.checkpoint()
                released.set()


async def test_leases_are_given_back_though_the_store_is_slower_than_the_worker_waits_for(tmp_path: Path) -> None:
    begun, others_turn_ends = anyio.Event(), threading.Event()

    async def hang(brief: Brief, correction: Correction | None) -> Answer:
        begun.set()
        return await never_answer(brief, correction)

    def hold(db: Database) -> None:
        assert others_turn_ends.wait(SECONDS)

    hasty = Timing(release=0.0)
    async with open_workshop(tmp_path, hang, timing=hasty) as workshop, anyio.create_task_group() as tasks:
        receipt = await workshop.generate()
        async with workshop.working():
            with anyio.fail_after(SECONDS):
                await begun.wait()
            tasks.start_soon(workshop.desk.store.write, hold)
            await anyio.wait_all_tasks_blocked()
        assert {job.state for job in await workshop.jobs(receipt)} == {JobState.PROCESSING}
        others_turn_ends.set()
    async with open_workshop(tmp_path) as workshop:
        assert {job.state for job in await workshop.jobs(receipt)} == {JobState.PENDING}


async def test_of_two_thousand_jobs_with_one_fault_in_twenty_nearly_all_complete(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(2_000))
    answers = 0

    async def fail_now_and_then(brief: Brief, correction: Correction | None) -> Answer:
        nonlocal answers
        answers += 1
        return Transient("unavailable", "Try later.") if answers % 20 == 0 else await obey(brief)

    async with open_workshop(tmp_path, fail_now_and_then, concurrency=64) as workshop:
        receipt = await workshop.run()
    assert answers > 2_000
    assert receipt.counts.completed >= 1_998


async def test_a_budget_ends_an_operation_with_the_reason(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(10))
    async with open_workshop(tmp_path, max_tokens=45) as workshop:
        receipt = await workshop.run()
    assert receipt.counts.completed == 4, "each took 7 tokens where 20 were expected"
    assert {one.code for one in receipt.failed} == {"budget"}


async def test_a_budget_holds_inline_too(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(10))
    async with open_workshop(tmp_path, max_tokens=45) as workshop:
        receipt = await workshop.desk.perform(Generate(scope=WHOLE_SITE))
    assert receipt.counts.completed == 4
    assert receipt.counts.failed == 6


async def test_what_must_be_kept_is_checked_literally(tmp_path: Path) -> None:
    async def drop_it(brief: Brief, correction: Correction | None) -> Answer:
        return saying("COPY OF it")

    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path) as workshop, workshop.working():
        await workshop.finish(await workshop.generate())
        workshop.writer.script = drop_it
        receipt = await workshop.finish(await workshop.desk.submit(Regenerate(scope=WHOLE_SITE, keep=("Copy of",))))
        assert await workshop.text("home", "section-0000") == "Copy of home/section-0000."
    assert [one.code for one in receipt.failed] == ["invalid-copy"]
    assert "Copy of" in receipt.failed[0].message


async def test_a_text_to_keep_binds_only_the_sections_in_which_it_stands(tmp_path: Path) -> None:
    async def answer(brief: Brief, correction: Correction | None) -> Answer:
        return saying("Anew: " + " ".join(brief.keep))

    write_site(tmp_path, numbered(2))
    async with open_workshop(tmp_path) as workshop, workshop.working():
        await workshop.finish(await workshop.generate())
        workshop.writer.script = answer
        keep = ("home/section-0000",)
        receipt = await workshop.finish(await workshop.desk.submit(Regenerate(scope=WHOLE_SITE, keep=keep)))
        texts = [await workshop.text("home", f"section-000{number}") for number in (0, 1)]
    assert receipt.outcome == "ok"
    assert texts == ["Anew: home/section-0000", "Anew: "]


async def test_a_text_to_keep_that_stands_nowhere_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path) as workshop, workshop.working():
        first = await workshop.finish(await workshop.generate())
        with pytest.raises(ContentError, match="stands in none of the 1 sections") as refused:
            await workshop.desk.submit(Regenerate(scope=WHOLE_SITE, keep=("copy of home",)))
        assert (await workshop.desk.status()).operations[0].operation_id == first.operation_id
    assert refused.value.code == "keep-not-found"


async def test_a_claim_taken_while_the_lost_ones_are_looked_for_is_not_dropped(
    store: Store,
) -> None:
    rows, running = Rows(store), Running(store)
    operation = await rows.enqueue("hero", "faq")
    running.add(await rows.claim(store.owner, limit=1))
    [late] = await rows.claim(store.owner, limit=1)
    await rows.cancel(operation)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(running.interrupt_lost)
        await anyio.lowlevel.checkpoint()
        running.add([late])
    interrupted = True
    with running.interruptible(late):
        await anyio.lowlevel.checkpoint()
        interrupted = False
    assert not interrupted, "the look at the store was older than this claim"


async def test_after_a_sleep_of_the_machine_a_process_renews_its_own_leases_before_it_judges_others(
    store: Store, clock: FakeClock
) -> None:
    rows = Rows(store)
    await rows.enqueue("hero", "faq")
    [own] = await rows.claim(store.owner, limit=1)
    await rows.claim("somebody-else", limit=1)
    clock.advance(8 * 3_600_000)
    await rescue(store, lease=LEASE)
    assert await store.read(queue.held, owner=store.owner) == {own.key}
    assert await store.read(queue.held, owner="somebody-else") == set()


async def test_every_release_that_waits_is_applied_however_many_there_are(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(25))
    async with open_workshop(tmp_path) as workshop:
        await workshop.run()
        scopes = [Scope(sections=(f"home/section-{number:04}",)) for number in range(25)]
        waiting = [await workshop.desk.submit(Promote(scope=scope)) for scope in scopes]
        async with workshop.working():
            outcomes = {(await workshop.finish(receipt)).outcome for receipt in waiting}
    assert outcomes == {"ok"}


async def test_nobody_is_told_that_there_is_no_worker_while_one_is_about_to_begin(tmp_path: Path) -> None:
    told = anyio.Event()

    async def wait_for_the_test(brief: Brief, correction: Correction | None) -> Answer:
        await told.wait()
        return saying("Done.")

    async with open_workshop(tmp_path, wait_for_the_test) as workshop, anyio.create_task_group() as tasks:
        await tasks.start(workshop.desk.work_once_woken)
        receipt = await workshop.generate()
        assert receipt.operation_id is not None
        waiting = await workshop.desk.wait(receipt.operation_id, seconds=0.05)
        assert (waiting.wait_ended, waiting.blocked_by) == ("timeout", None)
        told.set()
        workshop.desk.wake()
        await workshop.finish(receipt)
        tasks.cancel_scope.cancel()


async def test_waiting_without_any_worker_ends_as_blocked(tmp_path: Path) -> None:
    async with open_workshop(tmp_path) as workshop:
        receipt = await workshop.generate()
        assert receipt.operation_id is not None
        waiting = await workshop.desk.wait(receipt.operation_id, seconds=SECONDS)
    assert (waiting.wait_ended, waiting.blocked_by) == ("blocked", "no-worker")


def test_the_usual_times_keep_a_lease_alive_over_a_missed_heartbeat() -> None:
    usual = Timing()
    assert 2 * usual.heartbeat * 1000 < usual.lease
    assert all(0 <= usual.jitter(2.0) <= 2.0 for _ in range(100))
    assert AT_ONCE.jitter(60.0) == 0


async def test_advice_to_retry_names_the_operation_that_failed(tmp_path: Path) -> None:
    held = anyio.Event()

    async def wait_then_refuse(brief: Brief, correction: Correction | None) -> Answer:
        if brief.section.id == "section-0000":
            return Transient("unavailable", "no")
        await held.wait()
        return saying("Later.")

    write_site(tmp_path, numbered(2))
    async with open_workshop(tmp_path) as workshop, workshop.working():
        workshop.writer.script = wait_then_refuse
        fine = await workshop.desk.submit(Generate(scope=Scope(sections=("home/section-0001",)), writer="scripted"))
        failing = await workshop.desk.submit(Generate(scope=Scope(sections=("home/section-0000",)), writer="scripted"))
        await workshop.finish(failing)
        asked = (fine.operation_id, failing.operation_id)
        seqs = [(await workshop.desk.store.read(operations.by_id, one or "")) for one in asked]
        held.set()
        await workshop.finish(fine)
        summary = await workshop.desk.store.read(
            read_status,
            StatusQuery(),
            at=workshop.desk.now(),
            drafts=frozenset({"scripted"}),  # nobody should publish what is fine here, so it needs nothing
            watched=[one.seq for one in seqs if one is not None],
        )
    assert summary.failed == 1
    assert summary.next_step is not None
    assert summary.next_step.tool == "retry-failed"
    assert summary.next_step.arguments == {"operationId": failing.operation_id}


async def test_a_release_that_cannot_be_applied_fails_and_holds_up_none_behind_it(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path) as workshop, workshop.working():
        desk = workshop.desk
        written = await workshop.finish(await workshop.generate())
        stored = await desk.store.read(operations.by_id, written.operation_id or "")
        assert stored is not None
        broken = NewOperation(new_id("op"), OperationKind.PROMOTE, Environment.PRODUCTION, "{}", stored.snapshot, 1)
        job = NewJob(Environment.PRODUCTION, "home", "elsewhere", revision=999_999)
        seq = await desk.store.write(queue.enqueue, broken, [job], at=desk.now())
        behind = await workshop.finish(await desk.submit(Promote(scope=WHOLE_SITE)))
        [failed] = await desk.store.read(operations.failed_jobs, seq)
    assert behind.outcome == "ok"
    assert failed.error_code == "internal-error"
