"""What planning comes to: the jobs of an operation, and the sections that get none, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copydesk.content.operations.selection import Selected
    from copydesk.store.models import NewJob, UnfinishedJob
    from copydesk.store.states import Environment

__all__ = ["Plan", "Refusal", "Skip", "SkipCode", "named"]

_MOST_NAMED: Final = 5


class SkipCode(StrEnum):
    """Why a section of the scope gets no job."""

    HAS_COPY = "has-copy"
    NO_COPY = "no-copy"
    EDITED = "edited"
    STATIC = "static"
    NO_TEMPLATE = "no-template"
    NOT_GENERATED = "not-generated"
    IDENTICAL = "identical"
    NOT_RELEASED = "not-released"
    IN_PROGRESS = "in-progress"


@dataclass(frozen=True, slots=True)
class Skip:
    """A section that gets no job, and why. `job_id` and `operation_id` name the job that already has it."""

    page: str
    section: str
    code: SkipCode
    reason: str
    job_id: str | None = None
    operation_id: str | None = None

    @classmethod
    def of(cls, selected: Selected, code: SkipCode, reason: str) -> Self:
        return cls(*selected.key, code, reason)

    @classmethod
    def busy(cls, selected: Selected, job: UnfinishedJob) -> Self:
        reason = f"{job.id} is already working on it"
        return cls(*selected.key, SkipCode.IN_PROGRESS, reason, job_id=job.id, operation_id=job.operation_id)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A section that cannot be done; the others are not held up by it."""

    page: str
    section: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation comes to. total = jobs + skipped + refused."""

    environment: Environment
    jobs: tuple[NewJob, ...] = ()
    skipped: tuple[Skip, ...] = ()
    refused: tuple[Refusal, ...] = ()
    placeholders: int = 0
    """How many of the jobs would publish a placeholder draft."""

    @property
    def total(self) -> int:
        return len(self.jobs) + len(self.skipped) + len(self.refused)


def named(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
