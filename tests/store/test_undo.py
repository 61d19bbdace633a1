from __future__ import annotations

import tempfile
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.store import entities, releases, undo
from copydesk.store.models import Change
from copydesk.store.states import Environment, JobState
from copydesk.store.store import Store, open_store
from tests.store.conftest import FakeClock
from tests.store.desk_of_rows import Rows

PRODUCTION = Environment.PRODUCTION


@pytest.fixture
def rows(store: Store) -> Rows:
    return Rows(store)


async def apply(rows: Rows, operation: int) -> bool:
    return await rows.store.write(releases.apply_operation, operation, at=rows.now())


async def release(rows: Rows, **revisions: int) -> int:
    operation = await rows.enqueue_release(**revisions)
    assert await apply(rows, operation)
    return operation


async def standing(rows: Rows, *operations: int) -> list[Change]:
    return await rows.store.read(undo.standing_changes, operations)


async def take_back(rows: Rows, *operations: int, force: bool = False) -> int:
    """Undo what stands of these operations on the section `hero`, newest first."""
    changes = [change.id for change in await standing(rows, *operations)]
    operation = await rows.enqueue_undo(*changes, force=force)
    assert await apply(rows, operation)
    return operation


async def test_a_release_moves_all_its_sections_or_waits(rows: Rows) -> None:
    hero, faq = await rows.write_copy("hero"), await rows.write_copy("faq")
    operation = await rows.enqueue_release(hero=hero, faq=faq)
    assert await rows.current(PRODUCTION) is None
    assert await apply(rows, operation)
    assert await rows.current(PRODUCTION, "hero") == hero
    assert await rows.current(PRODUCTION, "faq") == faq
    assert await rows.states(operation) == [JobState.COMPLETED] * 2


async def test_an_operation_is_applied_once(rows: Rows) -> None:
    operation = await release(rows, hero=await rows.write_copy())
    assert not await apply(rows, operation)
    assert len(await standing(rows, operation)) == 1


async def test_a_cancelled_release_is_not_applied(rows: Rows) -> None:
    operation = await rows.enqueue_release(hero=await rows.write_copy())
    await rows.cancel(operation)
    assert not await apply(rows, operation)
    assert await rows.current(PRODUCTION) is None


async def test_the_undo_of_a_first_release_removes_the_copy(rows: Rows) -> None:
    released = await release(rows, hero=await rows.write_copy())
    undoing = await take_back(rows, released)
    assert await rows.current(PRODUCTION) is None
    assert await standing(rows, released) == []
    [inverse] = await standing(rows, undoing)
    assert inverse.after is None


async def test_releases_are_walked_back_one_by_one(rows: Rows, store: Store) -> None:
    first, second = await rows.write_copy(text="one"), await rows.write_copy(text="two")
    await release(rows, hero=first)
    await release(rows, hero=second)
    for expected in (first, None):
        last = await store.read(undo.last_releases)
        operation = await rows.enqueue_undo(last["home", "hero"].change)
        await apply(rows, operation)
        assert await rows.current(PRODUCTION) == expected
    assert await store.read(undo.last_releases) == {}


async def test_a_redo_makes_the_first_effect_stand_again_and_can_be_undone_too(rows: Rows) -> None:
    revision = await rows.write_copy()
    released = await release(rows, hero=revision)
    undone = await take_back(rows, released)
    redone = await take_back(rows, undone)
    assert await rows.current(PRODUCTION) == revision
    assert len(await standing(rows, released)) == 1
    assert await standing(rows, undone) == []
    await take_back(rows, redone)
    assert await rows.current(PRODUCTION) is None
    assert await standing(rows, released) == []
    assert len(await standing(rows, undone)) == 1


async def test_drift_refuses_the_whole_rollback_and_changes_nothing(rows: Rows, store: Store) -> None:
    one, two = await rows.write_copy(text="one"), await rows.write_copy(text="two")
    first = await release(rows, hero=one)
    await release(rows, hero=two)
    [change] = await standing(rows, first)
    operation = await rows.enqueue_undo(change.id)
    changes = await rows.count("changes")
    assert await apply(rows, operation)
    [job] = await rows.jobs(operation)
    assert (job.state, job.error_code) == (JobState.FAILED, "drift")
    assert job.error is not None
    assert "home/hero (production) was changed since by op_" in job.error
    assert await rows.current(PRODUCTION) == two
    assert await rows.count("changes") == changes
    [drift] = await store.read(undo.find_drift, [change])
    assert (drift.expected, drift.found) == (one, two)


async def test_a_release_that_others_came_after_has_drifted_even_if_its_copy_is_back(rows: Rows) -> None:
    one, two = await rows.write_copy(text="one"), await rows.write_copy(text="two")
    first = await release(rows, hero=one)
    second = await release(rows, hero=two)
    third = await release(rows, hero=one)
    refused = await take_back(rows, first)
    assert [job.error_code for job in await rows.jobs(refused)] == ["drift"]
    assert await rows.current(PRODUCTION) == one
    await take_back(rows, first, second, third)
    assert await rows.current(PRODUCTION) is None


async def test_force_restores_what_was_there_before_over_the_drift(rows: Rows) -> None:
    one, two, three = [await rows.write_copy(text=text) for text in ("one", "two", "three")]
    await release(rows, hero=one)
    second = await release(rows, hero=two)
    await release(rows, hero=three)
    await take_back(rows, second, force=True)
    assert await rows.current(PRODUCTION) == one


async def test_a_chain_of_releases_is_taken_back_in_one_go_newest_first(rows: Rows) -> None:
    revisions = [await rows.write_copy(text=text) for text in ("one", "two", "three")]
    releases = [await release(rows, hero=revision) for revision in revisions]
    await take_back(rows, *releases[1:])
    assert await rows.current(PRODUCTION) == revisions[0]


@given(steps=st.lists(st.tuples(st.sampled_from(["release", "undo"]), st.integers(0, 9)), max_size=12))
@settings(max_examples=30, deadline=None)
def test_chains_of_releases_undo_and_redo_agree_with_a_tiny_model(steps: list[tuple[str, int]]) -> None:
    anyio.run(_compare_with_model, steps)


class _Model:
    """One section of production. Each operation: what stood before, what after, which operation it undoes."""

    def __init__(self) -> None:
        self.now: int | None = None
        self.done: list[tuple[int | None, int | None, int | None]] = []

    def stands(self, number: int) -> bool:
        """It stands unless an operation that undoes it stands itself."""
        return not any(undoes == number and self.stands(later) for later, (_, _, undoes) in enumerate(self.done))

    def move(self, after: int | None, undoes: int | None = None) -> None:
        self.done.append((self.now, after, undoes))
        self.now = after


async def _compare_with_model(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder) / "copydesk.db", clock=FakeClock()) as store:
            rows, model, operations = Rows(store), _Model(), list[int]()
            for step, number in steps:
                if step == "release":
                    revision = await rows.write_copy(text=str(number))
                    operations.append(await release(rows, hero=revision))
                    model.move(revision)
                elif operations:
                    await _undo_in_both(rows, model, operations, number % len(operations))
                assert await rows.current(PRODUCTION) == model.now
                assert [bool(await standing(rows, one)) for one in operations] == [
                    model.stands(one) for one in range(len(operations))
                ]
            changes = await store.read(entities.changes_of, operations[-1]) if operations else []
            assert len(changes) <= 1


async def _undo_in_both(rows: Rows, model: _Model, operations: list[int], chosen: int) -> None:
    """Undo one operation that stands; where the model says that the section has drifted, the store must refuse."""
    before, after, _ = model.done[chosen]
    if not model.stands(chosen):
        assert await standing(rows, operations[chosen]) == []
        return
    undoing = await take_back(rows, operations[chosen])
    if after != model.now:
        assert await rows.states(undoing) == [JobState.FAILED]
        return
    operations.append(undoing)
    model.move(before, undoes=chosen)
