"""`copydesk promote` and `copydesk rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from copydesk.content.operations.values import Promote, Rollback
from copydesk.server.cli.asking import perform_operation
from copydesk.server.cli.exits import EXIT_CODES
from copydesk.server.cli.options import instant_options, place_options, setting_options
from copydesk.server.cli.scopes import require_scope, scope_options

if TYPE_CHECKING:
    from copydesk.content.operations.values import Scope
    from copydesk.server.cli.options import Place, Run

__all__ = ["promote", "rollback"]


@click.command(epilog=EXIT_CODES)
@scope_options
@click.option("--review", metavar="ID", help="Exactly what a review showed; refused if any of it changed.")
@instant_options
@setting_options("database")
@place_options
def promote(*, scope: Scope, review: str | None, run: Run, place: Place) -> int:
    """Publish preview copy to production now, all or nothing. PAGES are ids or paths.

    \b
    Examples:
      copydesk promote home pricing
      copydesk promote --all --dry-run
      copydesk promote --review review_…
    """
    if review is None:
        require_scope(scope)
    return perform_operation(place, Promote(scope=scope, review_id=review), run)


@click.command(epilog=EXIT_CODES)
@scope_options
@click.option(
    "--operation", "operations", multiple=True, metavar="ID", help="Undo this whole operation, of any kind; repeatable."
)
@click.option("--force", is_flag=True, help="Also over what changed since.")
@instant_options
@setting_options("database")
@place_options
def rollback(*, scope: Scope, operations: tuple[str, ...], force: bool, run: Run, place: Place) -> int:
    """Undo the last release of pages or sections, or whole operations, in one transaction.

    A rollback is an operation too: roll it back to do again what it undid.

    \b
    Examples:
      copydesk rollback home
      copydesk rollback --operation op_… --operation op_…
      copydesk rollback --all --dry-run
    """
    if not operations:
        require_scope(scope)
    return perform_operation(place, Rollback(scope=scope, operation_ids=operations, force=force), run)
