"""What is spent is counted, however an attempt ends; a budget ends the spending."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml

from copydesk.content.briefs import Brief, build_brief
from copydesk.content.desk import Desk, open_desk
from copydesk.content.errors import ContentError
from copydesk.content.operations.values import WHOLE_SITE, Generate, Mode, Promote, Regenerate, Scope
from copydesk.content.reports.operation_listing import list_operations
from copydesk.content.reports.receipts import Receipt
from copydesk.content.reports.status import StatusQuery
from copydesk.content.writers.base import Answer, Correction, Estimate, Transient, Usage, Written
from copydesk.store import queue
from copydesk.store.models import Spent
from tests.workshop import SECONDS, ScriptedWriter, Workshop, numbered, obey, open_workshop, saying, write_site

INVALID = Written({"text": ""}, Usage(3, 4, 0.001), "fake-1")


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Only once the desk is closed: another SQLite in the process that holds the file would break its locks."""
    with closing(sqlite3.connect(folder / ".copydesk" / "copydesk.db")) as connection:
        return connection.execute(query).fetchall()


def usage_rows(folder: Path) -> list[tuple[Any, ...]]:
    return rows(folder, "SELECT attempt, input_tokens, output_tokens, cost FROM usage ORDER BY position, attempt")


@dataclass
class HangingAfter:
    """Answers `answers` times with what does not fit, and then never again."""

    answers: int
    hangs: anyio.Event

    async def __call__(self, brief: Brief, correction: Correction | None) -> Answer:
        self.answers -= 1
        if self.answers >= 0:
            return INVALID
        self.hangs.set()
        await anyio.sleep_forever()
        raise AssertionError


async def test_every_attempt_has_a_row_and_the_job_their_sum(tmp_path: Path) -> None:
    answers: list[Answer] = [Transient("unavailable", "Later.", usage=Usage(5, 0, 0.002)), INVALID, saying("Done.")]

    async def in_turn(brief: Brief, correction: Correction | None) -> Answer:
        return answers.pop(0)

    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path, in_turn) as workshop:
        receipt = await workshop.run()
        revision = await workshop.copy("home", "section-0000")
        [job] = (await workshop.desk.status(StatusQuery(job_ids=(receipt.jobs[0].job_id,)))).jobs
        listing = await list_operations(workshop.desk)
    assert usage_rows(tmp_path) == [(1, 5, 0, 0.002), (2, 6, 8, 0.002)], "an attempt's row holds its corrections too"
    assert job.attempts == 2
    assert job.usage is not None
    assert (job.usage.input_tokens, job.usage.output_tokens) == (11, 8)
    assert job.usage.cost == pytest.approx(0.004)
    assert receipt.usage is not None
    assert (receipt.usage.input_tokens, receipt.usage.output_tokens) == (11, 8)
    assert revision is not None
    assert (revision.input_tokens, revision.output_tokens) == (6, 8), "the revision has what its own attempt took"
    assert listing.totals.usage.input_tokens == 11
    assert [(one.writer, one.sections_done, one.usage.input_tokens) for one in listing.totals.writers] == [
        ("scripted", 1, 11)
    ]


async def test_what_is_known_before_an_interruption_is_counted_within_a_second(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(1))
    script = HangingAfter(1, anyio.Event())
    async with open_workshop(tmp_path, script) as workshop, workshop.working():
        receipt = await workshop.generate()
        with anyio.fail_after(SECONDS):
            await script.hangs.wait()
        began = time.monotonic()
        await workshop.desk.cancel(receipt.operation_id)
        ended = await counted(workshop, receipt)
        assert time.monotonic() - began < 1.0
    assert usage_rows(tmp_path) == [(1, 3, 4, 0.001)]
    assert ended.counts.cancelled == 1
    assert ended.usage is not None
    assert (ended.usage.input_tokens, ended.usage.output_tokens) == (3, 4)


async def counted(workshop: Workshop, receipt: Receipt) -> Receipt:
    """The receipt as soon as tokens are counted on its operation."""
    with anyio.fail_after(SECONDS):
        while True:
            found = await workshop.desk.receipt(str(receipt.operation_id))
            if found.usage is not None and found.usage.input_tokens is not None:
                return found


async def test_what_a_worker_that_stops_had_spent_is_counted_and_its_job_goes_on(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(1))
    script = HangingAfter(2, anyio.Event())
    async with open_workshop(tmp_path, script) as workshop:
        async with workshop.working():
            await workshop.generate()
            with anyio.fail_after(SECONDS):
                await script.hangs.wait()
        workshop.writer.script = obey
        async with workshop.working():
            status = await workshop.desk.status(wait_seconds=SECONDS)
    assert status.completed == 1
    assert usage_rows(tmp_path) == [(1, 6, 8, 0.002), (2, 3, 4, 0.001)]


async def test_a_time_out_counts_the_answers_that_came_before_it(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(1))
    script = HangingAfter(1, anyio.Event())
    async with open_workshop(tmp_path, script, attempt_timeout=0.05, max_attempts=1) as workshop:
        receipt = await workshop.run()
    assert [one.code for one in receipt.failed] == ["timeout"]
    assert usage_rows(tmp_path) == [(1, 3, 4, 0.001)]


async def test_an_interruption_before_the_first_answer_has_nothing_to_count(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(1))
    script = HangingAfter(0, anyio.Event())
    async with open_workshop(tmp_path, script) as workshop, workshop.working():
        receipt = await workshop.generate()
        with anyio.fail_after(SECONDS):
            await script.hangs.wait()
        await workshop.desk.cancel(receipt.operation_id)
        ended = await workshop.finish(receipt)
    assert usage_rows(tmp_path) == []
    assert ended.usage is not None
    assert (ended.usage.input_tokens, ended.usage.cost) == (None, None)


async def test_costs_that_are_unknown_stay_null_beside_tokens_that_are_known(tmp_path: Path) -> None:
    async def unpriced(brief: Brief, correction: Correction | None) -> Answer:
        return Written({"text": "Some words."}, Usage(3, 4, None))

    write_site(tmp_path, numbered(2))
    async with open_workshop(tmp_path, unpriced) as workshop:
        receipt = await workshop.run()
        listing = await list_operations(workshop.desk)
    assert receipt.usage is not None
    assert (receipt.usage.input_tokens, receipt.usage.cost) == (6, None)
    assert (listing.totals.usage.cost, listing.totals.writers[0].usage.cost) == (None, None)


async def test_a_sum_of_known_and_unknown_costs_holds_what_is_known(tmp_path: Path) -> None:
    async def half_priced(brief: Brief, correction: Correction | None) -> Answer:
        cost = 0.5 if brief.section.id.endswith("0") else None
        return Written({"text": "Some words."}, Usage(3, 4, cost))

    write_site(tmp_path, numbered(2))
    async with open_workshop(tmp_path, half_priced) as workshop:
        receipt = await workshop.run()
    assert receipt.usage is not None
    assert (receipt.usage.input_tokens, receipt.usage.cost) == (6, 0.5)


# Budgets


async def generate(workshop: Workshop, max_tokens: int | None) -> Receipt:
    return await workshop.desk.submit(Generate(scope=WHOLE_SITE, max_tokens=max_tokens))


async def test_an_argument_is_the_budget_and_what_it_stops_can_be_retried(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(10))
    async with open_workshop(tmp_path) as workshop, workshop.working():
        receipt = await workshop.finish(await generate(workshop, 45))
        assert receipt.operation_id is not None
        jobs = await workshop.jobs(receipt)
        again = await workshop.finish(await workshop.desk.retry(receipt.operation_id))
        rest = await workshop.finish(await workshop.desk.retry(str(again.operation_id), max_tokens=1_000))
    assert (receipt.max_tokens, receipt.counts.completed, receipt.counts.failed) == (45, 4, 6)
    assert {(job.stopped, job.error_code, job.failures) for job in jobs if job.error} == {("budget", "budget", 0)}
    assert "budget of 45 tokens" in receipt.errors[0]
    assert "maxTokens" in receipt.errors[0]
    assert "max_tokens" in receipt.errors[0]
    assert (again.max_tokens, again.counts.completed) == (45, 4), "a retry has as much as was granted the first time"
    assert (rest.max_tokens, rest.outcome, rest.counts.completed) == (1_000, "ok", 2)


async def test_what_a_budget_stopped_is_not_gone_on_with_by_advice_alone(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(10))
    async with open_workshop(tmp_path) as workshop, workshop.working():
        receipt = await workshop.finish(await generate(workshop, 45))
        assert receipt.operation_id is not None
        status = await workshop.desk.status(StatusQuery(receipt.operation_id))
    for step in (receipt.next_step, status.next_step):
        assert step is None or step.tool == "compare-content", "whoever pays decides on more"


@pytest.mark.parametrize("dry_run", [True, False])
async def test_no_argument_goes_over_the_ceiling_of_the_settings(tmp_path: Path, dry_run: bool) -> None:
    write_site(tmp_path, numbered(2))
    async with open_workshop(tmp_path, max_tokens=100) as workshop:
        ask = workshop.desk.plan if dry_run else workshop.desk.submit
        for operation in (
            Generate(scope=WHOLE_SITE, max_tokens=101),
            Regenerate(scope=WHOLE_SITE, max_tokens=10_000_000),
        ):
            with pytest.raises(ContentError, match=r"setting max_tokens allows: 100 \(flag\)") as refused:
                await ask(operation)
            assert refused.value.code == "over-ceiling"
        granted = await workshop.desk.plan(Generate(scope=WHOLE_SITE, max_tokens=100))
        usual = await workshop.desk.plan(Generate(scope=WHOLE_SITE))
    assert (granted.max_tokens, usual.max_tokens) == (100, 100)
    assert rows(tmp_path, "SELECT count(*) FROM operations") == [(0,)]


async def test_an_earlier_budget_is_brought_down_to_a_ceiling_that_came_later(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(10))
    async with open_workshop(tmp_path) as workshop, workshop.working():
        first = await workshop.finish(await generate(workshop, 60))
    async with open_workshop(tmp_path, max_tokens=25) as workshop:
        again = await workshop.desk.retry(str(first.operation_id))
        with pytest.raises(ContentError, match="more than"):
            await workshop.desk.retry(str(first.operation_id), max_tokens=26)
    assert again.max_tokens == 25


async def test_every_attempt_counts_against_the_budget(tmp_path: Path) -> None:
    async def fail(brief: Brief, correction: Correction | None) -> Answer:
        return Transient("unavailable", "Later.", usage=Usage(30, 0))

    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path, fail) as workshop, workshop.working():
        receipt = await workshop.finish(await generate(workshop, 70))
    assert len(workshop.writer.asked) == 2, "60 are spent, and 20 more would be too much"
    assert [one.code for one in receipt.failed] == ["budget"]


async def test_an_expensive_writer_whose_estimate_is_nothing_is_stopped_all_the_same(tmp_path: Path) -> None:
    class Unforeseeable(ScriptedWriter):
        def estimate(self, brief: Brief) -> Estimate:
            return Estimate()

    async def costly(brief: Brief, correction: Correction | None) -> Answer:
        return Written({"text": "Words."}, Usage(50, 50))

    write_site(tmp_path, numbered(20))
    writer = Unforeseeable(costly)
    settings = {"writer": writer.name, "concurrency": 2}
    async with open_desk(tmp_path, settings=settings, writers={writer.name: writer}) as desk:
        receipt = await desk.submit(Generate(scope=WHOLE_SITE, max_tokens=350))
        ended = await desk.wait(str(receipt.operation_id), seconds=SECONDS)
    assert ended.counts.completed in {4, 5}, "what runs at the same time may go over, nothing after it"
    assert {one.code for one in ended.failed} == {"budget"}


async def test_promoting_has_no_budget(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(1))
    async with open_workshop(tmp_path, max_tokens=100) as workshop:
        await workshop.run()
        receipt = await workshop.desk.perform(Promote(scope=WHOLE_SITE))
    assert (receipt.outcome, receipt.max_tokens) == ("ok", None)


async def spend(workshop: Workshop, tokens: int) -> None:
    """As a worker that has spent so much on a job, and gone away."""
    store, at = workshop.desk.store, workshop.desk.now()
    [claim] = await store.write(queue.claim, owner="gone", writers=["scripted"], limit=1, lease=60_000, at=at)
    await store.write(queue.record_usage, claim, Spent(None, tokens, 0, None), at=at)
    await store.write(queue.release, owner="gone")


async def test_with_the_budget_spent_and_no_worker_it_is_the_budget_that_blocks(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(3))
    async with open_workshop(tmp_path) as workshop:
        receipt = await generate(workshop, 40)
        await spend(workshop, 40)
        status = await workshop.desk.status(StatusQuery(receipt.operation_id))
    [operation] = status.operations
    assert operation.blocked_by == "budget"
    assert "budget of 40 tokens is used up" in status.message


async def test_several_processes_together_do_not_overspend(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(60))
    async with open_workshop(tmp_path) as workshop:
        receipt = await generate(workshop, 200)
        program = [sys.executable, str(Path(__file__).parent / "spending_process.py"), str(tmp_path)]
        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks:
                for _ in range(3):
                    tasks.start_soon(anyio.run_process, [*program, str(receipt.operation_id)])
        ended = await workshop.desk.receipt(str(receipt.operation_id))
    assert ended.usage is not None
    spent = (ended.usage.input_tokens or 0) + (ended.usage.output_tokens or 0)
    assert 180 < spent <= 200, "each section takes the 20 tokens that are expected of it"
    assert (ended.counts.completed, ended.counts.failed) == (10, 50)
    assert {one.code for one in ended.failed} == {"budget"}


# Estimates


class Measuring(ScriptedWriter):
    """Expects a token for every character of the brief."""

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate(len(brief.text), 1)


@asynccontextmanager
async def measuring(folder: Path) -> AsyncIterator[Desk]:
    writer = Measuring(obey)
    async with open_desk(folder, settings={"writer": writer.name}, writers={writer.name: writer}, worker=False) as desk:
        yield desk


async def tokens_in(desk: Desk, operation: Generate | Regenerate) -> int:
    """What the dry run expects."""
    estimate = (await desk.plan(operation)).estimate
    assert estimate is not None
    return estimate.input_tokens


async def test_an_estimate_counts_the_brief_of_each_section(tmp_path: Path) -> None:
    site = {
        "site": {"id": "small", "title": "Small"},
        "templates": {"prose": {"prompt": "Write.", "schema": {"type": "object", "properties": {}}}},
        "routes": [
            {
                "id": "home",
                "path": "/",
                "title": "Home",
                "sections": [
                    {"id": "short", "template": "prose"},
                    {"id": "long", "template": "prose", "prompt": "Say it with care. " * 200},
                ],
            }
        ],
    }
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(site, sort_keys=False), encoding="utf-8")
    async with measuring(tmp_path) as desk:
        parts = [await tokens_in(desk, Generate(scope=Scope(sections=(f"home/{one}",)))) for one in ("short", "long")]
        both = await tokens_in(desk, Generate(scope=WHOLE_SITE))
        definition = await desk.site()
    texts = [len(build_brief(definition, "home", one).text) for one in ("short", "long")]
    assert parts == texts
    assert both == sum(texts)


async def test_improving_copy_is_estimated_with_the_copy_and_rewriting_it_without(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(2))
    async with open_workshop(tmp_path) as workshop:
        await workshop.run()
    async with measuring(tmp_path) as desk:
        tokens = {
            mode: await tokens_in(desk, Regenerate(scope=WHOLE_SITE, mode=mode))
            for mode in (Mode.NEW, Mode.WITH_CURRENT)
        }
    assert tokens[Mode.WITH_CURRENT] > tokens[Mode.NEW] + 2 * len("Copy of home/section-0000.")


async def test_an_estimate_of_a_priced_writer_has_a_cost_and_that_of_another_none(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(2))
    prices = {"scripted": {"input_price": 100, "output_price": 200}}
    async with open_workshop(tmp_path, writers=prices) as workshop:
        priced = (await workshop.desk.plan(Generate(scope=WHOLE_SITE))).estimate
        unpriced = (await workshop.desk.plan(Generate(scope=WHOLE_SITE, writer="outline"))).estimate
    assert priced is not None
    assert unpriced is not None
    assert priced.cost == pytest.approx((20 * 100 + 20 * 200) / 1_000_000)
    assert unpriced.cost is None


async def test_a_plan_over_its_budget_is_warned_of(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(10))
    async with open_workshop(tmp_path) as workshop:
        [warning] = (await workshop.desk.plan(Generate(scope=WHOLE_SITE, max_tokens=100))).warnings
        enough = await workshop.desk.plan(Generate(scope=WHOLE_SITE, max_tokens=200))
    assert "200 tokens" in warning
    assert "after about 5 of 10 sections" in warning
    assert enough.warnings == ()


async def test_a_large_dry_run_and_a_large_budgeted_order_are_fast(tmp_path: Path) -> None:
    write_site(tmp_path, {f"page-{number}": [f"s-{one}" for one in range(50)] for number in range(100)})
    async with open_workshop(tmp_path) as workshop:
        await workshop.desk.site()
        began = time.monotonic()
        planned = await workshop.desk.plan(Generate(scope=WHOLE_SITE))
        submitted = await generate(workshop, 1_000)
        took = time.monotonic() - began
    assert planned.estimate is not None
    assert planned.estimate.input_tokens == 5_000 * 10
    assert submitted.queued_sections == 5_000
    assert rows(tmp_path, "SELECT DISTINCT estimate FROM jobs") == [(20,)]
    assert took < 10, "seconds on a busy machine; a fraction of one on an idle one"
