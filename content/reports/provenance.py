"""Where copy comes from: who wrote it, for whom, from which definition and brief, and what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from copydesk.content.reports.content_views import Provenance
from copydesk.content.reports.receipts import UsageSummary
from copydesk.content.reports.times import iso_time
from copydesk.store.states import Origin

if TYPE_CHECKING:
    from copydesk.store.models import Revision

__all__ = ["provenance_of", "written_by"]

_BY_PEOPLE: Final = {Origin.HAND: "hand", Origin.ASSISTANT: "the assistant"}


def provenance_of(revision: Revision) -> Provenance:
    """Where a revision comes from."""
    usage = UsageSummary(input_tokens=revision.input_tokens, output_tokens=revision.output_tokens, cost=revision.cost)
    return Provenance(
        origin=revision.origin,
        written_by=written_by(revision),
        writer=revision.writer,
        model=revision.model,
        is_draft=revision.is_draft,
        started_by=revision.started_by,
        snapshot=revision.snapshot,
        brief_hash=revision.brief,
        usage=usage,
        operation_id=revision.operation_id,
        created_at=iso_time(revision.created_at),
    )


def written_by(revision: Revision) -> str:
    """`hand`, `the assistant`, `openai:gpt-5-mini`; with the model where the name does not say it."""
    name = _BY_PEOPLE.get(revision.origin) or revision.writer or "a writer"
    model = revision.model
    return name if model is None or name.endswith(model) else f"{name} ({model})"
