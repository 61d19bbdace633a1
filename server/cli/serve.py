"""`copydesk serve`: the MCP server over standard input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import SETTING_FLAGS, place_options, setting_options

if TYPE_CHECKING:
    from copydesk.server.cli.options import Place

__all__ = ["serve"]


@click.command(epilog=EXIT_CODES)
@setting_options(*SETTING_FLAGS)
@place_options
def serve(*, place: Place) -> int:
    """Serve a project to an MCP client over standard input and output. Clients start this themselves.

    \b
    A client's configuration:
      {"mcpServers": {"copydesk": {"command": "copydesk", "args": ["serve", "--project", "/path/to/project"]}}}

    \b
    Examples:
      copydesk serve --project /path/to/project
      copydesk serve --worker off --promotion locked
    """
    from copydesk.server.serve import run_stdio  # noqa: PLC0415 - the SDK is not needed to show this help

    run_stdio(place.project, place.overrides)
    return Exit.OK
