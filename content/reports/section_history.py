"""What became of one section: its changes, newest first, each with who made it and where its copy came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.operations.selection import find_section
from copydesk.content.operations.standing import find_operation
from copydesk.content.operations.values import Wire
from copydesk.content.reports.content_views import HistoryEntry
from copydesk.content.reports.times import iso_time
from copydesk.store import entities, history
from copydesk.store.entities import Place
from copydesk.store.states import Environment, Origin

if TYPE_CHECKING:
    from copydesk.content.desk import Desk
    from copydesk.store.database import Database
    from copydesk.store.history import PastChange

__all__ = ["PastVersion", "SectionHistory", "section_history"]


class PastVersion(HistoryEntry):
    """A change with who asked for it, and where the revision after it came from (null: the copy was removed)."""

    started_by: str | None
    origin: Origin | None
    writer: str | None
    is_draft: bool


class SectionHistory(Wire):
    """The changes of a section in one environment, newest first."""

    page: str
    section: str
    environment: Environment
    current: int | None
    changes: tuple[PastVersion, ...]


async def section_history(desk: Desk, name: str, environment: Environment, *, limit: int) -> SectionHistory:
    """The last `limit` changes of the section `page/section`. Raises `ContentError`: unknown-page, unknown-section."""
    page, section = find_section(await desk.site(), name).key
    return await desk.store.read(_read, Place(page, section, environment), limit)


def _read(db: Database, place: Place, limit: int) -> SectionHistory:
    changes = history.changes_of_section(db, place, limit=limit)
    return SectionHistory(
        page=place.page,
        section=place.section,
        environment=place.environment,
        current=entities.current(db, place),
        changes=tuple(_past_version(db, change) for change in changes),
    )


def _past_version(db: Database, change: PastChange) -> PastVersion:
    revision = None if change.after is None else entities.revision(db, change.after)
    return PastVersion(
        operation_id=change.operation_id,
        operation=change.kind,
        before=change.before,
        after=change.after,
        at=iso_time(change.created_at),
        undone=change.undone_by is not None,
        started_by=find_operation(db, change.operation_id).started_by,
        origin=None if revision is None else revision.origin,
        writer=None if revision is None else revision.writer,
        is_draft=revision is not None and revision.is_draft,
    )
