"""`copydesk doctor`: what is in force, from where, and what is wrong."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

import anyio
import click
from rich.markup import escape

from copydesk.content.definition.loader import examine
from copydesk.content.errors import ContentError
from copydesk.content.project import find_project
from copydesk.content.secrets import redact
from copydesk.content.settings import LoadedSettings, load_settings
from copydesk.server.cli.copy_findings import look_at_local_model, look_at_orphans, look_at_templates, unusable_store
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.findings import (
    Finding,
    look_at_environment,
    look_at_site,
    look_at_sqlite,
    look_at_store,
    look_at_writer,
)
from copydesk.server.cli.options import SETTING_FLAGS, place_options, setting_options
from copydesk.server.cli.receipt_view import plain_table
from copydesk.server.cli.setting_words import setting_in_words
from copydesk.server.cli.terminal import print_json
from copydesk.store.errors import StoreError
from copydesk.store.store import open_store

if TYPE_CHECKING:
    from rich.table import Table

    from copydesk.content.definition.models import Site
    from copydesk.content.project import Project
    from copydesk.server.cli.options import Place
    from copydesk.server.cli.terminal import Terminal

__all__ = ["doctor"]

_LIBRARIES: Final = ("copydesk", "mcp", "pydantic", "anyio", "aiosqlite", "pysqlite3", "jinja2", "jsonschema", "rich")
_SECRET: Final = ("token", "key", "password")
_MARKS: Final = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}


@dataclass(slots=True)
class Report:
    """Everything that doctor found."""

    project: Project | None = None
    site: Site | None = None
    loaded: LoadedSettings | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return all(finding.state != "wrong" for finding in self.findings)


@click.command(epilog=EXIT_CODES)
@setting_options(*SETTING_FLAGS)
@place_options
def doctor(*, place: Place) -> int:
    """Show what is in force, from where, and what is wrong, each with its remedy. Exit code 1 if anything is wrong.

    Takes the flags of serve, to show what they would come to.

    \b
    Examples:
      copydesk doctor
      copydesk doctor --json | jq '.findings[] | select(.state == "wrong")'
    """
    report = anyio.run(_examine, place)
    if place.terminal.as_json:
        print_json(_as_wire(report))
    _show(place.terminal, report)
    return Exit.OK if report.is_well else Exit.FAILED


async def _examine(place: Place) -> Report:
    report = Report()
    report.findings += look_at_environment()
    try:
        report.project = find_project(place.project)
        report.findings.append(Finding("project", "ok", str(report.project.root)))
        loaded = examine(report.project.site_file)
        report.findings += look_at_site(loaded)
        report.site = None if loaded.snapshot is None else loaded.snapshot.site
        report.findings += [] if report.site is None else look_at_templates(report.site)
        report.loaded = load_settings(report.project.settings_file, overrides=place.overrides)
    except ContentError as error:
        report.findings.append(_unusable(report, error))
    unsafe = report.loaded is not None and report.loaded.settings.allow_unsafe_wal
    report.findings += look_at_sqlite(allow_unsafe_wal=unsafe)
    if report.project is not None and report.loaded is not None:
        report.findings += look_at_writer(report.loaded.settings, report.project.root)
        report.findings += look_at_local_model(report.loaded.settings)
        report.findings += await _examine_store(report.project, report.loaded, report.site)
    return report


def _unusable(report: Report, error: ContentError) -> Finding:
    if report.project is None:
        return Finding("project", "wrong", str(error), "Name the folder of site.yaml with --project.")
    return Finding("settings", "wrong", str(error), "Correct it there, or override it with a flag.")


async def _examine_store(project: Project, loaded: LoadedSettings, site: Site | None) -> list[Finding]:
    """The database, if there is one: looking must not make one."""
    path = project.database(loaded.settings)
    if not await anyio.Path(path).exists():
        return [Finding("database", "ok", f"{path} is made when it is first needed.")]
    try:
        async with open_store(path, allow_unsafe_wal=loaded.settings.allow_unsafe_wal) as store:
            orphans = [] if site is None else await look_at_orphans(store, site)
            return [*await look_at_store(store), *orphans]
    except StoreError as error:
        return [unusable_store(error, str(path))]


def _settings_rows(report: Report) -> list[dict[str, Any]]:
    if report.loaded is None:
        return []
    return [
        {
            "name": name,
            "value": "(hidden)" if value and name.endswith(_SECRET) else _clean(value),
            "origin": report.loaded.origins.get(name, "default"),
        }
        for name, value in report.loaded.settings.model_dump(mode="json").items()
    ]


def _clean(value: object) -> object:
    """Addresses of writers may hold credentials."""
    return json.loads(redact(json.dumps(value)))


def _versions() -> dict[str, str | None]:
    """What is installed, read from its metadata: nothing is imported."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def _as_wire(report: Report) -> dict[str, Any]:
    return {
        "ok": report.is_well,
        "project": None if report.project is None else str(report.project.root),
        "findings": [asdict(finding) | {"message": redact(finding.message)} for finding in report.findings],
        "settings": _settings_rows(report),
        "versions": _versions(),
    }


def _show(terminal: Terminal, report: Report) -> None:
    findings = plain_table("", "what", "finding", "what helps")
    for one in report.findings:
        findings.add_row(_MARKS[one.state], one.topic, escape(redact(one.message)), escape(one.fix or ""))
    settings = _settings_table(report)
    versions = ", ".join(f"{name} {number or 'missing'}" for name, number in _versions().items())
    wrong = sum(one.state == "wrong" for one in report.findings)
    verdict = "[bold green]Everything is well.[/]" if report.is_well else f"[bold red]{wrong} to put right.[/]"
    terminal.show(findings, settings, f"[dim]{versions}[/]", verdict)


def _settings_table(report: Report) -> Table | None:
    if report.project is None or report.loaded is None:
        return None
    database = str(report.project.database(report.loaded.settings))
    table = plain_table("setting", "value", "from", title="Settings in force")
    for row in _settings_rows(report):
        words = setting_in_words(row["name"], row["value"], database=database)
        table.add_row(row["name"], escape(words), escape(row["origin"]))
    return table
