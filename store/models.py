"""The rows that go into the store and come out of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

from copydesk.store.ids import entity_id, job_id
from copydesk.store.states import Environment, JobState, OperationKind, OperationStatus, Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from copydesk.store.database import Row

R = TypeVar("R")


def of_row(cls: type[R], row: Row, /, **converters: Callable[[Any], Any]) -> R:
    """The dataclass `cls` from the columns of its names; those that are more than text or a number are converted."""
    values = {name: row[name] for name in vars(cls)["__slots__"]}
    for name, convert in converters.items():
        values[name] = convert(values[name])
    return cls(**values)


@dataclass(frozen=True, slots=True)
class NewOperation:
    """An operation about to be stored. `request`, `skipped` and `refused` are JSON texts."""

    id: str
    kind: OperationKind
    environment: Environment
    request: str
    snapshot: str
    total_sections: int
    writer: str | None = None
    started_by: str | None = None
    request_id: str | None = None
    retry_of: str | None = None
    budget: int | None = None
    skipped: str = "[]"
    refused: str = "[]"


@dataclass(frozen=True, slots=True)
class NewJob:
    """One section's share of a new operation."""

    environment: Environment
    page: str
    section: str
    template: str | None = None
    writer: str | None = None
    waiting_for: str | None = None
    base: int | None = None
    """The revision the job was planned on."""
    revision: int | None = None
    """The revision that a promote moves."""
    undoes: tuple[int, ...] | None = None
    """The changes that a rollback takes back, newest first."""
    estimate: int = 0
    """Tokens that an attempt is expected to take; reserved while it runs."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A stored operation with its counters. Tokens and cost are `None` while unknown."""

    seq: int
    id: str
    kind: OperationKind
    environment: Environment
    request: str
    request_id: str | None
    snapshot: str
    writer: str | None
    started_by: str | None
    retry_of: str | None
    budget: int | None
    total_sections: int
    skipped: str
    refused: str
    created_at: int
    started_at: int | None
    finished_at: int | None
    pruned_at: int | None
    pending: int
    processing: int
    completed: int
    failed: int
    cancelled: int
    changed: int
    reserved_tokens: int
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None
    status: OperationStatus

    @classmethod
    def of(cls, row: Row) -> Self:
        return of_row(cls, row, kind=OperationKind, environment=Environment, status=OperationStatus)

    @property
    def queued(self) -> int:
        return self.pending + self.processing + self.completed + self.failed + self.cancelled

    @property
    def finished(self) -> int:
        return self.completed + self.failed + self.cancelled

    @property
    def is_unfinished(self) -> bool:
        return self.pending + self.processing > 0


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job, as status and receipts show it."""

    operation: int
    operation_id: str
    position: int
    environment: Environment
    page: str
    section: str
    template: str | None
    writer: str | None
    waiting_for: str | None
    base: int | None
    revision: int | None
    state: JobState
    attempt: int
    failures: int
    rescues: int
    taken_by: str | None
    """Who took the brief last, or wrote it, of a job that waits for the assistant."""
    rejections: int
    finished_at: int | None
    error_code: str | None
    error: str | None
    stopped: str | None
    result: str | None

    @classmethod
    def of(cls, row: Row) -> Self:
        return of_row(cls, row, environment=Environment, state=JobState)

    @property
    def id(self) -> str:
        return job_id(self.operation_id, self.position)

    @property
    def entity_id(self) -> str:
        return entity_id(self.environment, self.page, self.section)


@dataclass(frozen=True, slots=True)
class UnfinishedJob:
    """What keeps a section busy: the one unfinished job of its entity."""

    page: str
    section: str
    environment: Environment
    operation: int
    position: int
    state: JobState
    waiting_for: str | None
    operation_id: str
    kind: OperationKind

    @classmethod
    def of(cls, row: Row) -> Self:
        # By position, as the queries list them: a plan may read thousands.
        page, section, environment, operation, position, state, waiting_for, operation_id, kind = row
        place = (page, section, Environment(environment))
        return cls(*place, operation, position, JobState(state), waiting_for, operation_id, OperationKind(kind))

    @property
    def id(self) -> str:
        return job_id(self.operation_id, self.position)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that an owner holds. `owner` and `attempt` fence everything it does with it."""

    operation: int
    position: int
    page: str
    section: str
    template: str
    writer: str
    base: int | None
    attempt: int
    failures: int
    owner: str
    refusals: int = 0
    """How often the provider refused the job while it accepted others."""
    begun_at: int = 0
    """When it was claimed, or took its turn, in milliseconds since boot."""

    @property
    def fence(self) -> dict[str, Any]:
        return {
            "operation": self.operation,
            "position": self.position,
            "owner": self.owner,
            "attempt": self.attempt,
        }

    @property
    def key(self) -> tuple[int, int, int]:
        return (self.operation, self.position, self.attempt)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one attempt cost; `None` is unknown."""

    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None

    @property
    def is_worth_a_row(self) -> bool:
        return bool(self.input_tokens or self.output_tokens or self.cost)


@dataclass(frozen=True, slots=True)
class NewRevision:
    """A version of a section's copy about to be stored, with its provenance."""

    template: str
    fields: dict[str, Any]
    origin: Origin
    snapshot: str
    writer: str | None = None
    model: str | None = None
    is_draft: bool = False
    brief: str | None = None
    spent: Spent = Spent()


@dataclass(frozen=True, slots=True)
class Revision:
    """An immutable version of a section's copy."""

    id: int
    page: str
    section: str
    template: str
    fields: dict[str, Any]
    hash: str
    origin: Origin
    writer: str | None
    model: str | None
    is_draft: bool
    operation_id: str
    started_by: str | None
    snapshot: str
    brief: str | None
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None
    created_at: int

    @classmethod
    def of(cls, row: Row) -> Self:
        return of_row(cls, row, fields=json.loads, origin=Origin, is_draft=bool)


@dataclass(frozen=True, slots=True)
class Holding:
    """What stands in one section of one environment, without the text."""

    page: str
    section: str
    environment: Environment
    revision: int
    hash: str
    origin: Origin
    is_draft: bool
    template: str

    @classmethod
    def of(cls, row: Row) -> Self:
        return of_row(cls, row, environment=Environment, origin=Origin, is_draft=bool)


@dataclass(frozen=True, slots=True)
class Change:
    """One effect: what an operation did to an entity. `None` is no copy."""

    id: int
    operation: int
    page: str
    section: str
    environment: Environment
    before: int | None
    after: int | None
    undoes: int | None

    @classmethod
    def of(cls, row: Row) -> Self:
        return of_row(cls, row, environment=Environment)
