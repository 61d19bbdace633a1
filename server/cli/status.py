"""`copydesk status`: reads the store and nothing else, so that it starts quickly and works beside any server."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import anyio
import click
from rich.live import Live
from rich.markup import escape

from copydesk.content.project import find_project
from copydesk.content.reports.receipts import JobStatus, JobStatusSummary
from copydesk.content.reports.status import StatusQuery, operations_asked, read_status
from copydesk.content.reports.watching import wait_for
from copydesk.content.settings import load_settings
from copydesk.content.writers.base import DRAFT_WRITERS
from copydesk.server.cli.exits import EXIT_CODES, Exit, exit_of_status
from copydesk.server.cli.options import place_options, setting_options
from copydesk.server.cli.status_view import status_view
from copydesk.store.moments import Moment
from copydesk.store.store import open_store

if TYPE_CHECKING:
    from copydesk.content.reports.watching import Progress
    from copydesk.server.cli.options import Place
    from copydesk.server.cli.terminal import Terminal
    from copydesk.store.store import Store

__all__ = ["status"]


@click.command(epilog=EXIT_CODES)
@click.argument("operation", required=False)
@click.option("--watch", is_flag=True, help="Stay until it is finished.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="With --watch: stay no longer.")
@click.option("--jobs", is_flag=True, help="List every job.")
@setting_options("database")
@place_options
def status(*, operation: str | None, watch: bool, timeout: float | None, jobs: bool, place: Place) -> int:
    """Show how far OPERATION is, or (without an id) everything unfinished, else what was finished last.

    \b
    Examples:
      copydesk status
      copydesk status --watch
      copydesk status op_… --jobs
      copydesk status --json | jq .failed
    """
    seconds = 0.0 if not watch else math.inf if timeout is None else timeout
    try:
        summary = anyio.run(_read, place, operation, seconds, jobs)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    return exit_of_status(summary)


async def _read(place: Place, operation: str | None, seconds: float, jobs: bool) -> JobStatusSummary:
    project = find_project(place.project)
    settings = load_settings(project.settings_file, overrides=place.overrides).settings
    async with open_store(project.database(settings), allow_unsafe_wal=settings.allow_unsafe_wal) as store:
        # The ids first: what is unfinished now is what is watched to its end, and shown then.
        query = StatusQuery(operation_id=operation)
        watched = await store.read(operations_asked, query)
        summary = await _watch(store, query, watched, place.terminal, seconds)
        if jobs:
            summary = summary.model_copy(update={"jobs": await _all_jobs(store, query, summary), "cursor": None})
    place.terminal.answer(summary)
    place.terminal.show(status_view(summary, bars=place.terminal.is_watched, jobs=jobs))
    return summary


async def _watch(
    store: Store, query: StatusQuery, watched: tuple[int, ...], terminal: Terminal, seconds: float
) -> JobStatusSummary:
    """The summary at the end of the wait. Meanwhile a person sees the table move, and a pipe gets a line each time."""
    summary = await _summary(store, query)
    if not seconds:
        return summary
    with ExitStack() as stack:
        report = _reporter(stack, terminal, store, query, summary)
        ended = await wait_for(store, watched, seconds=seconds, report=report)
    summary = await _summary(store, query)
    return summary.model_copy(update={"wait_ended": ended})


def _reporter(
    stack: ExitStack, terminal: Terminal, store: Store, query: StatusQuery, summary: JobStatusSummary
) -> Callable[[Progress], Awaitable[None]] | None:
    if terminal.as_json:
        return None
    if not terminal.is_watched:

        async def tell(progress: Progress) -> None:
            terminal.show(escape(progress.line))
            terminal.out.file.flush()

        return tell
    view = status_view(summary, bars=True, jobs=False)
    live = stack.enter_context(Live(view, console=terminal.out, transient=True, auto_refresh=False))

    async def redraw(_progress: Progress) -> None:
        live.update(status_view(await _summary(store, query), bars=True, jobs=False), refresh=True)

    return redraw


async def _summary(store: Store, query: StatusQuery) -> JobStatusSummary:
    return await store.read(read_status, query, at=Moment.read(store.clock), drafts=DRAFT_WRITERS)


async def _all_jobs(store: Store, query: StatusQuery, first: JobStatusSummary) -> tuple[JobStatus, ...]:
    """Every job, over all pages of the list."""
    jobs, cursor = list(first.jobs), first.cursor
    while cursor is not None:
        page = await _summary(store, StatusQuery(operation_id=query.operation_id, cursor=cursor))
        jobs += page.jobs
        cursor = page.cursor
    return tuple(jobs)
