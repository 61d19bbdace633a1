"""`copydesk preview`: preview and production side by side, in a browser or as files."""

from __future__ import annotations

import signal
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import click
from anyio.abc import TaskStatus

from copydesk.content.desk import open_desk
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options, setting_options
from copydesk.server.cli.terminal import print_json

if TYPE_CHECKING:
    from copydesk.content.desk import Desk
    from copydesk.server.cli.options import Place

__all__ = ["preview"]


@click.command(epilog=EXIT_CODES)
@click.option("--to", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Write it as files instead.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="Where to serve it; any free port otherwise.")
@click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")
@setting_options("database")
@place_options
def preview(*, folder: Path | None, port: int | None, open_browser: bool, place: Place) -> int:
    """Show preview and production copy side by side, with what differs marked.

    Serves the pages to browsers on this machine, and to nobody else, until Ctrl-C; they follow every change of copy
    and show how far running operations are. With --to, writes them as plain files: DIR must be new, empty or an older
    preview, which is replaced as a whole.

    \b
    Examples:
      copydesk preview --open
      copydesk preview --port 8100
      copydesk preview --to build/preview
    """
    if folder is None:
        anyio.run(_serve, place, port or 0, open_browser)
    elif port is not None:
        message = "--port is for serving; with --to the preview is written as files."
        raise click.UsageError(message, click.get_current_context())
    else:
        anyio.run(_write, place, folder, open_browser)
    return Exit.OK


async def _write(place: Place, folder: Path, open_browser: bool) -> None:
    from copydesk.content.preview.folder import write_preview  # noqa: PLC0415 - Markdown is not needed for the help

    async with open_desk(place.project, settings=place.overrides, worker=False) as desk:
        written = await write_preview(desk, folder)
    if place.terminal.as_json:
        print_json({"folder": str(written.folder), "index": str(written.index), "pages": written.pages})
    pages = "1 page" if written.pages == 1 else f"{written.pages} pages"
    place.terminal.show(f"Wrote {pages} and the index: {written.index}")
    if open_browser:
        await anyio.to_thread.run_sync(webbrowser.open, written.index.as_uri())


async def _serve(place: Place, port: int, open_browser: bool) -> None:
    ending = anyio.Event()
    async with anyio.create_task_group() as tasks:
        await tasks.start(_end_at_signal, ending)
        async with open_desk(place.project, settings=place.overrides, worker=False) as desk:
            await _serve_desk(desk, place, port, open_browser, ending)
        tasks.cancel_scope.cancel()


async def _serve_desk(desk: Desk, place: Place, port: int, open_browser: bool, ending: anyio.Event) -> None:
    from copydesk.server.preview_server import serve_preview  # noqa: PLC0415 - the HTTP server is loaded for this alone

    async def tell(address: str) -> None:
        if place.terminal.as_json:
            print_json({"url": address})
            sys.stdout.flush()
        place.terminal.show(f"Preview of {desk.project.root}: {address}")
        place.terminal.note("Ctrl-C ends it.")
        if open_browser:
            await anyio.to_thread.run_sync(webbrowser.open, address)

    await serve_preview(desk, port=port, started=tell, ending=ending)


async def _end_at_signal(ending: anyio.Event, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
    if sys.platform == "win32":  # there Ctrl-C is an exception, and nothing else asks a process to stop
        task_status.started()
        return
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            ending.set()
