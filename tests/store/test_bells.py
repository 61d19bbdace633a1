from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from copydesk.store.bells import Bells
from copydesk.store.connection import open_connection
from copydesk.store.database import Topic
from copydesk.store.polling import poll_commits
from copydesk.store.signals import Signals
from copydesk.store.store import Store, open_store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no Unix datagram sockets: Windows polls")


class Ear:
    """Hears a bell."""

    def __init__(self) -> None:
        self.heard = anyio.Event()
        self.topics: frozenset[Topic] = frozenset()

    def __call__(self, topics: frozenset[Topic]) -> None:
        self.topics = topics
        self.heard.set()


async def test_a_commit_of_another_process_rings_our_bell(database_path: Path, start_child: Any) -> None:
    child = await start_child("write_notes", database_path)
    assert await child.hear() == "ready"
    ear = Ear()
    bells = Bells(database_path.parent / "run", "ours", ear)
    bells.open()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bells.listen)
        await child.say("a note")
        with anyio.fail_after(10):
            await ear.heard.wait()
        tasks.cancel_scope.cancel()
    bells.close()
    assert ear.topics == {Topic.PROGRESS}
    assert await child.hear() == "a note"


async def test_our_commit_wakes_the_watchers_of_another_store(notes: Store, migrations: Any) -> None:
    async with open_store(notes.path, migrations=migrations) as other:
        with other.signals.watch(Topic.WORK) as watch, anyio.fail_after(10):
            await notes.write(lambda db: db.tell(Topic.WORK))
            assert await watch.wait()


def test_the_bell_of_a_dead_process_is_taken_down(tmp_path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    dead.bind(str(tmp_path / "dead.bell"))
    dead.close()
    bells = Bells(tmp_path, "ours", Ear())
    bells.open()
    bells.ring([Topic.WORK])
    assert [path.name for path in tmp_path.iterdir()] == ["ours.bell"]
    bells.close()


def test_only_sockets_are_taken_down(tmp_path: Path) -> None:
    (tmp_path / "precious.bell").write_text("not a socket", encoding="utf-8")
    bells = Bells(tmp_path, "ours", Ear())
    bells.open()
    bells.ring([Topic.WORK])
    bells.close()
    assert [path.name for path in tmp_path.iterdir()] == ["precious.bell"]


def test_a_bell_that_nobody_answers_does_not_hold_up_the_ringer(tmp_path: Path) -> None:
    deaf = Bells(tmp_path, "deaf", Ear())
    deaf.open()
    bells = Bells(tmp_path, "ours", Ear())
    bells.open()
    for _ in range(10_000):
        bells.ring(Topic)
    bells.close()
    deaf.close()


async def test_a_path_that_is_too_long_for_the_kernel_works_through_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    ear = Ear()
    ours, other = Bells(deep, "ours", ear), Bells(deep, "other", Ear())
    ours.open()
    other.open()
    assert ours.works
    assert sorted(path.name for path in deep.iterdir()) == ["other.bell", "ours.bell"]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ours.listen)
        other.ring([Topic.STOP])
        with anyio.fail_after(10):
            await ear.heard.wait()
        tasks.cancel_scope.cancel()
    ours.close()
    other.close()
    assert ear.topics == {Topic.STOP}
    assert list(deep.iterdir()) == []


async def test_a_bell_that_somebody_removed_is_hung_up_again(tmp_path: Path) -> None:
    ear = Ear()
    bells = Bells(tmp_path, "ours", ear, check_seconds=0.01)
    bells.open()
    (tmp_path / "ours.bell").unlink()
    other = Bells(tmp_path, "other", Ear())
    other.open()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bells.listen)
        with anyio.fail_after(10):
            while not ear.heard.is_set():
                other.ring([Topic.WORK])
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    bells.close()
    other.close()
    assert ear.topics == {Topic.WORK}


def test_where_no_bell_can_hang_nothing_fails(tmp_path: Path) -> None:
    bells = Bells(tmp_path / "missing", "ours", Ear())
    bells.open()
    assert not bells.works
    bells.ring([Topic.WORK])
    bells.close()


async def test_without_bells_polling_notices_a_commit_of_another_process(database_path: Path, start_child: Any) -> None:
    child = await start_child("write_notes", database_path)
    assert await child.hear() == "ready"
    connection = await open_connection(database_path, read_only=False)
    signals = Signals()
    async with anyio.create_task_group() as tasks:
        with signals.watch(Topic.PROGRESS) as watch:
            tasks.start_soon(lambda: poll_commits(connection, signals, has_bells=lambda: False))
            with anyio.fail_after(10):
                assert await watch.wait()  # The first look: nobody knows what was before.
                await child.say("a note")
                assert await watch.wait()
        tasks.cancel_scope.cancel()
    await connection.close()
    assert await child.hear() == "a note"
