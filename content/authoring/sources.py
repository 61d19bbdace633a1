"""Giving a site a file of facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from copydesk.content.definition.edits import FileEdit, plan_source
from copydesk.content.definition.loader import LARGEST_FILE
from copydesk.content.definition.reader import read_yaml
from copydesk.content.definition.replacing import create_file, replace_file
from copydesk.content.definition.source_names import checked_source, source_folders
from copydesk.content.definition.sources import LARGEST_SOURCE, UnreadableFile, read_bounded
from copydesk.content.errors import ContentError
from copydesk.content.operations.selection import find_route
from copydesk.content.reports.content_views import LONGEST_ADDED, SavedSource
from copydesk.content.reports.receipts import NextStep
from copydesk.content.secrets import refuse_secrets

if TYPE_CHECKING:
    from copydesk.content.desk import Desk

__all__ = ["SaveSource", "SavedSource", "save_source"]


@dataclass(frozen=True, slots=True)
class SaveSource:
    """Facts to keep: `text` in the file `name`, for these pages (ids or paths; none means the whole site)."""

    name: str
    text: str
    pages: tuple[str, ...] = field(default=())
    overwrite: bool = False
    dry_run: bool = False


async def save_source(desk: Desk, request: SaveSource) -> SavedSource:
    """Write a source file, and name it in the site definition if no pattern there matches it yet.

    Raises `ContentError`: invalid-site, invalid-name, invalid-text, source-exists, unknown-page, holds-secret,
    unsupported-layout, outside-project, file-changed, file-busy, unwritable. Nothing is changed then.
    """
    return await anyio.to_thread.run_sync(_save_source, desk.project.site_file, request)


def _save_source(site_file: Path, request: SaveSource) -> SavedSource:
    root = site_file.parent.resolve()
    name = checked_source(root, request.name, source_folders(_patterns(site_file)))
    text = _checked_text(request.text)
    refuse_secrets(text)
    before = _existing(root / name)
    _refuse_overwriting(name, before, text, request)
    edit = _plan(site_file, name, text, request.pages)
    if not request.dry_run:
        _write(root / name, before, text.encode(), edit)
    return _saved(name, before, text, edit, dry_run=request.dry_run)


def _saved(name: str, before: bytes | None, text: str, edit: FileEdit, *, dry_run: bool) -> SavedSource:
    users = _users(edit, name)
    verb = "would be" if dry_run else "is"
    step = NextStep(tool="list-site", arguments={"show": "sources"})
    return SavedSource(
        name=name,
        characters=len(text),
        created=before is None,
        changed=before != text.encode(),
        sections=users,
        site_file_changed=not edit.is_empty,
        added=edit.added[:LONGEST_ADDED],
        dry_run=dry_run,
        message=f"{name} {verb} a source of {users} sections. Copy that exists stays until it is regenerated.",
        next_step=None if dry_run else step,
    )


def _patterns(site_file: Path) -> list[str]:
    """The source patterns anywhere in the site file: they say where its sources stand."""
    try:
        data = read_yaml(read_bounded(site_file, LARGEST_FILE)).data
    except UnreadableFile as error:
        raise ContentError("invalid-site", f"The site definition {site_file} {error}.") from error
    return list(_source_patterns(data))


def _source_patterns(data: object) -> list[str]:
    if isinstance(data, list):
        return [pattern for item in data for pattern in _source_patterns(item)]
    if not isinstance(data, dict):
        return []
    own = data.get("sources", [])
    patterns = [one for one in own if isinstance(one, str)] if isinstance(own, list) else []
    return patterns + [pattern for value in data.values() for pattern in _source_patterns(value)]


def _checked_text(text: str) -> str:
    """The text with its line ends as LF and one at the end. Raises `ContentError` (invalid-text)."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    size = len(plain.encode(errors="replace"))
    problem = None
    if not plain.strip():
        problem = "it is empty"
    elif "\0" in plain or any("\ud800" <= character <= "\udfff" for character in plain):
        problem = "it holds characters that are no text"
    elif size >= LARGEST_SOURCE:
        problem = f"it has {size:,} bytes, and a source may have {LARGEST_SOURCE:,}; split it"
    if problem:
        raise ContentError("invalid-text", f"The text of the source cannot be kept: {problem}. Nothing was changed.")
    return f"{plain}\n"


def _existing(path: Path) -> bytes | None:
    try:
        return read_bounded(path, LARGEST_SOURCE)
    except UnreadableFile as error:
        if not path.exists():
            return None
        message = f"{path.name} is there, but {error}. Nothing was changed; choose another name."
        raise ContentError("source-exists", message) from error


def _refuse_overwriting(name: str, before: bytes | None, text: str, request: SaveSource) -> None:
    if before is not None and before != text.encode() and not request.overwrite:
        message = (
            f"{name} exists already and says something else ({len(before):,} bytes). Nothing was changed. Choose "
            "another name, or pass overwrite to replace all of its text."
        )
        raise ContentError("source-exists", message)


def _plan(site_file: Path, name: str, text: str, pages: tuple[str, ...]) -> FileEdit:
    """The edit of the site file; names of pages are those of the site with the new source."""
    whole = plan_source(site_file, name, text, ())
    if not pages:
        return whole
    site = whole.snapshot.site
    return plan_source(site_file, name, text, [find_route(site, page).id for page in pages])


def _users(edit: FileEdit, name: str) -> int:
    """How many sections that can be generated have the source in their briefs."""
    site = edit.snapshot.site
    return sum(
        name in (*site.sources, *site.templates[section.template].sources, *section.sources)
        for route in site.routes
        for section in route.sections
        if section.content is None
    )


def _write(path: Path, before: bytes | None, after: bytes, edit: FileEdit) -> None:
    """The source first: a site file that names a source that is not there would be invalid."""
    if before is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        create_file(path, after)
    elif before != after:
        replace_file(path, before, after)
    try:
        edit.apply()
    except ContentError:
        _take_back(path, before, after)
        raise


def _take_back(path: Path, before: bytes | None, after: bytes) -> None:
    if before is None:
        path.unlink(missing_ok=True)
    elif before != after:
        replace_file(path, after, before)
