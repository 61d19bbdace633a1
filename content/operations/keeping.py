"""Texts that must survive a rewrite: each counts for the sections in which it stands, and has to stand somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Regenerate
from copydesk.content.schema.checks import texts_of
from copydesk.store import entities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copydesk.content.definition.models import Fields
    from copydesk.content.operations.plans import Plan
    from copydesk.content.operations.values import Operation
    from copydesk.store.database import Database


def standing_in(keep: Iterable[str], fields: Fields) -> tuple[str, ...]:
    """Those of the texts that stand literally in the copy: the ones that can survive."""
    texts = list(texts_of(fields))
    return tuple(kept for kept in keep if any(kept in text for text in texts))


def refuse_lost_keeps(db: Database, operation: Operation, plan: Plan) -> None:
    """Raise `ContentError` (keep-not-found) for a text to keep that stands in none of the planned sections."""
    if not isinstance(operation, Regenerate) or not operation.keep or not plan.jobs:
        return
    lost = set(operation.keep)
    for job in plan.jobs:
        revision = None if job.base is None else entities.revision(db, job.base)
        lost -= set(standing_in(lost, revision.fields)) if revision else set()
        if not lost:
            return
    text = next(kept for kept in operation.keep if kept in lost)
    message = (
        f'"{text}" stands in none of the {len(plan.jobs)} sections to rewrite, so it cannot be kept. Copy it exactly '
        "as it stands there, with its case and punctuation, or put it into the instructions."
    )
    raise ContentError("keep-not-found", message)
