"""`copydesk serve`: the MCP server, over standard input and output or over HTTP."""

from __future__ import annotations

import functools
import json
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import SETTING_FLAGS, place_options, setting_options
from copydesk.server.cli.terminal import print_json

if TYPE_CHECKING:
    from copydesk.content.project import Project
    from copydesk.server.cli.options import Body, Place
    from copydesk.server.http.process import Listening

__all__ = ["serve"]

_HOST: Final = "127.0.0.1"
_PORT: Final = 8765


def _http_options(command: Body) -> Body:
    """`--http` and what only makes sense with it, as `http`: `None` without it."""

    @click.option("--http", "over_http", is_flag=True, help="Speak Streamable HTTP at /mcp instead.")
    @click.option("--host", metavar="NAME", help=f"Where to listen ({_HOST}). Elsewhere COPYDESK_HTTP_TOKEN is needed.")
    @click.option("--port", type=click.IntRange(0, 65535), metavar="N", help=f"The port ({_PORT}); 0 is any free one.")
    @click.option("--allow-host", multiple=True, metavar="NAME", help="Another name of it, for example a proxy's.")
    @click.option("--allow-origin", multiple=True, metavar="URL", help="A web page that may talk to it.")
    @functools.wraps(command)
    def with_http(*args: Any, over_http: bool, **options: Any) -> Any:
        names = ("host", "port", "allow_host", "allow_origin")
        given = {name: value for name in names if (value := options.pop(name)) not in (None, ())}
        if given and not over_http:
            message = f"--{next(iter(given)).replace('_', '-')} is for --http."
            raise click.UsageError(message, click.get_current_context())
        return command(*args, http=given if over_http else None, **options)

    return with_http


@click.command(epilog=EXIT_CODES)
@_http_options
@setting_options(*SETTING_FLAGS)
@place_options
def serve(*, http: dict[str, Any] | None, place: Place) -> int:
    """Serve a project to MCP clients: over standard input and output, or with --http over HTTP.

    Clients start the first themselves. The second is started once, serves many clients until Ctrl-C or SIGTERM, and
    asks for the bearer token in COPYDESK_HTTP_TOKEN (or in the file that COPYDESK_HTTP_TOKEN_FILE names), which it
    must have to listen beyond this machine. Encryption is left to a proxy.

    \b
    A client's configuration:
      {"mcpServers": {"copydesk": {"command": "copydesk", "args": ["serve", "--project", "/path/to/project"]}}}

    \b
    Examples:
      copydesk serve --project /path/to/project
      copydesk serve --worker off --promotion locked
      copydesk serve --http --port 8765
      copydesk serve --http --allow-host desk.example.org
    """
    from copydesk.server.serve import run_http, run_stdio  # noqa: PLC0415 - the SDK is not needed to show this help

    if http is None:
        run_stdio(place.project, place.overrides)
        return Exit.OK

    from copydesk.server.http.process import Listen  # noqa: PLC0415 - nor is the HTTP server, for the rest

    listen = Listen(
        http.get("host", _HOST), http.get("port", _PORT), http.get("allow_host", ()), http.get("allow_origin", ())
    )
    run_http(place.project, place.overrides, listen, functools.partial(_tell, place))
    return Exit.OK


async def _tell(place: Place, project: Project, listening: Listening) -> None:
    """Where it listens, and what to give to a client: on standard error, and with `--json` on standard output too."""
    client = {"mcpServers": {"copydesk": _configuration(listening)}}
    if place.terminal.as_json:
        print_json({"url": listening.url, "needsToken": listening.needs_token, "configuration": client})
        sys.stdout.flush()
    place.terminal.note(f"Serving {project.root} at {listening.url}. Ctrl-C ends it.")
    place.terminal.note(f"A client's configuration: {json.dumps(client)}")
    if not listening.is_local:
        place.terminal.note("What is said is not encrypted: put a proxy that speaks TLS in front of it.")


def _configuration(listening: Listening) -> dict[str, Any]:
    """What most clients read. The token is named, never shown."""
    known = {"type": "http", "url": listening.url}
    if not listening.needs_token:
        return known
    return known | {"headers": {"Authorization": "Bearer ${COPYDESK_HTTP_TOKEN}"}}
