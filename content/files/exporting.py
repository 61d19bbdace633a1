"""Export: the copy of one environment as files where a site generator reads them.

Everything is checked before anything is written: an export that is refused has changed nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio.to_thread

from copydesk.content.errors import ContentError
from copydesk.content.files.composing import Composed, compose, read_copies
from copydesk.content.files.left_over import find_left_over
from copydesk.content.files.manifest import MANIFEST, Entry, content_hash, dump_manifest, read_manifest
from copydesk.content.files.placing import place_file, remove_file, sync_folders
from copydesk.content.files.profiles import Per
from copydesk.content.files.reports import ExportReport
from copydesk.content.files.safe_paths import find_clashes, link_problem, path_problem
from copydesk.content.files.sheets import write_sheet
from copydesk.content.operations.selection import Selected, select
from copydesk.content.operations.values import WHOLE_SITE
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from copydesk.content.definition.models import Site
    from copydesk.content.desk import Desk
    from copydesk.content.files.left_over import Remains
    from copydesk.content.files.profiles import Profile
    from copydesk.content.operations.values import Scope

__all__ = ["LARGEST_FILE", "MOST_FILES", "ExportOptions", "export_copy"]

LARGEST_FILE: Final = 1024 * 1024
"""Bytes."""
MOST_FILES: Final = 10_000
_MOST_NAMED: Final = 10
_NOTHING_LIVE: Final = "nothing of this is live: promote it first, or export the drafts with --environment preview"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How careful an export is."""

    overwrite: bool = False
    """Replace files that no export wrote, or that were changed since."""
    prune: bool = False
    """Remove files of earlier exports whose section is gone, if nobody changed them."""
    dry_run: bool = False


AS_USUAL: Final = ExportOptions()


@dataclass(frozen=True, slots=True)
class _Draft:
    """An export that was worked out but not done: what each file is to hold, and which of them must be written."""

    target: Path
    contents: Mapping[str, bytes]
    entries: Mapping[str, Entry]
    """What the manifest is to say of the files of this export."""
    known: Mapping[str, Entry]
    """What the manifest says now."""
    changed: tuple[str, ...]
    remains: tuple[Remains, ...]


async def export_copy(
    desk: Desk,
    environment: Environment,
    profile: Profile,
    target: Path,
    *,
    scope: Scope = WHOLE_SITE,
    options: ExportOptions = AS_USUAL,
) -> ExportReport:
    """Write the copy of `environment` below `target`, the root of the generator's project.

    Files that hold the same already are not touched. A file that no export wrote, or that was changed since, is
    refused by name. Files of earlier exports whose section is gone are reported. Orphans are not exported. With a
    file per page, pages are always written whole.

    Raises `ContentError` with nothing written: those of a scope, unsafe-path, path-clash, too-many-files,
    file-too-large, files-in-the-way, invalid-manifest; cannot-write when the disk refuses.
    """
    site = await desk.site()
    selected = _whole_pages(select(scope, site), profile)
    copies = await desk.store.read(read_copies, [one.key for one in selected], environment)
    composed = compose(site, selected, copies, environment, profile)
    made_by = f"{site.id}:{profile.name}:{profile.format}:{environment}"
    draft = await anyio.to_thread.run_sync(_draft, target, composed, profile, made_by, options)
    draft = await anyio.to_thread.run_sync(_with_remains, draft, made_by, site, selected)
    if not options.dry_run:
        await anyio.to_thread.run_sync(_perform, draft, options)
    return _report(draft, composed, environment, profile, options)


def _whole_pages(selected: Sequence[Selected], profile: Profile) -> list[Selected]:
    if profile.per is Per.SECTION:
        return list(selected)
    routes = {one.route.id: one.route for one in selected}
    return [Selected(route, section) for route in routes.values() for section in route.sections]


def _existing_root(target: Path) -> Path:
    if target.exists() and not target.is_dir():
        message = f"{target} is not a folder. Name the folder of the generator's project."
        raise ContentError("unsafe-path", message)
    return target.resolve()


def _draft(folder: Path, composed: Composed, profile: Profile, made_by: str, options: ExportOptions) -> _Draft:
    target = _existing_root(folder)
    paths = [sheet.path for sheet in composed.sheets]
    _refuse_unsafe(target, paths)
    contents = {sheet.path: write_sheet(sheet, profile.format) for sheet in composed.sheets}
    _refuse_large(contents)
    known = read_manifest(target)
    reasons = {path: _why_write(target, path, content, known) for path, content in contents.items()}
    changed = {path: reason for path, reason in reasons.items() if reason is not None}
    _refuse_in_the_way({} if options.overwrite else changed)
    entries = {
        sheet.path: Entry(made_by, sheet.route.id, sheet.section, (content_hash(contents[sheet.path]),))
        for sheet in composed.sheets
    }
    return _Draft(target, contents, entries, known, tuple(changed), ())


def _with_remains(draft: _Draft, made_by: str, site: Site, selected: Sequence[Selected]) -> _Draft:
    return replace(draft, remains=find_left_over(draft.target, draft.known, draft.contents, made_by, site, selected))


def _refuse_unsafe(target: Path, paths: Sequence[str]) -> None:
    if len(paths) > MOST_FILES:
        message = f"This export would write {len(paths)} files; {MOST_FILES} are allowed. Export one file per page."
        raise ContentError("too-many-files", message)
    problems = [problem for path in paths if (problem := path_problem(path) or link_problem(target, path))]
    if problems:
        raise ContentError("unsafe-path", f"{_joined(problems)} Nothing was written.")
    clashes = [f'"{one}" and "{other}"' for one, other in find_clashes(paths)]
    if clashes:
        message = (
            f"These files cannot stand side by side on every system (letter case does not count on some, and a file is "
            f"no folder): {_joined(clashes, '; ')}. Change the pattern or an id. Nothing was written."
        )
        raise ContentError("path-clash", message)


def _refuse_large(contents: Mapping[str, bytes]) -> None:
    large = [f"{path} ({len(content)} bytes)" for path, content in contents.items() if len(content) > LARGEST_FILE]
    if large:
        message = f"Files may have {LARGEST_FILE} bytes; larger are {_joined(large, ', ')}. Nothing was written."
        raise ContentError("file-too-large", message)


_OURS: Final = "ours"


def _why_write(target: Path, path: str, content: bytes, known: Mapping[str, Entry]) -> str | None:
    """`None` if the file holds this already; `ours` if it may be written; else what is in its way."""
    place = target / path
    if not place.exists():
        return _OURS
    found = place.read_bytes() if place.stat().st_size <= 2 * LARGEST_FILE else b""
    if content_hash(found) == content_hash(content):
        return None
    if path not in known:
        return f"{path} (no export wrote it)"
    return _OURS if content_hash(found) in known[path].hashes else f"{path} (changed since it was exported)"


def _refuse_in_the_way(changed: Mapping[str, str]) -> None:
    foreign = [reason for reason in changed.values() if reason != _OURS]
    if foreign:
        message = (
            f"{len(foreign)} files are in the way: {_joined(foreign, ', ')}. Import the changes you want to keep, or "
            "export with overwrite to replace them. Nothing was written."
        )
        raise ContentError("files-in-the-way", message)


def _perform(draft: _Draft, options: ExportOptions) -> None:
    """First the manifest learns what is coming, then the files are written, then it forgets what was."""
    target = draft.target
    target.mkdir(parents=True, exist_ok=True)
    coming = {path: _with_known(entry, draft.known.get(path)) for path, entry in draft.entries.items()}
    if draft.changed:
        place_file(target, MANIFEST, dump_manifest({**draft.known, **coming}))
    for path in draft.changed:
        place_file(target, path, draft.contents[path])
    sync_folders({(target / path).parent for path in draft.changed})
    gone = {one.path for one in draft.remains if one.is_missing or (options.prune and one.is_removable)}
    for one in draft.remains:
        if one.path in gone and not one.is_missing:
            remove_file(target, one.path)
    entries = {path: entry for path, entry in draft.known.items() if path not in gone} | dict(draft.entries)
    manifest = dump_manifest(entries)
    if draft.changed or entries != draft.known:
        place_file(target, MANIFEST, manifest)


def _with_known(entry: Entry, known: Entry | None) -> Entry:
    return entry if known is None else replace(entry, hashes=tuple(dict.fromkeys((*known.hashes, *entry.hashes))))


def _report(
    draft: _Draft, composed: Composed, environment: Environment, profile: Profile, options: ExportOptions
) -> ExportReport:
    left_over = tuple(
        one.told(removed=options.prune and not options.dry_run) for one in draft.remains if not one.is_missing
    )
    unchanged = tuple(path for path in draft.contents if path not in set(draft.changed))
    does = "would be" if options.dry_run else "were" if len(draft.changed) != 1 else "was"
    parts = [
        f"{len(draft.changed)} of {len(draft.contents)} {profile.name} files {does} written for {environment}",
        f"{len(composed.skipped)} sections are not in them" if composed.skipped else "",
        _NOTHING_LIVE if _is_nothing_live(composed, environment) else "",
        f"{len(left_over)} files of earlier exports have lost their section" if left_over else "",
    ]
    return ExportReport(
        profile=profile.name,
        environment=environment,
        target=str(draft.target),
        dry_run=options.dry_run,
        written=draft.changed,
        unchanged=unchanged,
        skipped=composed.skipped,
        left_over=left_over,
        message="; ".join(part for part in parts if part) + ".",
    )


def _is_nothing_live(composed: Composed, environment: Environment) -> bool:
    """Whether production has no copy of any section that was asked for; fixed text is always there."""
    is_written = any(not piece.is_static for sheet in composed.sheets for piece in sheet.pieces)
    lacks_copy = {one.code for one in composed.skipped} == {"no-copy"}
    return environment is Environment.PRODUCTION and lacks_copy and not is_written


def _joined(texts: Sequence[str], separator: str = " ") -> str:
    more = f"{separator}and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else ""
    return separator.join(texts[:_MOST_NAMED]) + more
