"""`copydesk diff`: what a promote would change, or what the last change of preview was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Literal

import click
from rich.markup import escape

from copydesk.content.reports.comparison import CompareQuery, compare_content
from copydesk.content.reports.paging import BOUNDLESS
from copydesk.server.cli.asking import ask_desk
from copydesk.server.cli.checking import findings_table
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options, setting_options
from copydesk.server.cli.receipt_view import next_line, plain_table
from copydesk.server.cli.scopes import scope_options

if TYPE_CHECKING:
    from rich.console import RenderableType

    from copydesk.content.operations.values import Scope
    from copydesk.content.reports.content_views import Comparison, FieldDifference, SectionComparison
    from copydesk.server.cli.options import Place

__all__ = ["diff"]

_STYLES: Final = {"new": "green", "changed": "yellow", "removed": "red"}
_MARKED: Final = re.compile(r"\[-(.*?)-\]|\{\+(.*?)\+\}", re.DOTALL)


@click.command(epilog=EXIT_CODES)
@scope_options
@click.option(
    "--against",
    type=click.Choice(["production", "previous"]),
    default="production",
    show_default=True,
    help="What is live, or what stood in preview before.",
)
@click.option("--detail", is_flag=True, help="Field by field: [-taken out-] {+put in+}.")
@setting_options("database")
@place_options
def diff(*, scope: Scope, against: Literal["production", "previous"], detail: bool, place: Place) -> int:
    """Compare the preview copy of PAGES (ids or paths; else of the whole site), and run the site's checks on it.

    Against production it also notes a review: copydesk promote --review ID publishes exactly what was shown, within
    24 hours, and refuses if any of it has changed.

    \b
    Examples:
      copydesk diff
      copydesk diff home --detail
      copydesk diff --section home/hero --against previous --detail
      copydesk promote --review "$(copydesk diff --json | jq -r .reviewId)"
    """
    query = CompareQuery(scope, against, detail, room=BOUNDLESS)
    comparison = ask_desk(place, lambda desk: compare_content(desk, query))
    place.terminal.answer(comparison)
    place.terminal.show(*_parts(comparison))
    return Exit.OK


def _parts(comparison: Comparison) -> Iterator[RenderableType | None]:
    if comparison.detail:
        for one in comparison.sections:
            yield from _detail(one)
    elif comparison.sections:
        yield _summary(comparison)
    checks = comparison.checks
    yield None if checks is None else findings_table(checks)
    yield escape(comparison.message)
    if comparison.review_id:
        yield f"[dim]Review:[/] [bold]{comparison.review_id}[/] [dim]until {comparison.review_expires_at}[/]"
    yield next_line(comparison.next_step)


def _summary(comparison: Comparison) -> RenderableType:
    other = "production" if comparison.against == "production" else "before"
    table = plain_table("section", "change", "preview", other, "")
    for one in comparison.sections:
        revisions = ("-" if number is None else str(number) for number in (one.preview_revision, one.other_revision))
        table.add_row(
            escape(f"{one.page}/{one.section}"), _styled(one.change), *revisions, "draft" if one.is_draft else ""
        )
    return table


def _detail(one: SectionComparison) -> Iterator[str]:
    draft = ", a placeholder draft" if one.is_draft else ""
    yield f"[bold]{escape(f'{one.page}/{one.section}')}[/] {_styled(one.change)}{draft}"
    for difference in one.differences or ():
        yield f"  [cyan]{escape(difference.path)}[/] {_told(difference)}"
    if one.note:
        yield f"  [dim]{escape(one.note)}[/]"


def _styled(change: str) -> str:
    style = _STYLES.get(change)
    return f"[{style}]{change}[/]" if style else change


def _told(difference: FieldDifference) -> str:
    """The difference on one line, with its marks, which colours repeat where there are any."""
    if difference.inline is not None:
        return _coloured(difference.inline)
    parts = []
    if difference.change != "added":
        parts.append(f"[red]{escape(f'[-{_text(difference.before)}-]')}[/]")
    if difference.change != "removed":
        parts.append(f"[green]{escape(f'{{+{_text(difference.after)}+}}')}[/]")
    return " ".join(parts)


def _coloured(inline: str) -> str:
    told, position = "", 0
    for found in _MARKED.finditer(inline):
        style = "red" if found[1] is not None else "green"
        told += f"{escape(inline[position : found.start()])}[{style}]{escape(found[0])}[/]"
        position = found.end()
    return told + escape(inline[position:])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
