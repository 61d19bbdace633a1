"""What the assistant is handed, and what it hears about the copy that it submits, as they travel."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from pydantic import Field

from copydesk.content.operations.values import Wire
from copydesk.content.reports.receipts import NextStep, is_none

__all__ = [
    "LEASE_MINUTES",
    "HandedBrief",
    "HandedBriefs",
    "ItemAnswer",
    "ItemStatus",
    "Problem",
    "SubmissionAnswer",
]

LEASE_MINUTES: Final = 10
"""How long briefs are nobody else's; submitting later is fine as long as nobody else was faster."""

ItemStatus: TypeAlias = Literal[
    "accepted",
    "rejected",
    "already-done",
    "already-written",
    "overtaken",
    "cancelled",
    "failed",
    "not-yours",
    "unknown",
]


def _is_empty(value: tuple[object, ...]) -> bool:
    return not value


class HandedBrief(Wire):
    """One section to write. The fields must be valid for the schema of the name `template`."""

    job_id: str
    page: str
    section: str
    template: str = Field(description="Names its schema in schemas.")
    prompt: str
    note: str | None = Field(default=None, exclude_if=is_none)


class HandedBriefs(Wire):
    """Briefs to write. `schemas` has each template's JSON Schema once; `site_brief` holds for all of the briefs."""

    success: bool = True
    briefs: tuple[HandedBrief, ...] = ()
    site_brief: str | None = Field(default=None, description="Belongs before each prompt; take-brief always has it.")
    schemas: dict[str, Any] = Field(default={}, description="JSON Schema of the fields, by template.")
    left: int = Field(default=0, description="Unfinished briefs besides these.")
    lease_minutes: int = LEASE_MINUTES
    message: str
    next_step: NextStep | None = None


class Problem(Wire):
    """One thing to correct. `path` is a JSON path into the fields: `$.buttons[0].label`."""

    path: str
    message: str


class ItemAnswer(Wire):
    """What became of one item."""

    job_id: str
    status: ItemStatus
    page: str | None = Field(default=None, exclude_if=is_none)
    section: str | None = Field(default=None, exclude_if=is_none)
    message: str
    violations: tuple[Problem, ...] = Field(
        default=(), exclude_if=_is_empty, description="All that is to be corrected."
    )
    violations_total: int | None = Field(default=None, exclude_if=is_none)
    revision: int | None = Field(default=None, exclude_if=is_none)


class SubmissionAnswer(Wire):
    """What became of each item, in their order, and with takeNext the next briefs."""

    success: bool = Field(description="Every item was taken, now or before.")
    accepted: int
    rejected: int
    results: tuple[ItemAnswer, ...]
    briefs: tuple[HandedBrief, ...] = ()
    site_brief: str | None = Field(default=None, description="Only if it is not that of the submitted briefs.")
    schemas: dict[str, Any] = Field(default={}, description="JSON Schema of the fields, by template.")
    left: int = Field(description="Unfinished briefs besides the ones handed over here.")
    message: str
    next_step: NextStep | None = None
