"""`copydesk generate` and `copydesk regenerate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from copydesk.content.operations.values import Generate, Mode, Regenerate
from copydesk.server.cli.asking import queue_operation
from copydesk.server.cli.exits import EXIT_CODES
from copydesk.server.cli.options import budget_option, place_options, run_options, setting_options
from copydesk.server.cli.scopes import require_scope, scope_options

if TYPE_CHECKING:
    from copydesk.content.operations.values import Scope
    from copydesk.server.cli.options import Place, Run

__all__ = ["generate", "regenerate"]


@click.command(epilog=EXIT_CODES)
@scope_options
@click.option("--force", is_flag=True, help="Also sections that have copy; never over hand edits.")
@click.option("--instructions", metavar="TEXT", help="What this time matters, for every section.")
@budget_option
@run_options
@setting_options("writer", "concurrency", "database")
@place_options
def generate(
    *, scope: Scope, force: bool, instructions: str | None, max_tokens: int | None, run: Run, place: Place
) -> int:
    """Write preview copy for sections that have none. PAGES are ids or paths.

    Waits with a worker in this process until everything is written. Ctrl-C stops the waiting, not the work.

    \b
    Examples:
      copydesk generate --all
      copydesk generate home /pricing
      copydesk generate --section home/hero --force --instructions "Mention the anniversary"
      copydesk generate --all --dry-run
      copydesk generate --all --max-tokens 200000
      copydesk generate --all --no-wait --json
    """
    require_scope(scope)
    operation = Generate(
        scope=scope, force=force, writer=place.writer, instructions=instructions, max_tokens=max_tokens
    )
    return queue_operation(place, operation, run)


@click.command(epilog=EXIT_CODES)
@scope_options
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.NEW.value,
    show_default=True,
    help="From scratch (new), improving the current copy (with-current), or only report (leave).",
)
@click.option("--keep", multiple=True, metavar="TEXT", help="Text that must survive literally; repeatable.")
@click.option("--overwrite-edits", is_flag=True, help="Also copy that somebody edited by hand.")
@click.option("--instructions", metavar="TEXT", help="What to change, for every section.")
@budget_option
@run_options
@setting_options("writer", "concurrency", "database")
@place_options
def regenerate(
    *,
    scope: Scope,
    mode: str,
    keep: tuple[str, ...],
    overwrite_edits: bool,
    instructions: str | None,
    max_tokens: int | None,
    run: Run,
    place: Place,
) -> int:
    """Replace preview copy. PAGES are ids or paths.

    \b
    Examples:
      copydesk regenerate home --instructions "Half as long"
      copydesk regenerate --section pricing/plans --mode with-current --keep "from 9 a month"
      copydesk regenerate --all --dry-run
    """
    require_scope(scope)
    operation = Regenerate(
        scope=scope,
        mode=Mode(mode),
        keep=keep,
        overwrite_edits=overwrite_edits,
        instructions=instructions,
        max_tokens=max_tokens,
        writer=place.writer,
    )
    return queue_operation(place, operation, run)
