"""What exports and imports answer, as it travels."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from copydesk.content.operations.values import Wire
from copydesk.store.states import Environment

__all__ = ["ExportReport", "FileProblem", "ImportReport", "ImportedSection", "LeftOver", "NotExported", "NotImported"]

ExportSkip: TypeAlias = Literal["no-copy", "not-portable", "render-failed"]
ImportSkip: TypeAlias = Literal["same", "static", "stale", "not-ours", "link", "other-scope"]


class NotExported(Wire):
    """A section that stands in no file, and why."""

    page: str
    section: str
    code: ExportSkip
    reason: str


class LeftOver(Wire):
    """A file of an earlier export whose section is gone or stands elsewhere now."""

    path: str
    reason: str
    removed: bool = Field(default=False, description="Only with `prune`, and only if nobody changed the file.")


class ExportReport(Wire):
    """What an export wrote. Paths are relative to the target."""

    profile: str
    environment: Environment
    target: str
    dry_run: bool
    written: tuple[str, ...]
    unchanged: tuple[str, ...] = Field(description="Files that hold just this already; they were not touched.")
    skipped: tuple[NotExported, ...] = ()
    left_over: tuple[LeftOver, ...] = ()
    message: str


class FileProblem(Wire):
    """Why a file cannot be imported."""

    path: str
    code: str
    message: str
    line: int | None = None


class ImportedSection(Wire):
    """A section whose preview copy was (or with `dry_run` would be) replaced by what a file holds."""

    page: str
    section: str
    path: str
    changed: tuple[str, ...] = Field(description="Names of the fields that differ.")
    operation_id: str | None = Field(
        description="The edit, by which it can be rolled back; null when nothing was done."
    )


class NotImported(Wire):
    """A file, or a section in it, that gives no reason to change anything."""

    path: str
    page: str | None = None
    section: str | None = None
    code: ImportSkip
    reason: str


class ImportReport(Wire):
    """What an import found and did. With problems nothing was changed, unless `partial` was asked for."""

    success: bool = Field(description="No file has a problem.")
    profile: str
    source: str
    dry_run: bool
    edited: tuple[ImportedSection, ...]
    skipped: tuple[NotImported, ...]
    problems: tuple[FileProblem, ...]
    message: str
