"""One section as the preview shows it: its copy in both environments as HTML, and what differs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from markupsafe import escape

from copydesk.content.errors import ContentError
from copydesk.content.markdown import default_markdown
from copydesk.content.preview.copy_html import markdown_html, sanitise
from copydesk.content.preview.marking import mark_changes
from copydesk.content.preview.views import (
    CopyView,
    FieldChange,
    SectionSummary,
    SectionView,
    Standing,
    page_file,
)
from copydesk.content.rendering import render_markdown
from copydesk.content.reports.differences import differences
from copydesk.content.reports.provenance import written_by
from copydesk.store import entities
from copydesk.store.entities import Place
from copydesk.store.states import Environment, Origin

if TYPE_CHECKING:
    from markupsafe import Markup

    from copydesk.content.definition.models import Site
    from copydesk.content.reports.differences import Difference
    from copydesk.content.reports.section_states import Placed
    from copydesk.store.database import Database
    from copydesk.store.models import Revision

__all__ = ["SectionReader", "summarise"]

_MOST_CHANGES: Final = 100


def summarise(placed: Placed) -> SectionSummary:
    """How the section stands, without its copy."""
    return SectionSummary(
        placed.selected.section.id,
        _standing(placed),
        is_draft=placed.preview_state == "draft",
        is_edited=placed.preview_state == "edited",
        is_busy=placed.preview_job is not None,
    )


def _standing(placed: Placed) -> Standing:
    if placed.is_static:
        return Standing.FIXED
    if placed.preview is None:
        return Standing.EMPTY if placed.production is None else Standing.REMOVED
    states = {"none": Standing.NEW, "current": Standing.LIVE, "differs": Standing.CHANGED}
    return states[placed.production_state]


@dataclass(frozen=True)
class SectionReader:
    """Reads sections and makes HTML of their copy, with links between the site's pages that lead to their previews."""

    site: Site

    @cached_property
    def _addresses(self) -> dict[str, str]:
        return {route.path: page_file(route.id) for route in self.site.routes}

    def section(self, db: Database, placed: Placed) -> SectionView:
        """The section with what the store holds of it now."""
        summary, template = summarise(placed), placed.selected.section.template
        content = placed.selected.section.content
        if content is not None:
            return SectionView(summary, template, preview=CopyView(self._safe(content)))
        preview, production = (_copy(db, placed, one) for one in (Environment.PREVIEW, Environment.PRODUCTION))
        if summary.standing is Standing.CHANGED and preview is not None and production is not None:
            return self._changed(summary, template, preview, production)
        return SectionView(summary, template, preview=self._view(preview), production=self._view(production))

    def _changed(self, summary: SectionSummary, template: str, preview: Revision, production: Revision) -> SectionView:
        (old, old_note), (new, new_note) = self._html(production), self._html(preview)
        marked = mark_changes(old, new)
        found = differences(production.fields, preview.fields)[:_MOST_CHANGES]
        return SectionView(
            summary,
            template,
            preview=CopyView(sanitise(marked.after), _origin(preview), _time(preview), new_note),
            production=CopyView(sanitise(marked.before), _origin(production), _time(production), old_note),
            changes=tuple(_field_change(one) for one in found),
            is_rewritten=not marked.is_marked,
        )

    def _view(self, revision: Revision | None) -> CopyView | None:
        if revision is None:
            return None
        html, note = self._html(revision)
        return CopyView(sanitise(html), _origin(revision), _time(revision), note)

    def _html(self, revision: Revision) -> tuple[str, str | None]:
        """The copy, not yet sanitised; if its template's format fails, everything in it, and why."""
        template = self.site.templates.get(revision.template)
        if template is None:
            note = f"The site has no template {revision.template} any more: all fields are shown as they are."
            return self._markdown(default_markdown(revision.fields)), note
        try:
            return self._markdown(render_markdown(template, revision.fields)), None
        except ContentError as error:
            return self._markdown(default_markdown(revision.fields)), error.message

    def _markdown(self, text: str) -> str:
        return markdown_html(text, self._addresses)

    def _safe(self, text: str) -> Markup:
        return sanitise(self._markdown(text))


def _copy(db: Database, placed: Placed, environment: Environment) -> Revision | None:
    return entities.current_copy(db, Place(*placed.selected.key, environment))


def _origin(revision: Revision) -> str:
    """`Written by outline, a placeholder draft`"""
    by = "Edited by hand" if revision.origin is Origin.HAND else f"Written by {written_by(revision)}"
    return f"{by}, a placeholder draft" if revision.is_draft else by


def _time(revision: Revision) -> str:
    """`23 Nov 2026, 10:15 UTC`"""
    time = datetime.fromtimestamp(revision.created_at / 1000, UTC)
    return f"{time.day} {time:%b %Y, %H:%M} UTC"


def _field_change(difference: Difference) -> FieldChange:
    before = None if difference.change == "added" else str(escape(_text(difference.before)))
    after = None if difference.change == "removed" else str(escape(_text(difference.after)))
    if before is not None and after is not None:
        marked = mark_changes(before, after)
        before, after = marked.before, marked.after
    return FieldChange(
        difference.path.removeprefix("$."),
        None if before is None else sanitise(before),
        None if after is None else sanitise(after),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
