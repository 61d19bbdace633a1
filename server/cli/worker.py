"""`copydesk worker`: drains the queue alone, so that work goes on with no chat open."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio
import click
from anyio.abc import TaskStatus

from copydesk.content.desk import Desk, open_desk
from copydesk.content.writers.base import AGENT
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options, setting_options
from copydesk.server.cli.terminal import print_json
from copydesk.store import operations
from copydesk.store.database import Topic

if TYPE_CHECKING:
    from copydesk.server.cli.options import Place

__all__ = ["worker"]

Ended: TypeAlias = Literal["idle", "signal"]

_LOOK_AGAIN: Final = 1.0
_EVERY: Final = -1


@click.command(epilog=EXIT_CODES)
@click.option("--until-idle", is_flag=True, help="End when nothing is left that it could do.")
@setting_options("concurrency", "database")
@place_options
def worker(*, until_idle: bool, place: Place) -> int:
    """Drain the queue of a project until SIGTERM or Ctrl-C. It starts at once.

    Several may run, beside servers that drain the queue too: every job is done once. At the end it gives back what it
    holds, and others go on with that.

    \b
    Examples:
      copydesk worker
      copydesk worker --concurrency 32
      copydesk worker --until-idle        for a scheduled task
    """
    ended = anyio.run(_work, place, until_idle)
    if place.terminal.as_json:
        print_json({"ended": ended})
    return Exit.OK


async def _work(place: Place, until_idle: bool) -> Ended:
    ended: Ended = "signal"
    async with anyio.create_task_group() as tasks:
        await tasks.start(_stop_at_signal, tasks.cancel_scope)
        # In the scope that a signal cancels, so that a start that takes long can be stopped too.
        async with open_desk(place.project, settings=place.overrides, worker=True) as desk:
            place.terminal.note(
                f"copydesk worker: drains {desk.project.root}, {desk.settings.concurrency} sections at a time, "
                f"writers: {', '.join(desk.writers.runnable())}."
            )
            for line in await _beyond_it(desk):
                place.terminal.note(line)
            await (_until_idle(desk) if until_idle else anyio.sleep_forever())
        ended = "idle"
        tasks.cancel_scope.cancel()
    place.terminal.note(f"copydesk worker: ended ({_REASONS[ended]}).")
    return ended


_REASONS: Final = {
    "idle": "nothing is left that it could do",
    "signal": "told to stop; what it held is back in the queue",
}


async def _stop_at_signal(
    scope: anyio.CancelScope, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    if sys.platform == "win32":  # there Ctrl-C is an exception, and nothing else asks a process to stop
        task_status.started()
        return
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            scope.cancel()


async def _until_idle(desk: Desk) -> None:
    with desk.store.signals.watch(Topic.PROGRESS) as watch:
        while await _has_work(desk):
            await watch.wait(_LOOK_AGAIN)


async def _beyond_it(desk: Desk) -> list[str]:
    """What waits for a writer that this process lacks, a line for each, and the key that would help."""
    waiting: Counter[str] = Counter()
    for one in await desk.store.read(operations.unfinished, limit=_EVERY):
        if one.writer is not None and one.writer != AGENT and not desk.writers.can_run(one.writer):
            waiting[one.writer] += one.pending
    return [
        f"copydesk worker: {count} jobs wait for {name}, which cannot be used here{_for_want_of(desk, name)}."
        for name, count in waiting.items()
    ]


def _for_want_of(desk: Desk, writer: str) -> str:
    variable = desk.writers.missing_key(writer)
    return "" if variable is None else f": set {variable} and start again"


async def _has_work(desk: Desk) -> bool:
    """Whether anything is unfinished that the writers of this process can finish."""
    unfinished = await desk.store.read(operations.unfinished, limit=_EVERY)
    return any(one.writer is None or desk.writers.can_run(one.writer) for one in unfinished)
