"""`copydesk list` and `copydesk operations`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from copydesk.content.reports.operation_listing import OperationsQuery, list_operations
from copydesk.content.reports.paging import BOUNDLESS
from copydesk.content.reports.site_listing import ListQuery, list_site
from copydesk.server.cli.asking import ask_desk
from copydesk.server.cli.completing import complete_pages
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.money import cost_cell, tokens_cell
from copydesk.server.cli.options import place_options, setting_options
from copydesk.server.cli.receipt_view import next_line, plain_table, short_time, styled_outcome
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from copydesk.content.reports.content_views import OperationListing, Shown, SiteListing, WriterTotal
    from copydesk.server.cli.options import Place

__all__ = ["list_", "operations"]

_STYLES = {
    "none": "[dim]none[/]",
    "draft": "[yellow]draft[/]",
    "edited": "[cyan]edited[/]",
    "differs": "[yellow]differs[/]",
    "current": "[green]current[/]",
}


@click.command(name="list", epilog=EXIT_CODES)
@click.argument("pages", nargs=-1, shell_complete=complete_pages)
@click.option("--missing", type=click.Choice(["preview", "production"]), help="Only sections without copy there.")
@click.option("--templates", "show", flag_value="templates", help="The templates with their fields instead.")
@click.option("--sources", "show", flag_value="sources", help="The files of facts instead.")
@setting_options("database")
@place_options
def list_(*, pages: tuple[str, ...], missing: str | None, show: Shown | None, place: Place) -> int:
    """List PAGES (ids or paths; else all) with the state of their copy; or the templates, or the sources.

    \b
    preview:    none, draft (placeholder), written, edited (by hand, protected), static
    production: none, current (as preview), differs, static

    \b
    Examples:
      copydesk list
      copydesk list home --missing production
      copydesk list --templates
      copydesk list --json | jq .totals
    """
    wanted = None if missing is None else Environment(missing)
    query = ListQuery(show=show or "routes", missing=wanted, pages=pages, room=BOUNDLESS)
    listing = ask_desk(place, lambda desk: list_site(desk, query))
    place.terminal.answer(listing)
    place.terminal.show(*_site_parts(listing))
    return Exit.OK


@click.command(epilog=EXIT_CODES)
@click.option("--since", metavar="WHEN", help="A date, a time or an age: 2026-11-01, 7d, 12h.")
@click.option("--until", metavar="WHEN", help="The same, for the end.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="generate, promote, ...; repeatable.")
@click.option("--by", metavar="NAME", help="Only what this person started.")
@click.option("--cursor", metavar="CURSOR", help="What the last answer said, to see older ones.")
@setting_options("database")
@place_options
def operations(
    *, since: str | None, until: str | None, kinds: tuple[str, ...], by: str | None, cursor: str | None, place: Place
) -> int:
    """List what was done, newest first: when, by whom, how it went and what it took; with the totals of all of it.

    \b
    Examples:
      copydesk operations
      copydesk operations --since 7d --kind promote --kind rollback
      copydesk operations --by marta --json | jq .totals
    """
    query = OperationsQuery(since=since, until=until, kinds=kinds, started_by=by, cursor=cursor)
    listing = ask_desk(place, lambda desk: list_operations(desk, query))
    place.terminal.answer(listing)
    place.terminal.show(*_operation_parts(listing))
    return Exit.OK


def _site_parts(listing: SiteListing) -> Iterator[RenderableType | None]:
    tables = {"routes": _routes_table, "templates": _templates_table, "sources": _sources_table}
    table = tables[listing.show](listing)
    yield table if table.row_count else None
    yield _orphans_table(listing) if listing.orphans else None
    yield escape(listing.message)
    yield next_line(listing.next_step)


def _routes_table(listing: SiteListing) -> Table:
    table = plain_table("section", "preview", "production", "template", "job")
    for route in listing.routes:
        table.add_row(f"[bold]{escape(route.page)}[/]", "", "", f"[dim]{escape(f'{route.path}  {route.title}')}[/]", "")
        for one in route.sections:
            table.add_row(
                escape(f"{route.page}/{one.section}"),
                _STYLES.get(one.preview, one.preview),
                _STYLES.get(one.production, one.production),
                escape(one.template),
                one.job_id or "",
            )
    return table


def _templates_table(listing: SiteListing) -> Table:
    table = plain_table("template", "sections", "fields (* required)", "what for")
    for one in listing.templates:
        sections = str(one.sections) if one.generate else f"{one.sections}, never generated"
        table.add_row(escape(one.name), sections, escape(", ".join(one.fields)), escape(one.description))
    return table


def _sources_table(listing: SiteListing) -> Table:
    table = plain_table("source", "characters", "used by", "begins")
    for one in listing.sources:
        more = f" and {one.used_by_total - len(one.used_by)} more" if one.used_by_total > len(one.used_by) else ""
        table.add_row(
            escape(one.name), f"{one.characters:,}", escape(", ".join(one.used_by) + more), escape(one.begins)
        )
    return table


def _orphans_table(listing: SiteListing) -> Table:
    title = f"Orphans: {listing.orphans_total}, copy of sections that the site does not define any more"
    table = plain_table("section", "environment", "revision", title=title)
    for one in listing.orphans:
        table.add_row(escape(f"{one.page}/{one.section}"), one.environment, str(one.revision))
    return table


def _operation_parts(listing: OperationListing) -> Iterator[RenderableType | None]:
    table = plain_table("operation", "kind", "what", "how", "changed", "failed", "tokens", "cost", "when", "by")
    for one in listing.operations:
        table.add_row(
            one.operation_id,
            one.operation.value,
            escape(one.scope),
            styled_outcome(one.outcome or one.status.value),
            str(one.changed),
            f"[red]{one.counts.failed}[/]" if one.counts.failed else "0",
            tokens_cell(one.usage),
            cost_cell(one.usage),
            short_time(one.created_at),
            escape(one.started_by or "-"),
        )
    yield table if listing.operations else None
    yield _writers_table(listing.totals.writers)
    yield escape(listing.message)
    yield f"[dim]Older ones:[/] copydesk operations --cursor {escape(listing.cursor)}" if listing.cursor else None
    yield next_line(listing.next_step)


def _writers_table(writers: tuple[WriterTotal, ...]) -> Table | None:
    """What each writer took, where anything is known of it."""
    if not any(one.usage.input_tokens is not None for one in writers):
        return None
    table = plain_table("writer", "operations", "sections", "tokens", "cost", title="By writer")
    for one in writers:
        sections, tokens, cost = f"{one.sections_done:,}", tokens_cell(one.usage), cost_cell(one.usage)
        table.add_row(escape(one.writer), str(one.operations), sections, tokens, cost)
    return table
