"""`copydesk init`: the first files of a project."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.markup import escape

from copydesk.content.definition.loader import load_site
from copydesk.content.definition.replacing import create_file
from copydesk.content.definition.starter import STARTER_PAGES, USUAL_PAGES, NewSite, create_site
from copydesk.content.project import Project
from copydesk.content.reports.paging import counted
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options
from copydesk.server.cli.terminal import print_json

if TYPE_CHECKING:
    from copydesk.server.cli.options import Place

__all__ = ["init"]

_SETTINGS: Final = """\
# Settings of this project; COPYDESK_… variables and flags go before them. `copydesk doctor` shows what is in force.
# writer = "local"        # who writes when nobody is named: outline (placeholder drafts), local (a small model) ...
# concurrency = 16        # sections written at a time
# promotion = "open"      # who may publish: open, reviewed (only with a review), locked (only the command line)
# max_tokens = 200000     # that one operation may take
"""


@click.command(epilog=EXIT_CODES)
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--title", help="What the site is called.")
@click.option("--description", help="What it is, for whom and where, in a sentence.")
@click.option("--url", help="Where it will be, https://...")
@click.option("--voice", help="How it speaks, as you would tell a copywriter.")
@click.option("--pages", metavar="NAMES", help=f"Separated by commas: any of {', '.join(STARTER_PAGES)}, or others.")
@click.option("--yes", is_flag=True, help="Ask nothing; take what is not given from the defaults.")
@place_options
def init(
    *,
    folder: str | None,
    title: str | None,
    description: str | None,
    url: str | None,
    voice: str | None,
    pages: str | None,
    yes: bool,
    place: Place,
) -> int:
    """Begin a site in DIR (else --project, else here): a commented site.yaml, and copydesk.toml with the settings.

    Asks for what no flag gives, unless --yes is given or nobody is there to answer. Never overwrites a site.yaml.

    \b
    Examples:
      copydesk init my-site
      copydesk init my-site --title "Rye & Shine" --description "A sourdough bakery in Whitby Falls" --yes
      copydesk init --pages home,pricing,faq,contact --yes
    """
    target = Path(folder or place.project or ".").expanduser().absolute()
    given = {"title": title, "description": description, "url": url, "voice": voice, "pages": pages}
    if not yes and not place.terminal.as_json and sys.stdin.isatty() and place.terminal.is_watched:
        given = {name: _ask(name, target) if value is None else value for name, value in given.items()}
    project = Project(create_site(target, _new_site(given, target)).parent.resolve())
    _write_settings(project)
    _tell(place, project)
    return Exit.OK


_QUESTIONS: Final = {
    "title": "What is the site called?",
    "description": "What is it, for whom and where? One sentence",
    "url": "Where will it be? (empty if you do not know)",
    "voice": "How does it speak? (empty for plain and friendly)",
    "pages": "Which pages?",
}


def _ask(name: str, target: Path) -> str:
    default = {"title": _title_of(target), "pages": ",".join(USUAL_PAGES)}.get(name, "")
    answer: str = click.prompt(_QUESTIONS[name], default=default, show_default=bool(default))
    return answer


def _new_site(given: dict[str, str | None], target: Path) -> NewSite:
    pages = given["pages"]
    named = USUAL_PAGES if pages is None else tuple(page for page in re.split(r"[,\s]+", pages) if page)
    return NewSite(
        title=(given["title"] or "").strip() or _title_of(target),
        description=(given["description"] or "").strip(),
        url=(given["url"] or "").strip() or None,
        voice=(given["voice"] or "").strip() or None,
        pages=named,
    )


def _title_of(target: Path) -> str:
    return re.sub(r"[-_]+", " ", target.name).strip().title() or "My Site"


def _write_settings(project: Project) -> None:
    if not project.settings_file.exists():
        create_file(project.settings_file, _SETTINGS.encode())


def _tell(place: Place, project: Project) -> None:
    site = load_site(project.site_file).site
    pages = [route.id for route in site.routes]
    if place.terminal.as_json:
        print_json(
            {"siteFile": str(project.site_file), "site": site.id, "pages": pages, "sections": site.section_count}
        )
    size = f"{counted(len(site.routes), 'page')} with {counted(site.section_count, 'section')}"
    shown = "home" if "home" in pages else pages[0]
    place.terminal.show(
        f"[bold]{escape(site.title)}[/]: {size} in {escape(str(project.site_file))}",
        "Read it and change what you like; then:",
        f"  cd {escape(str(project.root))}",
        "  copydesk generate --all      write a draft of everything",
        f"  copydesk show {shown:<14} look at it",
        "  copydesk doctor              if something is wrong",
    )
