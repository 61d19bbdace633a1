"""`copydesk edit`: somebody's own words for one section."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from copydesk.content.definition.reader import read_yaml
from copydesk.content.errors import ContentError
from copydesk.content.files.yaml_text import dump_yaml
from copydesk.content.operations.patching import merge_patch, with_value, without
from copydesk.content.operations.selection import find_section
from copydesk.content.operations.values import Edit
from copydesk.server.cli.asking import ask_desk, asked_by
from copydesk.server.cli.completing import complete_sections
from copydesk.server.cli.exits import EXIT_CODES, Exit, exit_of_receipt
from copydesk.server.cli.options import Run, place_options, setting_options
from copydesk.server.cli.receipt_view import show_receipt
from copydesk.store import entities
from copydesk.store.entities import Place as Spot
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from copydesk.content.definition.models import Fields, Template
    from copydesk.content.desk import Desk
    from copydesk.server.cli.options import Place

__all__ = ["edit"]

Change: TypeAlias = tuple[str, str | None]
"""A path and the value to set there; `None` removes it."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """The section as it stands: where it is, what it is made of, and its fields."""

    page: str
    section: str
    template: Template
    fields: Fields
    revision: int | None

    def edit_to(self, fields: Fields, if_revision: int | None) -> Edit:
        """What makes the section say this: refused if somebody has changed it since."""
        expected = self.revision if if_revision is None else if_revision
        patch = merge_patch(self.fields, fields)
        return Edit(page=self.page, section=self.section, fields=patch, if_revision=expected)


@click.command(epilog=EXIT_CODES)
@click.argument("section", metavar="PAGE/SECTION", shell_complete=complete_sections)
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="items.0.title=...; repeatable.")
@click.option("--remove", multiple=True, metavar="FIELD", help="Take a field out; repeatable.")
@click.option("--file", type=click.Path(), metavar="FILE", help="Fields as JSON or YAML to merge in; - is the input.")
@click.option("--editor", is_flag=True, help="Open the fields in $VISUAL or $EDITOR. So does no option at all.")
@click.option("--if-revision", type=int, metavar="N", help="Refuse unless this revision stands.")
@setting_options("database")
@place_options
def edit(
    *,
    section: str,
    settings: tuple[str, ...],
    remove: tuple[str, ...],
    file: str | None,
    editor: bool,
    if_revision: int | None,
    place: Place,
) -> int:
    """Put your own words into the preview copy of a section. They are checked, and protected from then on.

    A job that waits to write the section is voided. Publish with copydesk promote; undo with copydesk rollback.

    \b
    Examples:
      copydesk edit home/hero
      copydesk edit home/hero --set "headline=Bread, from the grain of three farms"
      copydesk edit pricing/plans --set plans.0.price=9 --remove footnote
      copydesk edit home/hero --file hero.json --if-revision 12
    """
    changes: list[Change] = [*map(_change, settings), *((path, None) for path in remove)]
    given = sum((bool(changes), file is not None, editor))
    if given > 1:
        message = "Give --set and --remove, or --file, or --editor: only one of these."
        raise click.UsageError(message, click.get_current_context())
    if not given and not (sys.stdin.isatty() and place.terminal.is_watched):
        message = "Say what to change: --set FIELD=VALUE, --remove FIELD, --file FILE, or --editor."
        raise click.UsageError(message, click.get_current_context())
    if file is None and not changes:
        return _edit_in_editor(place, section, if_revision)
    fields = None if file is None else _read_file(file)
    standing = ask_desk(place, lambda desk: _standing(desk, section))
    if fields is None:
        return _submit(place, _edit_by_name(standing, changes, if_revision))
    return _submit(place, Edit(page=standing.page, section=standing.section, fields=fields, if_revision=if_revision))


def _change(written: str) -> Change:
    path, equals, value = written.partition("=")
    if not equals or not path:
        message = f'"{written}" is no FIELD=VALUE.'
        raise click.UsageError(message, click.get_current_context())
    return path.strip(), value


def _submit(place: Place, edit: Edit) -> int:
    receipt = ask_desk(place, lambda desk: desk.perform(edit, asked_by(Run())))
    show_receipt(place.terminal, receipt)
    return exit_of_receipt(receipt)


async def _standing(desk: Desk, section: str) -> _Standing:
    site = await desk.site()
    selected = find_section(site, section)
    copy = await desk.store.read(entities.current_copy, Spot(*selected.key, Environment.PREVIEW))
    fields, revision = ({}, None) if copy is None else (copy.fields, copy.id)
    return _Standing(*selected.key, site.templates[selected.section.template], fields, revision)


def _edit_by_name(standing: _Standing, changes: list[Change], if_revision: int | None) -> Edit:
    fields = standing.fields
    for path, value in changes:
        fields = without(fields, path) if value is None else with_value(fields, path, value, standing.template.schema)
    return standing.edit_to(fields, if_revision)


def _read_file(file: str) -> Fields:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).expanduser().read_bytes()
    except OSError as error:
        raise ContentError("unreadable-file", f"{file} cannot be read: {error.strerror}.") from error
    return _parsed(content, "standard input" if file == "-" else file)


def _parsed(content: bytes, name: str) -> Fields:
    """The fields in a text. JSON is YAML too."""
    document = read_yaml(content)
    if document.problems:
        first = document.problems[0]
        raise ContentError("invalid-fields", f"{name}, line {first.line}: {first.message} Nothing was changed.")
    if not isinstance(document.data, dict):
        raise ContentError("invalid-fields", f"{name} holds no fields: write them as `name: value`.")
    return document.data


def _edit_in_editor(place: Place, section: str, if_revision: int | None) -> int:
    """Until the fields fit or somebody gives up. No desk is open while a person types: that may take an hour."""
    standing = ask_desk(place, lambda desk: _standing(desk, section))
    text = _as_text(standing)
    while True:
        edited = click.edit(text, extension=".yaml", require_save=True)
        if edited is None or edited == text:
            place.terminal.note("Nothing was changed.")
            return Exit.OK
        try:
            return _submit(place, standing.edit_to(_parsed(edited.encode(), "The text"), if_revision))
        except ContentError as error:
            if not _wants_another_try(place, error):
                raise ContentError(error.code, f"{error.message} {_keep(edited)}") from error
            text = edited


def _as_text(standing: _Standing) -> str:
    """The fields as YAML, below a comment that says what they are."""
    schema = standing.template.schema
    properties = schema.get("properties", {})
    names = [f"{name}*" if name in schema.get("required", ()) else name for name in properties]
    head = (
        f"# {standing.page}/{standing.section}, {standing.template.name}: {', '.join(names)} (* required)\n"
        "# Save and close to check and keep it; close without saving to change nothing.\n"
    )
    return head + (dump_yaml(standing.fields) if standing.fields else "")


def _wants_another_try(place: Place, error: ContentError) -> bool:
    """Whether somebody is there who wants to mend it."""
    if not place.terminal.is_watched or error.code not in ("invalid-fields", "null-field"):
        return False
    place.terminal.note(error.message)
    return click.confirm("Open it again?", default=True, err=True)


def _keep(text: str) -> str:
    """Nobody's words are thrown away: where they are now, as a sentence."""
    with tempfile.NamedTemporaryFile("w", prefix="copydesk-", suffix=".yaml", delete=False, encoding="utf-8") as file:
        file.write(text)
    return f"Your text is in {file.name}; mend it and pass it with --file."
