"""`copydesk export` and `copydesk import`: copy as files of a site generator, and back."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.markup import escape

from copydesk.content.files.exporting import ExportOptions, export_copy
from copydesk.content.files.importing import ImportOptions, import_copy
from copydesk.content.files.profiles import PROFILES, Format, find_profile
from copydesk.content.operations.values import WHOLE_SITE
from copydesk.server.cli.asking import ask_desk, asked_by
from copydesk.server.cli.completing import complete_profiles
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import Run, place_options, setting_options
from copydesk.server.cli.receipt_view import plain_table
from copydesk.server.cli.scopes import environment_option, scope_options
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from rich.console import RenderableType

    from copydesk.content.desk import Desk
    from copydesk.content.files.profiles import Profile
    from copydesk.content.files.reports import ExportReport, ImportReport
    from copydesk.content.operations.values import Scope
    from copydesk.server.cli.options import Body, Place

__all__ = ["export", "import_"]

_MOST_LISTED: Final = 12


def profile_options(command: Body) -> Body:
    """`--profile` and what replaces its defaults, as `profile`."""

    @click.option(
        "--profile",
        "name",
        required=True,
        metavar="NAME",
        shell_complete=complete_profiles,
        help=f"Who reads the files: {', '.join(PROFILES)}.",
    )
    @click.option("--per", default="section", show_default=True, metavar="section|page", help="What one file holds.")
    @click.option("--format", "form", metavar="FORMAT", help=f"{', '.join(Format)}; the profile's first if not given.")
    @click.option("--pattern", metavar="PATH", help="With {page}, {section}, {environment}, {site}, {path}.")
    @functools.wraps(command)
    def with_profile(*args: Any, name: str, per: str, form: str | None, pattern: str | None, **options: Any) -> Any:
        return command(*args, profile=find_profile(name, pattern=pattern, per=per, format=form), **options)

    return with_profile


@click.command(epilog=EXIT_CODES)
@scope_options
@profile_options
@click.option("--to", "target", metavar="DIR", help="The root of the generator's project; this project if not given.")
@environment_option(Environment.PRODUCTION, "Which copy.")
@click.option("--prune", is_flag=True, help="Remove files of earlier exports whose section is gone.")
@click.option("--overwrite", is_flag=True, help="Also replace files that no export wrote, or that were changed since.")
@click.option("--dry-run", is_flag=True, help="Say what would be written; write nothing.")
@setting_options("database")
@place_options
def export(
    *,
    scope: Scope,
    profile: Profile,
    target: str | None,
    environment: Environment,
    prune: bool,
    overwrite: bool,
    dry_run: bool,
    place: Place,
) -> int:
    """Write the copy of PAGES (else of the whole site) as files where a site generator reads them.

    Files that hold the same already are not touched, files that no export wrote are never replaced or removed, and
    nothing is written if anything is in the way.

    \b
    Examples:
      copydesk export --profile astro --to ../website
      copydesk export --profile hugo --format yaml --per page --to ../website --prune
      copydesk export --profile markdown --environment preview --to drafts --pattern "{page}/{section}.md"
    """
    options = ExportOptions(overwrite=overwrite, prune=prune, dry_run=dry_run)

    async def ask(desk: Desk) -> ExportReport:
        folder = _folder(target, desk)
        wanted = WHOLE_SITE if scope.is_empty else scope
        return await export_copy(desk, environment, profile, folder, scope=wanted, options=options)

    report = ask_desk(place, ask)
    place.terminal.answer(report)
    place.terminal.show(*_export_parts(report))
    return Exit.OK


@click.command(name="import", epilog=EXIT_CODES)
@scope_options
@profile_options
@click.option("--from", "source", metavar="DIR", help="Where the export went; this project if not given.")
@environment_option(None, "Only files that were exported from there.")
@click.option("--overwrite", is_flag=True, help="Edited files win over copy that has come since they were exported.")
@click.option("--partial", is_flag=True, help="Take the sound files although others have problems.")
@click.option("--dry-run", is_flag=True, help="Say what would be edited; change nothing.")
@setting_options("database")
@place_options
def import_(
    *,
    scope: Scope,
    profile: Profile,
    source: str | None,
    environment: Environment | None,
    overwrite: bool,
    partial: bool,
    dry_run: bool,
    place: Place,
) -> int:
    """Take exported files that somebody edited back as hand edits of preview: all of them, or none.

    Name the profile, and what replaced its defaults, as in the export. Exit code 1 if a file has a problem.

    \b
    Examples:
      copydesk import --profile astro --from ../website --dry-run
      copydesk import --profile hugo --format yaml --per page --from ../website
    """
    options = ImportOptions(
        environment=environment,
        overwrite=overwrite,
        partial=partial,
        dry_run=dry_run,
    )

    async def ask(desk: Desk) -> ImportReport:
        wanted = WHOLE_SITE if scope.is_empty else scope
        asked = asked_by(Run())
        return await import_copy(desk, profile, _folder(source, desk), scope=wanted, options=options, asked=asked)

    report = ask_desk(place, ask)
    place.terminal.answer(report)
    place.terminal.show(*_import_parts(report))
    return Exit.OK if report.success else Exit.FAILED


def _folder(named: str | None, desk: Desk) -> Path:
    return desk.project.root if named is None else Path(named).expanduser().absolute()


def _export_parts(report: ExportReport) -> Iterator[RenderableType | None]:
    yield from _first(("[green]+[/]", path) for path in report.written)
    yield from _first(
        ("[yellow]-[/]" if one.removed else "[dim]?[/]", f"{one.path}: {one.reason}") for one in report.left_over
    )
    if report.skipped:
        table = plain_table("section", "code", "why it stands in no file", title=f"Skipped: {len(report.skipped)}")
        for one in report.skipped[:_MOST_LISTED]:
            table.add_row(escape(f"{one.page}/{one.section}"), one.code, escape(one.reason))
        yield table
    yield f"{escape(report.message)} [dim]({escape(report.target)})[/]"


def _import_parts(report: ImportReport) -> Iterator[RenderableType | None]:
    if report.edited:
        table = plain_table("section", "fields", "file", "operation")
        for one in report.edited:
            names = ", ".join(one.changed)
            table.add_row(escape(f"{one.page}/{one.section}"), escape(names), escape(one.path), one.operation_id or "-")
        yield table
    if report.problems:
        table = plain_table("file", "line", "code", "what is wrong", title=f"Problems: {len(report.problems)}")
        for problem in report.problems:
            line = "" if problem.line is None else str(problem.line)
            table.add_row(escape(problem.path), line, f"[red]{problem.code}[/]", escape(problem.message))
        yield table
    notable = [one for one in report.skipped if one.code not in ("same", "other-scope")]
    yield from _first(("[dim]?[/]", f"{one.path}: {one.reason}") for one in notable)
    yield escape(report.message)


def _first(lines: Iterator[tuple[str, str]]) -> Iterator[str]:
    """The first of them, each behind its mark, and how many more there are."""
    known: Sequence[tuple[str, str]] = list(lines)
    yield from (f"{mark} {escape(text)}" for mark, text in known[:_MOST_LISTED])
    if len(known) > _MOST_LISTED:
        yield f"[dim]  and {len(known) - _MOST_LISTED} more[/]"
