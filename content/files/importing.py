"""Import: exported files that somebody edited, taken back as hand edits of the preview copy.

All of them are one transaction: either every file is taken, or (with the bad ones listed) none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio.to_thread

from copydesk.content.errors import ContentError
from copydesk.content.files.composing import read_copies
from copydesk.content.files.finding import Found, find_sheets
from copydesk.content.files.judging import Judgments, WantedEdit, judge
from copydesk.content.files.reports import FileProblem, ImportedSection, ImportReport, NotImported
from copydesk.content.operations.recording import Order, record
from copydesk.content.operations.selection import select
from copydesk.content.operations.values import WHOLE_SITE
from copydesk.content.ordering import NOBODY
from copydesk.content.secrets import refuse_secrets
from copydesk.store import entities
from copydesk.store.entities import Place
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.content.definition.models import Site
    from copydesk.content.desk import Asked, Desk
    from copydesk.content.files.judging import Judgment
    from copydesk.content.files.profiles import Profile
    from copydesk.content.files.reading import FoundSheet
    from copydesk.content.operations.values import Edit, Scope
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

__all__ = ["ImportOptions", "import_copy"]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How careful an import is."""

    environment: Environment | None = None
    """Only files that were exported from there."""
    overwrite: bool = False
    """Edited files win over copy that has come since they were exported."""
    partial: bool = False
    """Take the sound files although others have problems."""
    dry_run: bool = False


AS_USUAL: Final = ImportOptions()


async def import_copy(
    desk: Desk,
    profile: Profile,
    source: Path,
    *,
    scope: Scope = WHOLE_SITE,
    options: ImportOptions = AS_USUAL,
    asked: Asked = NOBODY,
) -> ImportReport:
    """Take the files of a profile below `source` back as edits of preview.

    The fields in a file replace the section's copy as a whole; sections whose fields are the same are left alone.
    A file that nobody edited never replaces newer copy. If any file has a problem nothing is changed, unless the
    options say otherwise.

    Only the copy is imported: a page's title and description are those of the site definition. Raises `ContentError`:
    those of a scope, unsafe-path, nothing-to-import, too-many-files, invalid-manifest, holds-secret, outdated.
    """
    snapshot = await desk.snapshot()
    found = await anyio.to_thread.run_sync(find_sheets, source, profile, snapshot.site)
    judged = await _judged(desk, snapshot.site, profile, found, scope, options)
    problems = (*found.problems, *(one for one in judged if isinstance(one, FileProblem)))
    edits = [one.edit for one in judged if isinstance(one, WantedEdit)]
    ids: dict[tuple[str, str], str] = {}
    if edits and not options.dry_run and (options.partial or not problems):
        for edit in edits:
            refuse_secrets(edit.model_dump_json())
        orders = [(edit, Order(edit, snapshot, "", started_by=asked.started_by)) for edit in edits]
        await desk.store.write(_record_all, orders, at=desk.now())
        ids = {(edit.page, edit.section): order.id for edit, order in orders}
    return _report(profile, source, found.skipped, judged, problems, ids, dry_run=options.dry_run)


async def _judged(
    desk: Desk, site: Site, profile: Profile, found: Found, scope: Scope, options: ImportOptions
) -> list[Judgment]:
    asked_for = frozenset(one.key for one in select(scope, site))
    sheets = {path: sheet for path, sheet in found.sheets.items() if _is_from(sheet, options.environment)}
    keys = list(dict.fromkeys((one.page, one.section) for sheet in sheets.values() for one in sheet.pieces))
    copies = await desk.store.read(read_copies, keys, Environment.PREVIEW)
    judgments = Judgments(site, profile, copies, asked_for, options.overwrite)
    return await anyio.to_thread.run_sync(judge, judgments, sheets)


def _is_from(sheet: FoundSheet, environment: Environment | None) -> bool:
    return environment is None or sheet.environment in (None, environment.value)


def _record_all(db: Database, orders: Sequence[tuple[Edit, Order]], *, at: Moment) -> None:
    """All edits in one transaction. Raises `ContentError` (outdated) if copy has come where there was none."""
    for edit, order in orders:
        place = Place(edit.page, edit.section, Environment.PREVIEW)
        if edit.if_revision is None and entities.current(db, place) is not None:
            message = f"{edit.page}/{edit.section} was written meanwhile. Nothing was changed; import again."
            raise ContentError("outdated", message)
        record(db, order, at=at)


def _report(
    profile: Profile,
    source: Path,
    skipped: Sequence[NotImported],
    judged: Sequence[Judgment],
    problems: Sequence[FileProblem],
    ids: dict[tuple[str, str], str],
    *,
    dry_run: bool,
) -> ImportReport:
    edited = tuple(
        ImportedSection(
            page=one.edit.page,
            section=one.edit.section,
            path=one.path,
            changed=one.changed,
            operation_id=ids.get((one.edit.page, one.edit.section)),
        )
        for one in judged
        if isinstance(one, WantedEdit)
    )
    all_skipped = (*skipped, *(one for one in judged if isinstance(one, NotImported)))
    return ImportReport(
        success=not problems,
        profile=profile.name,
        source=str(source),
        dry_run=dry_run,
        edited=edited,
        skipped=all_skipped,
        problems=tuple(problems),
        message=_message(profile, len(edited), len(all_skipped), len(problems), done=bool(ids), dry_run=dry_run),
    )


def _message(profile: Profile, edited: int, skipped: int, problems: int, *, done: bool, dry_run: bool) -> str:
    if not edited and not skipped and not problems:
        return f"No {profile.name} files ({profile.pattern.text}) were found: name the profile of the export."
    parts = [f"{edited} sections {'were edited' if done else 'would be edited'}" if edited else "Nothing is different"]
    if problems:
        nothing = "" if done or dry_run else "; nothing was changed"
        parts.append(f"{problems} files have problems{nothing}")
    return "; ".join(parts) + "."
