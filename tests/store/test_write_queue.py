from __future__ import annotations

import contextlib
import random
import threading
from itertools import compress
from pathlib import Path
from typing import Any

import anyio
import pytest

from copydesk.store.connection import Patience, open_connection
from copydesk.store.database import Database, Topic
from copydesk.store.driver import sqlite
from copydesk.store.errors import ConstraintViolated, StoreBusy, StoreClosed, StoreError, StoreFull
from copydesk.store.migrate import Migration
from copydesk.store.store import Store, open_store
from copydesk.store.write_queue import WriteQueue


class Gate:
    """A write that keeps the writer's thread until it is opened: what arrives meanwhile is the next batch."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()

    def write(self, _database: Database) -> None:
        self.entered.set()
        assert self.open.wait(20)

    async def wait_entered(self) -> None:
        await anyio.to_thread.run_sync(self.entered.wait)


def add(database: Database, text: str) -> int:
    number: int = database.value("INSERT INTO notes (text) VALUES (:text) RETURNING id", {"text": text})
    return number


def add_dangling_word(database: Database) -> None:
    database.change("INSERT INTO words (note, word) VALUES (999, 'lost')")


def texts(database: Database) -> list[str]:
    return [row["text"] for row in database.rows("SELECT text FROM notes ORDER BY id")]


async def together(store: Store, *writes: Any) -> list[Any]:
    """Hand in all writes so that they share one commit; their answers, errors as values."""
    gate = Gate()
    answers: list[Any] = [None] * len(writes)

    async def hand_in(place: int) -> None:
        try:
            answers[place] = await store.write(writes[place])
        except (StoreError, ValueError) as error:
            answers[place] = error

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(store.write, gate.write)
        await gate.wait_entered()
        for place in range(len(writes)):
            tasks.start_soon(hand_in, place)
        await anyio.wait_all_tasks_blocked()
        gate.open.set()
    return answers


async def test_a_write_answers_what_its_function_returns_once_it_is_committed(notes: Store) -> None:
    assert await notes.write(add, "a") == 1
    assert await notes.read(texts) == ["a"]


async def test_what_arrives_together_is_one_transaction_in_the_order_of_arrival(notes: Store) -> None:
    seen = list[int]()

    def add_and_look(database: Database) -> None:
        add(database, str(len(seen)))
        seen.append(database.value("SELECT count(*) FROM notes"))

    await together(notes, *[add_and_look] * 20)
    assert seen == list(range(1, 21))


async def test_the_failure_of_one_does_not_touch_its_neighbours(notes: Store) -> None:
    def fail_half_way(database: Database) -> None:
        add(database, "half")
        message = "changed my mind"
        raise ValueError(message)

    answers = await together(
        notes, lambda db: add(db, "a"), fail_half_way, lambda db: add(db, ""), lambda db: add(db, "b")
    )
    assert await notes.read(texts) == ["a", "b"]
    assert [type(answer) for answer in answers] == [int, ValueError, ConstraintViolated, int]


async def test_a_constraint_that_fails_at_the_commit_fails_only_the_write_that_broke_it(notes: Store) -> None:
    answers = await together(notes, lambda db: add(db, "a"), add_dangling_word, lambda db: add(db, "b"))
    assert await notes.read(texts) == ["a", "b"]
    assert isinstance(answers[1], ConstraintViolated)


async def test_a_single_write_that_fails_leaves_nothing_and_raises_its_own_error(notes: Store) -> None:
    with pytest.raises(ConstraintViolated, match="CHECK"):
        await notes.write(lambda db: [add(db, text) for text in ("a", "")])
    with pytest.raises(ConstraintViolated, match="FOREIGN KEY"):
        await notes.write(add_dangling_word)
    assert await notes.read(texts) == []


async def test_a_write_cancelled_before_its_turn_is_skipped_whole(notes: Store) -> None:
    gate = Gate()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notes.write, gate.write)
        await gate.wait_entered()
        async with anyio.create_task_group() as cancelled:
            cancelled.start_soon(notes.write, add, "cancelled")
            await anyio.wait_all_tasks_blocked()
            cancelled.cancel_scope.cancel()
        gate.open.set()
    await notes.write(add, "after")
    assert await notes.read(texts) == ["after"]


async def test_a_write_cancelled_after_it_began_stands_whole(notes: Store) -> None:
    gate = Gate()

    def slow_add(database: Database) -> None:
        add(database, "one half")
        gate.write(database)
        add(database, "other half")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notes.write, slow_add)
        await gate.wait_entered()
        tasks.cancel_scope.cancel()
    gate.open.set()
    await notes.write(add, "after")
    assert await notes.read(texts) == ["one half", "other half", "after"]


async def test_a_write_to_be_done_regardless_outlives_its_caller(notes: Store) -> None:
    gate = Gate()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notes.write, gate.write)
        await gate.wait_entered()
        async with anyio.create_task_group() as cancelled:
            cancelled.start_soon(notes.write_regardless, add, "regardless")
            await anyio.wait_all_tasks_blocked()
            cancelled.cancel_scope.cancel()
        gate.open.set()
    await notes.write(add, "after")
    assert await notes.read(texts) == ["regardless", "after"]


async def test_accepted_writes_are_finished_when_the_store_closes(
    database_path: Path, migrations: tuple[Migration, ...]
) -> None:
    gate = Gate()
    async with anyio.create_task_group() as tasks, open_store(database_path, migrations=migrations) as store:
        tasks.start_soon(store.write, gate.write)
        await gate.wait_entered()
        for number in range(5):
            tasks.start_soon(store.write, add, str(number))
        await anyio.wait_all_tasks_blocked()
        gate.open.set()
    async with open_store(database_path, migrations=migrations) as store:
        assert await store.read(texts) == ["0", "1", "2", "3", "4"]


async def test_a_closed_store_takes_no_writes_and_no_reads(
    database_path: Path, migrations: tuple[Migration, ...]
) -> None:
    async with open_store(database_path, migrations=migrations) as store:
        pass
    with pytest.raises(StoreClosed):
        await store.write(add, "late")
    with pytest.raises(StoreClosed):
        await store.read(texts)


async def test_topics_are_told_after_the_commit_and_not_for_a_write_that_failed(notes: Store) -> None:
    def tell(database: Database) -> None:
        add(database, "a")
        database.tell(Topic.WORK)

    def tell_and_fail(database: Database) -> None:
        database.tell(Topic.STOP)
        add(database, "")

    with notes.signals.watch(Topic.WORK) as work, notes.signals.watch(Topic.STOP) as stop:
        await together(notes, tell, tell_and_fail)
        assert await work.wait(0)
        assert not await stop.wait(0)
    assert await notes.read(texts) == ["a"]


async def test_a_full_disk_reaches_its_callers_and_the_writer_survives(notes: Store) -> None:
    pages = await notes.write(lambda db: db.value("PRAGMA page_count"))
    await notes.write(lambda db: db.value(f"PRAGMA max_page_count = {pages + 2}"))
    big = "x" * 100_000
    answers = await together(notes, lambda db: add(db, "small"), lambda db: add(db, big), lambda db: add(db, "b"))
    await notes.write(lambda db: db.value("PRAGMA max_page_count = 1000000"))
    assert isinstance(answers[1], StoreFull)
    succeeded = [isinstance(answer, int) for answer in answers]
    assert await notes.read(texts) == list(compress(["small", big, "b"], succeeded))
    assert await notes.write(add, big) >= 1


async def test_a_lock_held_for_too_long_is_busy_and_nothing_is_stored(tmp_path: Path) -> None:
    other = await open_connection(tmp_path / "a.db", read_only=False)
    await other.run(lambda raw: raw.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text)"))
    await other.run(lambda raw: raw.execute("BEGIN IMMEDIATE"))
    connection = await open_connection(tmp_path / "a.db", read_only=False)
    queue = WriteQueue(connection, tell=lambda _topics: None, patience=Patience(0.01))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(queue.run)
        with pytest.raises(StoreBusy):
            await queue.write(add, "a")
        await other.run(lambda raw: raw.execute("ROLLBACK"))
        assert await queue.write(add, "b") == 1
        await queue.close()
    await connection.close()
    await other.close()


async def test_a_write_waits_for_the_lock_of_another_connection(notes: Store) -> None:
    other = await open_connection(notes.path, read_only=False)
    await other.run(lambda raw: raw.execute("BEGIN IMMEDIATE"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notes.write, add, "waited")
        await anyio.wait_all_tasks_blocked()
        assert await notes.read(texts) == []
        await other.run(lambda raw: raw.execute("COMMIT"))
    assert await notes.read(texts) == ["waited"]
    await other.close()


async def test_the_bodys_error_leaves_the_store_as_it_is(
    database_path: Path, migrations: tuple[Migration, ...]
) -> None:
    with pytest.raises(ValueError, match="mine"):
        async with open_store(database_path, migrations=migrations):
            raise ValueError("mine")


async def test_a_cancelled_body_closes_the_store_and_keeps_what_was_accepted(
    database_path: Path, migrations: tuple[Migration, ...]
) -> None:
    with anyio.CancelScope() as scope:
        async with open_store(database_path, migrations=migrations) as store:
            await store.write(add, "kept")
            scope.cancel()
            await anyio.sleep_forever()
    assert [path.name async for path in anyio.Path(database_path.parent / "run").iterdir()] == []
    async with open_store(database_path, migrations=migrations) as store:
        assert await store.read(texts) == ["kept"]


async def test_nothing_acknowledged_is_lost_by_a_kill(database_path: Path, start_child: Any) -> None:
    child = await start_child("write_without_end", database_path)
    acknowledged = 0
    while acknowledged < 50:
        acknowledged = int(await child.hear())
    await child.kill()
    connection = await open_connection(database_path, read_only=False)

    def count(raw: sqlite.Connection) -> int:
        number: int = raw.execute("SELECT count(*) FROM notes").fetchone()[0]
        return number

    assert await connection.run(count) >= acknowledged
    await connection.close()


async def test_a_write_waits_for_another_process_but_closing_does_not_wait_for_ever(
    notes: Store, migrations: tuple[Migration, ...], start_child: Any
) -> None:
    async def write_and_close() -> None:
        async with anyio.create_task_group() as tasks, open_store(notes.path, migrations=migrations) as store:
            tasks.start_soon(store.write, add, "hurried")
            await anyio.wait_all_tasks_blocked()

    child = await start_child("keep_locked", notes.path)
    assert await child.hear() == "locked"
    with anyio.fail_after(15):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(notes.write, add, "patient")
            with pytest.RaisesGroup(StoreBusy):
                await write_and_close()
            await child.say("let go")
    assert await notes.read(texts) == ["patient"]


async def test_writes_cancelled_at_any_moment_are_whole_or_absent_and_what_was_answered_stands(notes: Store) -> None:
    chance = random.Random(7)  # noqa: S311  (the same deadlines in every run)
    answered = set[int]()

    def add_pair(database: Database, number: int) -> None:
        add(database, f"{number} first")
        add(database, f"{number} second" if number % 10 else "")

    async def write(number: int) -> None:
        deadline = None if number % 3 == 0 else chance.random() * 0.01
        with anyio.move_on_after(deadline), contextlib.suppress(ConstraintViolated):
            await notes.write(add_pair, number)
            answered.add(number)

    async def write_many(start: int) -> None:
        for number in range(start, start + 25):
            await write(number)

    async with anyio.create_task_group() as tasks:
        for start in range(0, 1_000, 25):
            tasks.start_soon(write_many, start)
    stored = [int(text.split()[0]) for text in await notes.read(texts)]
    assert sorted(stored) == sorted([*set(stored), *set(stored)])
    assert answered <= set(stored)
    assert {number for number in range(0, 1_000, 3) if number % 10} <= answered
    assert not any(number % 10 == 0 for number in stored)
