"""What the triggers count equals what a count of the rows would say, whatever happened in whatever order."""

from __future__ import annotations

import tempfile
from pathlib import Path

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.store import operations, queue, stopping
from copydesk.store.database import Database
from copydesk.store.models import Claim, Spent
from copydesk.store.states import JobState
from copydesk.store.store import open_store
from tests.store.conftest import FakeClock
from tests.store.desk_of_rows import Rows

SECTIONS = ("a", "b", "c")
STEPS = (
    "enqueue",
    "claim",
    "complete",
    "fail",
    "retry",
    "release",
    "rescue the dead",
    "rescue the late",
    "cancel",
    "cancel one",
    "stop",
    "spend",
)


@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), max_size=25))
@settings(max_examples=40, deadline=None)
def test_counters_equal_the_rows_after_any_sequence(steps: list[tuple[str, int]]) -> None:
    anyio.run(_live_through, steps)


async def _live_through(steps: list[tuple[str, int]]) -> None:
    clock = FakeClock()
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder) / "copydesk.db", clock=clock) as store:
            life = _Life(Rows(store), clock)
            for step, number in steps:
                await life.step(step, number)
            await store.read(_compare)


class _Life:
    """A store to which things happen. Old claims are used again on purpose: most of them are stale."""

    def __init__(self, rows: Rows, clock: FakeClock) -> None:
        self.rows = rows
        self.clock = clock
        self.operations: list[int] = []
        self.claims: list[Claim] = []

    async def step(self, step: str, number: int) -> None:
        match step:
            case "enqueue":
                await self._enqueue(number)
            case "claim":
                self.claims += await self.rows.claim(f"owner-{number % 2}", limit=number)
            case "release":
                await self.rows.store.write(queue.release, owner=f"owner-{number % 2}")
            case "rescue the dead":
                await self.rows.rescue(f"owner-{number % 2}")
            case "rescue the late":
                self.clock.advance(number * 10_000)
                await self.rows.rescue()
            case "cancel" | "cancel one" | "stop" if self.operations:
                await self._take_away(step, self.operations[number % len(self.operations)], number)
            case _ if self.claims:
                await self._finish(step, self.claims[number % len(self.claims)])

    async def _enqueue(self, number: int) -> None:
        busy = {job.section for job in await self.rows.store.read(operations.unfinished_jobs)}
        free = [section for section in SECTIONS if section not in busy]
        if free:
            costs = [number] * len(free)
            budget = 5 if number % 2 else None
            self.operations.append(await self.rows.enqueue(*free, budget=budget, estimates=costs))

    async def _take_away(self, step: str, operation: int, number: int) -> None:
        write, at = self.rows.store.write, self.rows.now()
        match step:
            case "cancel":
                await self.rows.cancel(operation)
            case "cancel one":
                await write(stopping.cancel_job, operation, 1 + number % 3, at=at)
            case _:
                await write(stopping.stop_operation, operation, code="k", message="m", stopped="key", at=at)

    async def _finish(self, step: str, claim: Claim) -> None:
        match step:
            case "complete":
                await self.rows.complete(claim, spent=Spent(None, 1, 2, None))
            case "fail":
                await self.rows.fail(claim)
            case "retry":
                await self.rows.retry(claim, 0)
            case _:
                await self.rows.store.write(queue.record_usage, claim, Spent(None, 1, 2, None), at=self.rows.now())


def _compare(db: Database) -> None:
    for seq in [row["seq"] for row in db.rows("SELECT seq FROM operations")]:
        counted = operations.by_seq(db, seq)
        assert counted is not None
        for state in JobState:
            by_hand = db.value(
                "SELECT count(*) FROM jobs WHERE operation = :seq AND state = :state", {"seq": seq, "state": state}
            )
            assert getattr(counted, state.value) == by_hand, state
        totals = {
            "reserved_tokens": (
                "SELECT coalesce(sum(estimate), 0) FROM jobs WHERE state = 'processing' AND operation = :seq"
            ),
            "input_tokens": "SELECT sum(input_tokens) FROM usage WHERE operation = :seq",
            "output_tokens": "SELECT sum(output_tokens) FROM usage WHERE operation = :seq",
            "cost": "SELECT sum(cost) FROM usage WHERE operation = :seq",
            "changed": "SELECT count(*) FROM changes WHERE operation = :seq",
        }
        for name, sql in totals.items():
            assert getattr(counted, name) == db.value(sql, {"seq": seq}), name
        assert (counted.finished_at is None) is counted.is_unfinished
