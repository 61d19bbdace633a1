"""`copydesk connect`: what to put where, so that a client starts this project's server."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from copydesk.content.project import find_project
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options
from copydesk.server.cli.terminal import print_json
from copydesk.server.connections import CLIENTS, Connection, Launch, connection

if TYPE_CHECKING:
    from copydesk.server.cli.options import Place

__all__ = ["connect"]


@click.command(epilog=EXIT_CODES)
@click.argument("client", type=click.Choice(CLIENTS), required=False)
@place_options
def connect(*, client: str | None, place: Place) -> int:
    """Show what to put where, so that CLIENT starts this project's server; without CLIENT, for every client.

    Nothing is written. Paths are whole: applications started from a desktop do not have your shell's PATH.

    \b
    Examples:
      copydesk connect claude-desktop
      copydesk connect cursor --project /path/to/project
      copydesk connect --json
    """
    launch = Launch.of_project(str(find_project(place.project).root.resolve()))
    shown = [connection(name, launch) for name in ([client] if client else CLIENTS)]
    if place.terminal.as_json:
        print_json([asdict(one) for one in shown])
    else:
        click.echo("\n\n".join(map(_described, shown)))
    return Exit.OK


def _described(one: Connection) -> str:
    parts = [
        f"{one.client}: {one.place}",
        one.text,
        *([f"Or open this link: {one.link}"] if one.link else []),
        one.note,
    ]
    return "\n".join(parts)
