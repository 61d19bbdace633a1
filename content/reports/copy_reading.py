"""Reading copy: its fields, where they come from, and what happened to them lately."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.definition.suggestions import listed
from copydesk.content.errors import ContentError
from copydesk.content.markdown import default_markdown
from copydesk.content.operations.selection import select
from copydesk.content.operations.values import WHOLE_SITE, Scope
from copydesk.content.rendering import render_markdown
from copydesk.content.reports.addresses import section_uri
from copydesk.content.reports.content_views import ContentReading, HistoryEntry, SectionReading
from copydesk.content.reports.cutting import cut_text, cut_value, value_size
from copydesk.content.reports.paging import LARGEST_ANSWER, after_cursor, fill, json_size
from copydesk.content.reports.provenance import provenance_of
from copydesk.content.reports.receipts import NextStep
from copydesk.content.reports.times import iso_time
from copydesk.store import entities, history
from copydesk.store.entities import Place
from copydesk.store.ids import entity_id
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site
    from copydesk.content.desk import Desk
    from copydesk.content.operations.selection import Selected
    from copydesk.store.database import Database
    from copydesk.store.history import PastChange
    from copydesk.store.models import Revision

__all__ = ["ReadQuery", "read_content"]

_ROOM: Final = LARGEST_ANSWER - 1_800
"""What the cursor and the next step leave, with ids as long as they may be."""
_OUTLINE: Final = 400
"""Characters kept for what surrounds the fields of a section that is cut."""
_HISTORY_OF_ONE: Final = 10
_HISTORY_OF_MANY: Final = 3


@dataclass(frozen=True, slots=True)
class ReadQuery:
    """What to read: the copy of a scope (empty: the whole site) in an environment, or one revision by its number."""

    scope: Scope = field(default_factory=Scope)
    environment: Environment = Environment.PREVIEW
    revision: int | None = None
    rendered: bool = False
    cursor: str | None = None
    room: int = _ROOM
    """Characters of JSON for the sections."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A section with its copy, as the store has it."""

    page: str
    section: str
    template: str
    environment: Environment
    revision: Revision | None = None
    content: str | None = None
    """The text of a static section."""
    changes: tuple[PastChange, ...] = ()


async def read_content(desk: Desk, query: ReadQuery) -> ContentReading:
    """The copy of a scope, as many sections as one answer holds.

    Raises `ContentError`: invalid-site, unknown-page, unknown-section, two-scopes, unknown-revision, invalid-cursor.
    """
    site = await desk.site()
    if query.revision is not None:
        return await desk.store.read(_read_revision, site, query)
    return await desk.store.read(_read_scope, site, query)


def _read_scope(db: Database, site: Site, query: ReadQuery) -> ContentReading:
    selection = select(WHOLE_SITE if query.scope.is_empty else query.scope, site)
    rest = after_cursor(selection, str, query.cursor)
    most = _HISTORY_OF_ONE if len(selection) == 1 else _HISTORY_OF_MANY

    def entry(selected: Selected) -> SectionReading:
        return _reading(_find(db, selected, query.environment, most), site, query)

    page = fill(rest, entry, str, room=query.room)
    return ContentReading(
        environment=query.environment,
        sections=page.entries,
        sections_total=len(selection),
        cursor=page.cursor,
        message=_message(page.entries, len(selection), query.environment),
        next_step=_next_step(query, page.entries, site),
    )


def _find(db: Database, selected: Selected, environment: Environment, most: int) -> _Found:
    place = Place(*selected.key, environment)
    found = _Found(*selected.key, selected.section.template, environment, content=selected.section.content)
    if found.content is not None:
        return found
    changes = tuple(history.changes_of_section(db, place, limit=most))
    return replace(found, revision=entities.current_copy(db, place), changes=changes)


def _read_revision(db: Database, site: Site, query: ReadQuery) -> ContentReading:
    """One version by its number, also of a section that is no longer defined."""
    number = query.revision if query.revision is not None else 0
    selection = [] if query.scope.is_empty else select(query.scope, site)
    keys = [selected.key for selected in selection]
    revision = entities.revision(db, number)
    if revision is None or (keys and (revision.page, revision.section) not in keys):
        raise _unknown_revision(db, number, revision, keys)
    place = Place(revision.page, revision.section, query.environment)
    changes = tuple(history.changes_of_section(db, place, limit=_HISTORY_OF_ONE))
    found = _Found(
        revision.page, revision.section, revision.template, query.environment, revision=revision, changes=changes
    )
    return ContentReading(
        environment=query.environment,
        sections=(_reading(found, site, query),),
        sections_total=1,
        message=f"Revision {number} of {revision.page}/{revision.section}.",
    )


def _unknown_revision(
    db: Database, number: int, revision: Revision | None, keys: list[tuple[str, str]]
) -> ContentError:
    if revision is not None:
        message = f"Revision {number} is copy of {revision.page}/{revision.section}, which is not in the scope."
    else:
        message = f"There is no revision {number}."
    if len(keys) == 1:
        there = [str(one) for one in history.revisions_of(db, *keys[0])]
        name = "/".join(keys[0])
        message += f" {name} has the revisions {listed(there)}." if there else f" {name} has none yet."
    return ContentError("unknown-revision", message)


def _reading(found: _Found, site: Site, query: ReadQuery) -> SectionReading:
    """The section, cut to what one answer holds."""
    whole = SectionReading(
        page=found.page,
        section=found.section,
        entity_id=entity_id(found.environment, found.page, found.section),
        template=found.template,
        state="static" if found.content is not None else "none" if found.revision is None else "copy",
        revision=None if found.revision is None else found.revision.id,
        provenance=None if found.revision is None else provenance_of(found.revision),
        history=tuple(_history_entry(change) for change in found.changes),
    )
    room = query.room - json_size(whole) - _OUTLINE
    markdown, note = _markdown(found, site) if query.rendered or found.content is not None else (None, None)
    fields = None if found.revision is None else found.revision.fields
    return whole.model_copy(update=_fitted(fields, markdown, note, room, _where_whole(found, query)))


def _where_whole(found: _Found, query: ReadQuery) -> str:
    """Where to find what does not fit. The resource has the current copy only."""
    if query.revision is not None:
        return "`copydesk show` in a terminal"
    return f"the resource {section_uri(found.environment, found.page, found.section)}"


def _fitted(
    fields: dict[str, Any] | None, markdown: str | None, note: str | None, room: int, where_whole: str
) -> dict[str, object]:
    """Fields come first; the rendered copy gets what they leave."""
    notes = [] if note is None else [note]
    cut_fields = cut_value(fields, room)
    if cut_fields.is_cut:
        notes.append(f"Texts and lists of this large section are cut; {where_whole} has the whole.")
    left = room - value_size(cut_fields.value)
    cut_markdown = None if markdown is None else cut_text(markdown, max(left, _OUTLINE))
    if cut_markdown is not None and cut_markdown.is_cut:
        notes.append("The rendered text is cut.")
    return {
        "fields": cut_fields.value,
        "markdown": None if cut_markdown is None else cut_markdown.value,
        "note": " ".join(notes) or None,
    }


def _markdown(found: _Found, site: Site) -> tuple[str | None, str | None]:
    """The rendered copy, or why there is none."""
    if found.content is not None:
        return found.content, None
    if found.revision is None:
        return None, None
    template = site.templates.get(found.revision.template)
    if template is None:
        return default_markdown(found.revision.fields), None
    try:
        return render_markdown(template, found.revision.fields), None
    except ContentError as error:
        return None, error.message


def _history_entry(change: PastChange) -> HistoryEntry:
    return HistoryEntry(
        operation_id=change.operation_id,
        operation=change.kind,
        before=change.before,
        after=change.after,
        at=iso_time(change.created_at),
        undone=change.undone_by is not None,
    )


def _message(shown: tuple[SectionReading, ...], total: int, environment: Environment) -> str:
    without = sum(one.state == "none" for one in shown)
    text = f"{len(shown)} of {total} sections of {environment}."
    return f"{text} {without} of them have no copy." if without else text


def _next_step(query: ReadQuery, shown: tuple[SectionReading, ...], site: Site) -> NextStep | None:
    """Write what is missing in preview; publishing is for somebody to decide."""
    missing = [one for one in shown if one.state == "none" and site.templates[one.template].generate]
    if missing and query.environment is Environment.PREVIEW:
        names = [f"{one.page}/{one.section}" for one in missing]
        return NextStep(tool="generate", arguments={"sections": names[:5]})
    return None
