from __future__ import annotations

import pytest

from copydesk.store import entities, pruning, queue
from copydesk.store.models import Spent
from copydesk.store.states import Environment, OperationStatus
from copydesk.store.store import Store
from tests.store.conftest import FakeClock
from tests.store.desk_of_rows import Rows, hero

DAY = 86_400_000


@pytest.fixture
def rows(store: Store) -> Rows:
    return Rows(store)


async def prune(rows: Rows, limit: int = 2_000) -> int:
    at = rows.now()
    return await rows.store.write(pruning.prune, before=at.now - 30 * DAY, at=at, limit=limit)


async def finish(rows: Rows, *sections: str) -> int:
    operation = await rows.enqueue(*sections)
    for claim in await rows.claim(operation=operation):
        await rows.complete(claim, spent=Spent("gpt", 3, 4, 0.1))
    return operation


async def test_jobs_go_after_their_time_and_everything_else_stays(rows: Rows, store: Store, clock: FakeClock) -> None:
    old = await finish(rows, "hero", "faq")
    clock.advance(30 * DAY + 1)
    assert await prune(rows) == 2
    found = await rows.operation(old)
    assert await rows.jobs(old) == []
    assert await rows.count("usage") == 0
    assert (found.status, found.completed, found.input_tokens) == (OperationStatus.COMPLETED, 2, 6)
    assert found.pruned_at == clock.now()
    assert (await rows.count("revisions"), await rows.count("changes")) == (2, 2)
    assert await store.read(entities.current_copy, hero(Environment.PREVIEW)) is not None


async def test_young_and_unfinished_operations_keep_their_jobs(rows: Rows, clock: FakeClock) -> None:
    unfinished = await rows.enqueue("prices")
    clock.advance(31 * DAY)
    young = await finish(rows, "hero")
    assert await prune(rows) == 0
    assert len(await rows.jobs(unfinished)) == len(await rows.jobs(young)) == 1


async def test_pruning_goes_in_batches_and_comes_to_an_end(rows: Rows, clock: FakeClock) -> None:
    await finish(rows, *(f"section-{number}" for number in range(7)))
    await finish(rows, "hero", "faq")
    clock.advance(31 * DAY)
    batches = []
    while deleted := await prune(rows, limit=3):
        batches.append(deleted)
    assert sum(batches) == 9
    assert max(batches) <= 3
    assert await rows.count("jobs") == 0
    assert await rows.count("operations") == 2


async def test_a_late_worker_of_a_pruned_operation_does_no_harm(rows: Rows, clock: FakeClock) -> None:
    operation = await rows.enqueue("hero")
    [claim] = await rows.claim()
    await rows.cancel(operation)
    clock.advance(31 * DAY)
    await prune(rows)
    assert await rows.complete(claim) is queue.Finish.LOST
    assert await rows.count("revisions") == 0
