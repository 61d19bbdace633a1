from __future__ import annotations

import pytest

from copydesk.store import pauses
from copydesk.store.store import Store
from tests.store.conftest import FakeClock
from tests.store.desk_of_rows import Rows


@pytest.fixture
def rows(store: Store) -> Rows:
    return Rows(store)


async def pause(rows: Rows, delay: int) -> None:
    await rows.store.write(pauses.pause_writer, "slow", delay=delay, reason="429", at=rows.now())


async def test_a_paused_writer_gets_no_jobs_until_its_pause_is_over(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue("hero", writer="slow")
    await rows.enqueue("faq")
    await pause(rows, 1_000)
    assert [claim.section for claim in await rows.claim(writers=["slow", "outline"])] == ["faq"]
    clock.advance(1_000)
    assert [claim.section for claim in await rows.claim(writers=["slow", "outline"])] == ["hero"]


async def test_a_shorter_pause_does_not_end_a_longer_one(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue("hero", writer="slow")
    await pause(rows, 5_000)
    await pause(rows, 1_000)
    clock.advance(4_999)
    assert await rows.claim(writers=["slow"]) == []
    clock.advance(1)
    assert len(await rows.claim(writers=["slow"])) == 1


async def test_a_pause_does_not_outlive_a_restart_of_the_machine(rows: Rows, clock: FakeClock) -> None:
    await pause(rows, 60_000)
    clock.boot_id, clock.boot_time = "boot-2", 10
    await rows.enqueue("hero", writer="slow")
    assert len(await rows.claim(writers=["slow"])) == 1


async def test_a_pause_holds_for_jobs_that_are_done_inline_too(rows: Rows) -> None:
    operation = await rows.enqueue("hero", writer="slow")
    await pause(rows, 1_000)
    assert await rows.claim(writers=["slow"], operation=operation) == []
