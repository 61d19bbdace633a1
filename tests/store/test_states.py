from __future__ import annotations

import pytest

from copydesk.store.database import Database
from copydesk.store.errors import ConstraintViolated
from copydesk.store.states import OperationStatus
from copydesk.store.store import Store
from tests.store.desk_of_rows import Rows


@pytest.fixture
def rows(store: Store) -> Rows:
    return Rows(store)


async def run(store: Store, sql: str) -> int:
    def change(db: Database) -> int:
        return db.change(sql)

    return await store.write(change)


@pytest.mark.parametrize(
    "illegal",
    [
        "state = 'asleep'",
        "state = 'processing'",
        "state = 'completed'",
        "state = 'failed', finished_at = 1",
        "state = 'failed', finished_at = 1, error = 'No.'",
        "lease_until = 1",
        "owner = 'anna'",
        "finished_at = 1",
        "stopped = 'key'",
        "stopped = 'boredom', state = 'failed', finished_at = 1, error = 'No.', error_code = 'no'",
        "waiting_for = 'godot'",
        "environment = 'staging'",
        "failures = -1",
        "estimate = -1",
        "result = '{'",
        "undoes = '['",
    ],
)
async def test_a_waiting_job_cannot_become_what_no_job_is(rows: Rows, store: Store, illegal: str) -> None:
    operation = await rows.enqueue("hero")
    before = await rows.jobs(operation)
    with pytest.raises(ConstraintViolated):
        await run(store, f"UPDATE jobs SET {illegal}")  # noqa: S608 - from the list above
    assert await rows.jobs(operation) == before


@pytest.mark.parametrize("end", ["complete", "fail", "cancel"])
async def test_a_finished_job_stays_as_it_is(rows: Rows, store: Store, end: str) -> None:
    operation = await rows.enqueue("hero")
    [claim] = await rows.claim()
    match end:
        case "complete":
            await rows.complete(claim)
        case "fail":
            await rows.fail(claim)
        case _:
            await rows.cancel(operation)
    before = await rows.jobs(operation)
    with pytest.raises(ConstraintViolated):
        await run(store, "UPDATE jobs SET state = 'pending', finished_at = NULL")
    assert await rows.jobs(operation) == before


@pytest.mark.parametrize(
    "forbidden",
    [
        "UPDATE revisions SET fields = '{}'",
        "DELETE FROM revisions",
        "UPDATE changes SET after = NULL",
        "UPDATE changes SET operation = 2",
        "DELETE FROM changes",
        "DELETE FROM operations",
        "UPDATE entities SET revision = 99",
    ],
)
async def test_history_cannot_be_rewritten(rows: Rows, store: Store, forbidden: str) -> None:
    await rows.write_copy()
    with pytest.raises(ConstraintViolated):
        await run(store, forbidden)


async def test_an_unfinished_job_cannot_be_deleted(rows: Rows, store: Store) -> None:
    await rows.enqueue("hero")
    with pytest.raises(ConstraintViolated):
        await run(store, "DELETE FROM jobs")
    await rows.claim()
    with pytest.raises(ConstraintViolated):
        await run(store, "DELETE FROM jobs")


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        (["complete", "complete"], OperationStatus.COMPLETED),
        (["complete", "fail"], OperationStatus.COMPLETED),
        (["fail", "fail"], OperationStatus.FAILED),
        (["complete", "cancel"], OperationStatus.CANCELLED),
        (["fail", "cancel"], OperationStatus.CANCELLED),
        (["complete", "nothing"], OperationStatus.PROCESSING),
        (["nothing", "nothing"], OperationStatus.PENDING),
    ],
)
async def test_the_status_of_an_operation_follows_from_its_jobs(
    rows: Rows, ends: list[str], status: OperationStatus
) -> None:
    operation = await rows.enqueue("a", "b")
    for end in ends:
        match end:
            case "complete":
                await rows.complete((await rows.claim(limit=1))[0])
            case "fail":
                await rows.fail((await rows.claim(limit=1))[0])
            case "cancel":
                await rows.cancel(operation)
    found = await rows.operation(operation)
    assert found.status is status
    assert (found.finished_at is None) is found.is_unfinished
