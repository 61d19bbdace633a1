"""The pace of a writer, on a clock that stands still: turns, what is learnt from refusals, and who has to wait."""

from __future__ import annotations

import pytest

from copydesk.store import paces, pauses, queue
from copydesk.store.models import Claim
from copydesk.store.paces import Limit, Pace
from copydesk.store.states import JobState
from copydesk.store.store import Store
from tests.store.conftest import FakeClock
from tests.store.desk_of_rows import LEASE, Rows


@pytest.fixture
def rows(store: Store) -> Rows:
    return Rows(store)


def names(count: int, prefix: str = "s") -> list[str]:
    return [f"{prefix}{number:03}" for number in range(count)]


async def claim(rows: Rows, limits: dict[str, Limit], owner: str = "anna", limit: int = 100) -> list[Claim]:
    return await rows.store.write(
        queue.claim, owner=owner, writers=tuple(limits), limits=limits, limit=limit, lease=LEASE, at=rows.now()
    )


async def refuse(rows: Rows, begun_at: int, wait: int | None = None, writer: str = "outline") -> paces.Refusal:
    return await rows.store.write(paces.refuse, writer, begun_at=begun_at, wait=wait, reason="429", at=rows.now())


async def postpone(rows: Rows, held: Claim) -> queue.Finish:
    return await rows.store.write(
        queue.postpone,
        held,
        code="rate-limited",
        message="Slow down.",
        delay=60_000,
        is_counted=True,
        at=rows.now(),
    )


async def learned(rows: Rows) -> float | None:
    return (await rows.store.read(paces.pace_of, "outline", at=rows.now())).allowed


async def next_run(rows: Rows) -> int | None:
    return await rows.store.read(queue.next_run, writers=["outline"], boot=rows.store.clock.boot_id)


async def test_all_owners_together_begin_no_more_than_the_rate(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue(*names(100))
    begun = 0
    for step in range(601):
        begun += len(await claim(rows, {"outline": Limit(rate=60)}, owner=("anna", "bert")[step % 2]))
        clock.advance(100)
    assert begun == 61, "one at once, then one a second for a minute"


async def test_the_next_run_is_the_next_turn(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue(*names(3))
    limits = {"outline": Limit(rate=60)}
    clock.advance(10_000)
    assert len(await claim(rows, limits)) == 1
    due = await next_run(rows)
    assert due is not None
    assert clock.boot_time < due <= clock.boot_time + 1_000
    clock.advance(due - 1 - clock.boot_time)
    assert await claim(rows, limits) == []
    clock.advance(1)
    assert len(await claim(rows, limits)) == 1


async def test_turns_that_a_late_worker_missed_are_made_up_for_but_a_long_rest_saves_none(
    rows: Rows, clock: FakeClock
) -> None:
    await rows.enqueue(*names(100))
    limits = {"outline": Limit(rate=6_000)}
    await claim(rows, limits)
    clock.advance(50)
    assert 4 <= len(await claim(rows, limits)) <= 6
    clock.advance(50_000)
    assert len(await claim(rows, limits)) == 21, "what fits into 200 ms"


async def test_a_writer_takes_only_the_room_it_has_and_leaves_the_rest_to_others(rows: Rows) -> None:
    await rows.enqueue(*names(20, "a"), writer="slow")
    await rows.enqueue(*names(20, "b"))
    claims = await claim(rows, {"slow": Limit(room=2), "outline": Limit(room=5)}, limit=6)
    assert [one.writer for one in claims].count("slow") == 2
    assert [one.writer for one in claims].count("outline") == 4


async def test_a_writer_without_a_turn_does_not_hold_up_the_others(rows: Rows) -> None:
    await rows.enqueue(*names(20, "a"), writer="slow")
    await rows.enqueue(*names(3, "b"))
    limits = {"slow": Limit(rate=60), "outline": Limit()}
    assert sorted(one.writer for one in await claim(rows, limits)) == ["outline"] * 3 + ["slow"]


async def test_after_a_refusal_the_pace_is_what_was_accepted_with_the_pause(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue(*names(30))
    [*_, last] = await claim(rows, {"outline": Limit()}, limit=16)
    clock.advance(1_000)
    await refuse(rows, last.begun_at, wait=2_000)
    assert await learned(rows) == pytest.approx(15 / 3 * 60), "15 of 16 in three seconds"
    clock.advance(2_000)
    assert len(await claim(rows, {"outline": Limit()})) == 1, "they do not begin all at once when the pause is over"


async def test_a_time_in_which_nothing_was_wanted_does_not_count_as_what_the_provider_allows(
    rows: Rows, clock: FakeClock
) -> None:
    await rows.enqueue(*names(2, "a"))
    await claim(rows, {"outline": Limit()})
    clock.advance(40_000)
    await rows.enqueue(*names(30, "b"))
    [*_, last] = await claim(rows, {"outline": Limit()}, limit=16)
    clock.advance(1_000)
    await refuse(rows, last.begun_at, wait=2_000)
    assert await learned(rows) == pytest.approx(15 / 3 * 60), "15 of 16 in three seconds, not 17 of 18 in 43"


async def test_slow_answers_are_no_rest(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue(*names(60))
    for _ in range(3):
        [*_, last] = await claim(rows, {"outline": Limit()}, limit=16)
        clock.advance(20_000)
    await refuse(rows, last.begun_at, wait=0)
    assert await learned(rows) == pytest.approx(47), "all that was accepted within the minute"


async def test_late_refusals_correct_what_was_learnt_and_do_not_slow_down_twice(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue(*names(30))
    claims = await claim(rows, {"outline": Limit()}, limit=16)
    clock.advance(1_000)
    found = [await refuse(rows, one.begun_at, wait=2_000) for one in claims[:6]]
    assert await learned(rows) == pytest.approx(10 / 3 * 60), "10 were accepted"
    assert [one.is_first for one in found] == [True, *[False] * 5]


async def test_a_pace_that_is_kept_without_refusals_rises(rows: Rows, clock: FakeClock) -> None:
    await rows.enqueue(*names(2))
    [first, _] = await claim(rows, {"outline": Limit()})
    await refuse(rows, first.begun_at, wait=1_000)
    pace = await rows.store.read(paces.pace_of, "outline", at=rows.now())
    rates = []
    for _ in range(100):
        pace = pace.begin(clock.boot_time, 1, None)
        rates.append(pace.allowed or 0.0)
    assert rates == sorted(rates)
    assert rates[-1] > 2 * rates[0]


async def test_one_more_refusal_costs_a_pace_at_least_5_and_at_most_20_percent(clock: FakeClock) -> None:
    kept = Pace(0.0, 0, begun=2, learned=600.0, sample=100)
    assert kept.allowed is not None
    assert kept.refuse(60_000, 1_000).learned == pytest.approx(0.8 * kept.allowed)
    quick = Pace(0.0, 59_000, begun=100, learned=600.0, sample=100)
    assert quick.allowed is not None
    assert quick.refuse(60_000, 1_000).learned == pytest.approx(0.95 * quick.allowed)


async def test_what_is_set_holds_though_the_provider_would_allow_more(rows: Rows, clock: FakeClock) -> None:
    fast = Pace(0.0, 0, begun=0, learned=6_000.0)
    assert fast.interval(60.0) == 1_000
    assert fast.interval(None) == 10


async def test_without_a_word_of_the_provider_pauses_double_until_it_accepts(rows: Rows, clock: FakeClock) -> None:
    lengths = []
    for _ in range(4):
        found = await refuse(rows, clock.boot_time)
        lengths.append(found.pause)
        clock.advance(found.pause)
    assert lengths == [500, 1_000, 2_000, 4_000]
    await rows.store.write(paces.accept, "outline")
    found = await refuse(rows, clock.boot_time)
    assert (found.pause, found.is_first, found.lasted) == (500, True, 0)


async def test_a_refusal_tells_for_how_long_nothing_was_accepted(rows: Rows, clock: FakeClock) -> None:
    await refuse(rows, clock.boot_time, wait=1_000)
    clock.advance(90_000)
    assert (await refuse(rows, clock.boot_time, wait=1_000)).lasted == 90_000


async def test_what_was_learnt_is_forgotten_after_an_hour_and_after_a_restart(rows: Rows, clock: FakeClock) -> None:
    await refuse(rows, clock.boot_time, wait=1_000)
    assert await learned(rows) is not None
    clock.advance(3_602_000)
    assert await learned(rows) is None
    await refuse(rows, clock.boot_time, wait=1_000)
    clock.boot_id, clock.boot_time = "boot-2", 10
    assert await learned(rows) is None


async def test_a_postponed_job_has_spent_no_attempt_and_goes_first(rows: Rows, clock: FakeClock) -> None:
    seq = await rows.enqueue(*names(2))
    [held] = await claim(rows, {"outline": Limit()}, limit=1)
    assert await postpone(rows, held) is queue.Finish.DONE
    assert await rows.states(seq) == [JobState.PENDING] * 2
    [again] = await claim(rows, {"outline": Limit()}, limit=1)
    assert (again.position, again.failures, again.refusals, again.attempt) == (held.position, 0, 1, 2)
    await postpone(rows, again)
    [other] = await claim(rows, {"outline": Limit()})
    assert other.position != held.position, "one that was refused before lets others go first"


async def test_a_turn_that_is_taken_inline_counts_for_all(rows: Rows, clock: FakeClock) -> None:
    async def turn() -> int:
        return await rows.store.write(paces.take_turn, "outline", 60.0, at=rows.now())

    await rows.enqueue("hero")
    assert await turn() == 0
    assert await claim(rows, {"outline": Limit(rate=60)}) == []
    wait = await turn()
    assert 0 < wait <= 1_000
    clock.advance(wait)
    assert await turn() == 0
    await rows.store.write(pauses.pause_writer, "outline", delay=5_000, reason="429", at=rows.now())
    assert await turn() >= 5_000
