from __future__ import annotations

import threading

import anyio
import pytest

from copydesk.store.database import Database
from copydesk.store.errors import NotWritable
from copydesk.store.store import Store


def add(database: Database, text: str) -> None:
    database.change("INSERT INTO notes (text) VALUES (:text)", {"text": text})


def count(database: Database) -> int:
    number: int = database.value("SELECT count(*) FROM notes")
    return number


async def test_a_read_sees_one_snapshot_while_others_write(notes: Store) -> None:
    looked, written = threading.Event(), threading.Event()

    def look_twice(database: Database) -> tuple[int, int]:
        before = count(database)
        looked.set()
        assert written.wait(20)
        return before, count(database)

    counts = list[tuple[int, int]]()

    async def read() -> None:
        counts.append(await notes.read(look_twice))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        await anyio.to_thread.run_sync(looked.wait)
        await notes.write(add, "meanwhile")
        written.set()
    assert counts == [(0, 0)]
    assert await notes.read(count) == 1


async def test_a_read_cannot_write(notes: Store) -> None:
    with pytest.raises(NotWritable, match="readonly"):
        await notes.read(add, "forbidden")


async def test_an_error_in_a_read_leaves_the_connection_fit_for_the_next(notes: Store) -> None:
    def fail(database: Database) -> None:
        count(database)
        raise LookupError("nothing here")  # noqa: TRY003

    for _ in range(10):
        with pytest.raises(LookupError):
            await notes.read(fail)
    assert await notes.read(count) == 0


async def test_four_reads_run_at_once_and_the_fifth_waits(notes: Store) -> None:
    everyone, may_end = threading.Barrier(5), threading.Event()
    running = list[int]()

    def meet(_database: Database, number: int) -> None:
        running.append(number)
        if number < 4:
            everyone.wait(20)
            assert may_end.wait(20)

    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(notes.read, meet, number)
        await anyio.to_thread.run_sync(everyone.wait, 20)
        await anyio.wait_all_tasks_blocked()
        assert sorted(running) == [0, 1, 2, 3]
        may_end.set()
    assert running[4:] == [4]


async def test_a_cancelled_read_gives_its_connection_back_when_its_thread_is_done(notes: Store) -> None:
    entered, may_end = threading.Event(), threading.Event()

    def slow(database: Database) -> None:
        count(database)
        entered.set()
        assert may_end.wait(20)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notes.read, slow)
        await anyio.to_thread.run_sync(entered.wait)
        tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await notes.write(add, "meanwhile")
            assert await notes.read(count) == 1
        may_end.set()
    for _ in range(8):
        assert await notes.read(count) == 1
