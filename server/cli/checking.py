"""`copydesk check`: the site's checks on the copy that stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.markup import escape

from copydesk.content.reports.checks import check_content, check_report
from copydesk.content.reports.paging import BOUNDLESS
from copydesk.server.cli.asking import ask_desk
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options, setting_options
from copydesk.server.cli.receipt_view import plain_table
from copydesk.server.cli.scopes import environment_option, scope_options
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from rich.table import Table

    from copydesk.content.operations.values import Scope
    from copydesk.content.reports.content_views import CheckReport
    from copydesk.server.cli.options import Place

__all__ = ["check", "findings_table"]


@click.command(epilog=EXIT_CODES)
@scope_options
@environment_option(Environment.PREVIEW, "Which copy.")
@setting_options("database")
@place_options
def check(*, scope: Scope, environment: Environment, place: Place) -> int:
    """Check the copy of PAGES (ids or paths; else of the whole site). Exit code 1 if there are errors.

    Errors are what visitors would notice: broken links inside the site, fields that are empty or miss their template,
    placeholder drafts. Warnings are for somebody to look at: duplicate titles, words that the site avoids.

    \b
    Examples:
      copydesk check
      copydesk check home --environment production
      copydesk check --json | jq '.findings[] | select(.severity == "error")'
    """
    found = ask_desk(place, lambda desk: check_content(desk, scope, environment))
    report = check_report(found, BOUNDLESS)
    place.terminal.answer(report)
    place.terminal.show(findings_table(report), escape(report.message))
    return Exit.FAILED if report.errors else Exit.OK


def findings_table(report: CheckReport) -> Table | None:
    """What the checks found, worst first; nothing if they found nothing."""
    if not report.findings:
        return None
    table = plain_table("section", "", "code", "field", "finding", title="Checks")
    for one in report.findings:
        style = "red" if one.severity == "error" else "yellow"
        table.add_row(
            escape(f"{one.page}/{one.section}"),
            f"[{style}]{one.severity}[/]",
            one.code,
            escape(one.path),
            escape(one.message),
        )
    return table
