"""The user's own words: merged into the preview copy, checked against the template, and protected afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.content.operations.selection import find_section
from copydesk.content.schema.compiled import compile_schema
from copydesk.store import entities, queue, stopping
from copydesk.store.entities import Place
from copydesk.store.models import NewRevision
from copydesk.store.states import Environment, Origin

if TYPE_CHECKING:
    from copydesk.content.definition.models import Snapshot, Template
    from copydesk.content.operations.values import Edit
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

_MOST_VIOLATIONS = 10


def record_edit(db: Database, edit: Edit, operation: int, snapshot: Snapshot, *, at: Moment) -> None:
    """Store the edit's revision, change and finished job, and void a job that waits to write the section.

    Raises `ContentError`: unknown-page, unknown-section, static-section, outdated, invalid-fields.
    """
    selected = find_section(snapshot.site, f"{edit.page}/{edit.section}")
    if selected.section.content is not None:
        message = f"{selected} is fixed text: change its `content` in the site definition."
        raise ContentError("static-section", message)
    place = Place(*selected.key, Environment.PREVIEW)
    current = entities.current_copy(db, place)
    _refuse_outdated(edit, None if current is None else current.id)
    template = snapshot.site.templates[selected.section.template]
    fields = merge({} if current is None else current.fields, edit.fields)
    _refuse_invalid(str(selected), template, fields)
    stopping.void_queued(db, place, at=at)
    revision = NewRevision(template.name, fields, Origin.HAND, snapshot.hash)
    queue.add_done(db, operation, place, revision, base=None if current is None else current.id, at=at)


def merge(current: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """The current fields with those of the patch, as RFC 7396 says: objects are merged, null removes."""
    merged = {name: value for name, value in current.items() if patch.get(name, ...) is not None}
    for name, value in patch.items():
        if isinstance(value, dict):
            below = merged.get(name)
            merged[name] = merge(below if isinstance(below, dict) else {}, value)
        elif value is not None:
            merged[name] = value
    return merged


def _refuse_outdated(edit: Edit, current: int | None) -> None:
    if edit.if_revision is not None and edit.if_revision != current:
        stands = "has no copy" if current is None else f"is at revision {current}"
        message = (
            f"{edit.page}/{edit.section} {stands}, not at revision {edit.if_revision}: somebody changed it. Read it "
            "again and repeat the edit."
        )
        raise ContentError("outdated", message)


def _refuse_invalid(section: str, template: Template, fields: dict[str, Any]) -> None:
    violations = compile_schema(template.schema).violations(fields)
    if violations:
        known = template.schema.get("properties", {})
        unknown = [name for name in fields if known and name not in known]
        hints = [f'"{name}": {did_you_mean(name, known)}' for name in unknown[:3]]
        sentences = [str(violation) for violation in violations[:_MOST_VIOLATIONS]] + hints
        listed = "; ".join(sentence.rstrip(".") for sentence in sentences)
        end = "" if listed.endswith("?") else "."
        message = f"The fields of {section} do not fit {template.name}: {listed}{end} Nothing was changed."
        raise ContentError("invalid-fields", message)
