"""The command line. It starts without the MCP SDK, and loads of everything else only what the command needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from copydesk.server.cli.commands import commands
from copydesk.server.cli.exits import Exit
from copydesk.server.cli.failures import FORESEEN, failure_of
from copydesk.server.cli.terminal import make_printing_safe, print_failure
from copydesk.server.secrecy import keep_secrets

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and end the process with its exit code: see `Exit`."""
    make_printing_safe()
    keep_secrets()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:  # `copydesk status | head`: nobody reads the rest. click, too, ends with 1 then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.FAILED
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    try:
        returned = commands.main(arguments, prog_name="copydesk", standalone_mode=False)
    except FORESEEN as error:
        failure = failure_of(error)
        print_failure(failure.code, failure.message, as_json="--json" in arguments)
        return failure.exit
    return returned if isinstance(returned, int) else Exit.OK
