"""`copydesk add-page` and `copydesk save-source`: the site definition extended, its comments and order kept."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from copydesk.content.authoring.pages import add_page as add_page_to
from copydesk.content.authoring.sources import SaveSource
from copydesk.content.authoring.sources import save_source as save_source_of
from copydesk.content.definition.edits import NewPage, NewSection
from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.server.cli.asking import ask_desk
from copydesk.server.cli.completing import complete_pages
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options
from copydesk.server.cli.receipt_view import next_line

if TYPE_CHECKING:
    from copydesk.content.reports.content_views import AddedPage, SavedSource
    from copydesk.server.cli.options import Body, Place

__all__ = ["add_page", "save_source"]


def new_section_options(command: Body) -> Body:
    """`--section`, `--prompt` and `--content`, as `sections`."""

    @click.option("--section", "templates", multiple=True, required=True, metavar="ID=TEMPLATE", help="Repeatable.")
    @click.option("--prompt", "prompts", multiple=True, metavar="ID=TEXT", help="Instructions for one; repeatable.")
    @click.option("--content", "contents", multiple=True, metavar="ID=TEXT", help="Fixed text for one; repeatable.")
    @functools.wraps(command)
    def with_sections(
        *args: Any, templates: tuple[str, ...], prompts: tuple[str, ...], contents: tuple[str, ...], **options: Any
    ) -> Any:
        return command(*args, sections=_sections(templates, prompts, contents), **options)

    return with_sections


@click.command(name="add-page", epilog=EXIT_CODES)
@click.argument("page")
@click.option("--path", help="Where it lives; /PAGE if not given.")
@click.option("--title", help="Its title; PAGE in words if not given.")
@click.option("--description", default="", help="What it is for, and for whom.")
@new_section_options
@click.option("--dry-run", is_flag=True, help="Show what would be added; change nothing.")
@place_options
def add_page(
    *,
    page: str,
    path: str | None,
    title: str | None,
    description: str,
    sections: tuple[NewSection, ...],
    dry_run: bool,
    place: Place,
) -> int:
    """Add PAGE, an id, at the end of site.yaml. Its comments and order stay; the new whole is checked first.

    \b
    Examples:
      copydesk add-page jobs --section hero=core:hero --section offers=core:features --section seo=core:seo-metadata
      copydesk add-page terms --path /legal/terms --section text=core:prose --content "text=..." --dry-run
    """
    new = NewPage(
        page=page,
        path=path or f"/{page}",
        title=title or page.replace("-", " ").replace("_", " ").capitalize(),
        description=description,
        sections=sections,
    )
    added = ask_desk(place, lambda desk: add_page_to(desk, new, dry_run=dry_run))
    place.terminal.answer(added)
    _show(place, added)
    return Exit.OK


@click.command(name="save-source", epilog=EXIT_CODES)
@click.argument("name")
@click.option("--file", type=click.Path(), metavar="FILE", help="The text; standard input if neither is given.")
@click.option("--text", help="The text itself.")
@click.option(
    "--page", "pages", multiple=True, metavar="PAGE", shell_complete=complete_pages, help="Only for this; repeatable."
)
@click.option("--overwrite", is_flag=True, help="Replace a source of that name that says something else.")
@click.option("--dry-run", is_flag=True, help="Show what would be done; change nothing.")
@place_options
def save_source(
    *,
    name: str,
    file: str | None,
    text: str | None,
    pages: tuple[str, ...],
    overwrite: bool,
    dry_run: bool,
    place: Place,
) -> int:
    """Keep facts for all later writing as NAME, a file below the project's sources (prices is facts/prices.md).

    Copy that exists stays as it is until it is regenerated.

    \b
    Examples:
      copydesk save-source prices --file ~/prices-2026.md
      copydesk save-source team --text "Marta bakes, Idris sells." --page about
      pbpaste | copydesk save-source customers
    """
    if file is not None and text is not None:
        message = "Give --file or --text, not both."
        raise click.UsageError(message, click.get_current_context())
    request = SaveSource(name, _read(file) if text is None else text, pages, overwrite, dry_run)
    saved = ask_desk(place, lambda desk: save_source_of(desk, request))
    place.terminal.answer(saved)
    _show(place, saved)
    return Exit.OK


def _show(place: Place, done: AddedPage | SavedSource) -> None:
    if done.added:
        place.terminal.show(escape(done.added.strip("\n")), "")
    place.terminal.show(escape(done.message), next_line(done.next_step))


def _sections(sections: tuple[str, ...], prompts: tuple[str, ...], contents: tuple[str, ...]) -> tuple[NewSection, ...]:
    templates = [_pair(one, "ID=TEMPLATE") for one in sections]
    said = dict(_pair(one, "ID=TEXT") for one in prompts)
    fixed = dict(_pair(one, "ID=TEXT") for one in contents)
    unknown = [name for name in (*said, *fixed) if name not in dict(templates)]
    if unknown:
        message = f'No --section is called "{unknown[0]}": {did_you_mean(unknown[0], dict(templates))}'
        raise click.UsageError(message, click.get_current_context())
    return tuple(
        NewSection(id=name, template=template, prompt=said.get(name), content=fixed.get(name))
        for name, template in templates
    )


def _pair(written: str, form: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not (equals and name.strip() and value.strip()):
        message = f'"{written}" is no {form}.'
        raise click.UsageError(message, click.get_current_context())
    return name.strip(), value.strip()


def _read(file: str | None) -> str:
    try:
        content = sys.stdin.buffer.read() if file in (None, "-") else Path(file).expanduser().read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ContentError("unreadable-file", f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ContentError("unreadable-file", f"{file or 'The input'} is no UTF-8 text.") from error
