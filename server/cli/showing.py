"""`copydesk show` and `copydesk history`: copy as its readers see it, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import click
from rich.markdown import Markdown
from rich.markup import escape
from rich.panel import Panel

from copydesk.content.briefs import build_brief
from copydesk.content.operations.selection import find_route, find_section, select
from copydesk.content.operations.values import WHOLE_SITE, Scope
from copydesk.content.reports.copy_reading import ReadQuery, read_content
from copydesk.content.reports.paging import BOUNDLESS
from copydesk.content.reports.section_history import section_history
from copydesk.server.cli.asking import ask_desk
from copydesk.server.cli.completing import complete_places, complete_sections
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options, setting_options
from copydesk.server.cli.receipt_view import next_line, plain_table, short_time
from copydesk.server.cli.scopes import environment_option
from copydesk.server.cli.terminal import print_json
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from rich.console import RenderableType

    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Site
    from copydesk.content.desk import Desk
    from copydesk.content.reports.content_views import ContentReading, SectionReading
    from copydesk.content.reports.receipts import UsageSummary
    from copydesk.content.reports.section_history import SectionHistory
    from copydesk.server.cli.options import Place
    from copydesk.server.cli.terminal import Terminal

__all__ = ["history", "scope_of", "show"]

_WIDEST: Final = 100


@click.command(epilog=EXIT_CODES)
@click.argument("names", nargs=-1, metavar="[PAGE|PAGE/SECTION]...", shell_complete=complete_places)
@environment_option(Environment.PREVIEW, "Which copy.")
@click.option("--revision", type=int, metavar="N", help="This version, whatever stands now.")
@click.option("--brief", is_flag=True, help="What a writer would be told about these sections, instead of the copy.")
@click.option("--raw", is_flag=True, help="The Markdown alone, as it is.")
@setting_options("database")
@place_options
def show(
    *, names: tuple[str, ...], environment: Environment, revision: int | None, brief: bool, raw: bool, place: Place
) -> int:
    """Show the copy of pages or sections (else of the whole site), and where it comes from.

    \b
    Examples:
      copydesk show home
      copydesk show home/hero --environment production
      copydesk show home/hero --revision 12
      copydesk show home/hero --brief
      copydesk show home/hero --raw > hero.md
      copydesk show home/hero --json | jq '.sections[0].fields'
    """
    if brief:
        return _show_briefs(place, names)

    async def ask(desk: Desk) -> ContentReading:
        scope = scope_of(names, await desk.site()) if names else Scope()
        query = ReadQuery(scope, environment, revision, rendered=True, room=BOUNDLESS)
        return await read_content(desk, query)

    reading = ask_desk(place, ask)
    place.terminal.answer(reading)
    if raw:
        place.terminal.show(*(escape(one.markdown.strip() + "\n") for one in reading.sections if one.markdown))
    else:
        place.terminal.show(*_reading_parts(place.terminal, reading))
    return Exit.OK


@click.command(epilog=EXIT_CODES)
@click.argument("section", metavar="PAGE/SECTION", shell_complete=complete_sections)
@environment_option(Environment.PREVIEW, "Which copy.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many changes.")
@setting_options("database")
@place_options
def history(*, section: str, environment: Environment, limit: int, place: Place) -> int:
    """Show what became of a section, newest first: its revisions, and the operations that brought and took them.

    \b
    Examples:
      copydesk history home/hero
      copydesk history home/hero --environment production
      copydesk history home/hero --json | jq '.changes[0].after'
    """
    found = ask_desk(place, lambda desk: section_history(desk, section, environment, limit=limit))
    place.terminal.answer(found)
    place.terminal.show(*_history_parts(found))
    return Exit.OK


def scope_of(names: Sequence[str], site: Site) -> Scope:
    """Pages and sections as somebody types them, in any mixture: `home`, `/pricing`, `home/hero`."""
    pages = [name for name in names if _is_page(name, site)]
    if len(pages) == len(names):
        return Scope(pages=tuple(names))
    whole = select(Scope(pages=tuple(pages)), site) if pages else []
    sections = [str(find_section(site, name)) for name in names if name not in pages]
    return Scope(sections=(*(str(one) for one in whole), *sections))


def _is_page(name: str, site: Site) -> bool:
    """Whether a page has this name. A name without a section in it can only be meant as a page."""
    if name in site.routes_by_id or name in site.routes_by_path:
        return True
    if "/" not in name.strip("/"):
        find_route(site, name)
    return False


def _reading_parts(terminal: Terminal, reading: ContentReading) -> Iterator[RenderableType | None]:
    for one in reading.sections:
        yield from _section_parts(terminal, one, reading.environment)
    yield f"[dim]{escape(reading.message)}[/]"
    yield next_line(reading.next_step)


def _section_parts(
    terminal: Terminal, one: SectionReading, environment: Environment
) -> Iterator[RenderableType | None]:
    name = escape(f"{one.page}/{one.section}")
    text = one.markdown.strip() if one.markdown else None
    if text is None:
        said = f"no copy in {environment.value}" if one.state == "none" else one.note or "no text"
        yield f"[bold]{name}[/] [dim]({escape(one.template)})[/]: {escape(said)}"
        return
    about, details = escape(_provenance(one)), _details(one)
    if not terminal.is_watched:
        yield from (f"== {name} ({about})", details, "", escape(text), "")
        return
    width = min(_WIDEST, terminal.out.width)
    yield Panel(Markdown(text), title=name, title_align="left", width=width, border_style="dim")
    yield f"[dim]{about}[/]"
    yield None if details is None else f"[dim]{details}[/]"


def _provenance(one: SectionReading) -> str:
    """Where it comes from, in a line."""
    source = one.provenance
    if source is None:
        return f"{one.template}, fixed text"
    draft = ", a placeholder draft" if source.is_draft else ""
    at = short_time(source.created_at)
    return f"{one.template}, revision {one.revision} by {source.written_by}{draft}, {at}, {source.operation_id}"


def _details(one: SectionReading) -> str | None:
    """What it was made from and what it took, in a line."""
    source = one.provenance
    if source is None:
        return None
    usage = source.usage
    parts = [
        f"asked for by {source.started_by}" if source.started_by else None,
        f"definition {source.snapshot[:12]}",
        f"brief {source.brief_hash[:12]}" if source.brief_hash else None,
        f"{usage.input_tokens or 0:,} tokens in, {usage.output_tokens or 0:,} out" if _is_known(usage) else None,
        None if usage.cost is None else f"${usage.cost:.4f}",
    ]
    return escape(", ".join(part for part in parts if part))


def _is_known(usage: UsageSummary) -> bool:
    return usage.input_tokens is not None or usage.output_tokens is not None


def _show_briefs(place: Place, names: tuple[str, ...]) -> int:
    async def ask(desk: Desk) -> list[Brief]:
        site = await desk.site()
        chosen = select(scope_of(names, site) if names else WHOLE_SITE, site)
        return [build_brief(site, *one.key) for one in chosen if one.section.content is None]

    briefs = ask_desk(place, ask)
    if place.terminal.as_json:
        print_json({"briefs": [_brief_as_wire(one) for one in briefs]})
    for one in briefs:
        place.terminal.heading(escape(f"{one.route.id}/{one.section.id}  {one.template.name}  {one.hash[:12]}"))
        place.terminal.show(escape(one.text))
    return Exit.OK


def _brief_as_wire(brief: Brief) -> dict[str, object]:
    return {
        "page": brief.route.id,
        "section": brief.section.id,
        "template": brief.template.name,
        "hash": brief.hash,
        "prompt": brief.text,
        "schema": brief.template.schema,
    }


def _history_parts(found: SectionHistory) -> Iterator[RenderableType | None]:
    name = escape(f"{found.page}/{found.section}")
    if not found.changes:
        yield f"{name} has never had copy in {found.environment.value}."
        return
    table = plain_table("operation", "when", "kind", "before", "after", "by", "started by", "")
    for one in found.changes:
        who = one.writer or (one.origin.value if one.origin else "-")
        table.add_row(
            one.operation_id,
            short_time(one.at),
            one.operation.value,
            "-" if one.before is None else str(one.before),
            "-" if one.after is None else f"[bold]{one.after}[/]" if one.after == found.current else str(one.after),
            escape(f"{who} (draft)" if one.is_draft else who),
            escape(one.started_by or "-"),
            "[dim]undone[/]" if one.undone else "",
        )
    yield table
    yield f"[dim]See one with[/] copydesk show {name} --revision {found.changes[0].after or found.changes[0].before}"
