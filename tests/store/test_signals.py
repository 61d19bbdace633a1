from __future__ import annotations

import anyio

from copydesk.store.database import Topic
from copydesk.store.signals import Signals


async def test_what_is_told_before_the_wait_ends_the_wait_at_once() -> None:
    signals = Signals()
    with signals.watch(Topic.WORK) as watch, anyio.fail_after(1):
        signals.tell([Topic.WORK])
        assert await watch.wait()


async def test_many_wake_ups_between_two_waits_are_one() -> None:
    signals = Signals()
    with signals.watch(Topic.WORK) as watch:
        signals.tell([Topic.WORK])
        signals.tell([Topic.WORK])
        assert await watch.wait(0)
        assert not await watch.wait(0)


async def test_a_watch_hears_only_its_topics() -> None:
    signals = Signals()
    with signals.watch(Topic.WORK, Topic.STOP) as watch:
        signals.tell([Topic.PROGRESS])
        assert not await watch.wait(0)
        signals.tell([Topic.PROGRESS, Topic.STOP])
        assert await watch.wait(0)


async def test_every_watch_is_woken_by_itself() -> None:
    signals = Signals()
    with signals.watch(Topic.WORK) as one, signals.watch(Topic.WORK) as other:
        signals.tell([Topic.WORK])
        assert await one.wait(0)
        assert await other.wait(0)


async def test_a_waiting_task_is_woken() -> None:
    signals = Signals()
    woken = anyio.Event()

    async def wait() -> None:
        with signals.watch(Topic.WORK) as watch:
            started.set()
            await watch.wait()
            woken.set()

    started = anyio.Event()
    with anyio.fail_after(1):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await started.wait()
            assert not woken.is_set()
            signals.tell([Topic.WORK])
    assert woken.is_set()
    assert not signals.watched
