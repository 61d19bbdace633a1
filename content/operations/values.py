"""What can be asked for, as values. An operation is planned, shown, performed at once or submitted to the queue."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from copydesk.store.states import OperationKind


class Wire(BaseModel):
    """A value that travels: snake_case in Python, camelCase on the wire."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Mode(StrEnum):
    """What `regenerate` does with copy that exists."""

    LEAVE = "leave"
    """Report it and change nothing."""
    NEW = "new"
    """Write it from scratch."""
    WITH_CURRENT = "with-current"
    """Give the writer the current copy to improve."""


class Scope(Wire):
    """Which sections: pages (ids or paths), sections (`page/section`), or all of the site."""

    pages: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    all: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.pages or self.sections or self.all)

    def __str__(self) -> str:
        return "all" if self.all else ", ".join(self.pages + self.sections)


WHOLE_SITE = Scope(all=True)


MaxTokens: TypeAlias = Annotated[int | None, Field(gt=0)]
"""Tokens that an operation may take over all its attempts; `None` is what the settings say."""


class Generate(Wire):
    """Write preview copy for sections that have none; `force` also where there is some, never over hand edits."""

    kind: Literal[OperationKind.GENERATE] = OperationKind.GENERATE
    scope: Scope
    force: bool = False
    writer: str | None = None
    instructions: str | None = None
    max_tokens: MaxTokens = None


class Regenerate(Wire):
    """Replace preview copy. `keep` must survive literally; hand edits only fall with `overwrite_edits`."""

    kind: Literal[OperationKind.REGENERATE] = OperationKind.REGENERATE
    scope: Scope
    mode: Mode = Mode.NEW
    keep: tuple[str, ...] = ()
    overwrite_edits: bool = False
    writer: str | None = None
    instructions: str | None = None
    max_tokens: MaxTokens = None


class Promote(Wire):
    """Publish preview copy to production, all or nothing: a scope, or exactly what a review showed."""

    kind: Literal[OperationKind.PROMOTE] = OperationKind.PROMOTE
    scope: Scope = Scope()
    review_id: str | None = None


class Rollback(Wire):
    """Undo the last standing release of each page or section named (its share of it), or whole operations."""

    kind: Literal[OperationKind.ROLLBACK] = OperationKind.ROLLBACK
    scope: Scope = Scope()
    operation_ids: tuple[str, ...] = ()
    force: bool = False


class Edit(Wire):
    """The user's own words for one section: merged into the preview copy (JSON Merge Patch, RFC 7396)."""

    kind: Literal[OperationKind.EDIT] = OperationKind.EDIT
    page: str
    section: str
    fields: dict[str, Any]
    if_revision: int | None = None


WritingOperation: TypeAlias = Generate | Regenerate
Operation: TypeAlias = Annotated[Generate | Regenerate | Promote | Rollback | Edit, Field(discriminator="kind")]

_OPERATION: TypeAdapter[Operation] = TypeAdapter(Operation)


def dump_operation(operation: Operation) -> str:
    """The operation as it is stored: JSON in snake_case."""
    return operation.model_dump_json(exclude_defaults=False)


def read_operation(text: str) -> Operation:
    """The operation that `dump_operation` stored."""
    return _OPERATION.validate_json(text)
