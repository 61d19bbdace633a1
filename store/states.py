"""The states of jobs and operations. docs/states.md draws them; CHECK constraints and triggers hold them."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    PENDING = "pending"
    """Waits for its run time and a worker (or, with `waiting_for`, for the assistant)."""
    PROCESSING = "processing"
    """Claimed: one owner holds a lease on it."""
    COMPLETED = "completed"
    """Finished; its effect was committed with it."""
    FAILED = "failed"
    """Given up, with a code and a sentence; without an effect."""
    CANCELLED = "cancelled"
    """Stopped by somebody before it finished; a result that comes later is discarded."""


UNFINISHED = (JobState.PENDING, JobState.PROCESSING)


class OperationStatus(StrEnum):
    PENDING = "pending"
    """None of its jobs is started or finished."""
    PROCESSING = "processing"
    """Some jobs are unfinished, some have been started."""
    COMPLETED = "completed"
    """Every job is finished, none was cancelled, and at least one completed (or there was nothing to do)."""
    FAILED = "failed"
    """Every job is finished and none completed."""
    CANCELLED = "cancelled"
    """Every job is finished and a cancel hit at least one."""


class OperationKind(StrEnum):
    GENERATE = "generate"
    REGENERATE = "regenerate"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    EDIT = "edit"


class Environment(StrEnum):
    PREVIEW = "preview"
    """The draft: what writers and people change."""
    PRODUCTION = "production"
    """What is live: changed by promote and rollback only."""


class Origin(StrEnum):
    """Who wrote a revision."""

    WRITER = "writer"
    HAND = "hand"
    ASSISTANT = "assistant"
