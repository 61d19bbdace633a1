"""`copydesk backup` and `copydesk restore`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import click
from rich.markup import escape

from copydesk.content.errors import ContentError
from copydesk.content.project import find_project
from copydesk.content.settings import load_settings
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options, setting_options
from copydesk.server.cli.terminal import print_json
from copydesk.store.restore import restore as restore_store
from copydesk.store.store import open_store

if TYPE_CHECKING:
    from copydesk.server.cli.options import Place

__all__ = ["backup", "restore"]


@click.command(epilog=EXIT_CODES)
@click.argument("target", type=click.Path(path_type=Path))
@setting_options("database")
@place_options
def backup(*, target: Path, place: Place) -> int:
    """Copy the database to TARGET, a new file, while servers and workers go on. A folder gets a file with the time.

    The database holds all copy with its history. The site definition and its sources are files: keep those too.

    \b
    Examples:
      copydesk backup before-the-relaunch.db
      copydesk backup /var/backups
    """
    path = _named(target.expanduser().absolute())
    size = anyio.run(_backup, place, path)
    path = path.parent.resolve() / path.name
    if place.terminal.as_json:
        print_json({"backup": str(path), "bytes": size})
    place.terminal.show(f"{escape(str(path))} holds everything up to now ({size // 1024:,} kB).")
    return Exit.OK


@click.command(epilog=EXIT_CODES)
@click.argument("source", metavar="BACKUP", type=click.Path(path_type=Path))
@setting_options("database")
@place_options
def restore(*, source: Path, place: Place) -> int:
    """Let the database hold again what BACKUP holds. What it held before is kept in a file beside it.

    Refused while a server, worker or command uses the database: end them first. The backup is examined before
    anything is changed.

    \b
    Examples:
      copydesk restore before-the-relaunch.db
      copydesk restore before-the-relaunch.db --json
    """
    database, _ = _database(place)
    done = anyio.run(restore_store, source.expanduser().absolute(), database)
    kept = None if done.kept is None else str(done.kept)
    if place.terminal.as_json:
        print_json({"restored": str(done.database), "from": str(source), "kept": kept})
    place.terminal.show(escape(f"{done.database} holds what {source} holds."))
    place.terminal.show(None if kept is None else f"What it held before: {escape(kept)}")
    return Exit.OK


async def _backup(place: Place, target: Path) -> int:
    database, allow_unsafe_wal = _database(place)
    if not await anyio.Path(database).exists():
        message = f"There is no database {database} yet: nothing has been written that a backup could hold."
        raise ContentError("no-database", message)
    async with open_store(database, allow_unsafe_wal=allow_unsafe_wal) as store:
        await store.backup(target)
    return (await anyio.Path(target).stat()).st_size


def _database(place: Place) -> tuple[Path, bool]:
    """The project's database, and whether it may be opened with an unsafe SQLite. The site need not be valid."""
    project = find_project(place.project)
    settings = load_settings(project.settings_file, overrides=place.overrides).settings
    return project.database(settings), settings.allow_unsafe_wal


def _named(target: Path) -> Path:
    return target / f"copydesk-{time.strftime('%Y%m%d-%H%M%S')}.db" if target.is_dir() else target
