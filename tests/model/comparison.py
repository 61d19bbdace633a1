"""Whether a real desk stands as the model says, row by row."""

from __future__ import annotations

import json
from typing import Any

from copydesk.store.database import Row
from tests.model.desk_model import DeskModel
from tests.model.history_model import ModelChange, ModelRevision
from tests.model.queue_model import STATES, ModelJob, ModelOperation
from tests.model.real_desk import Dump


def check_equal(dump: Dump, model: DeskModel) -> None:
    """Raise `AssertionError` at the first row that differs."""
    queue, history = model.queue, model.history
    _same("jobs", [_job_row(row) for row in dump.jobs], [_job(job) for _, job in sorted(queue.jobs.items())])
    _same(
        "operations",
        [_operation_row(row) for row in dump.operations],
        [_operation(model, one) for one in queue.operations],
    )
    _same("changes", [_change_row(row) for row in dump.changes], [_change(one) for one in history.changes])
    _same("revisions", [_revision_row(row) for row in dump.revisions], [_revision(one) for one in history.revisions])
    entities = {(row["environment"], row["page"], row["section"]): row["revision"] for row in dump.entities}
    assert entities == {tuple(place): revision for place, revision in history.copy.items()}
    usage = {(row["operation"], row["position"], row["attempt"]): row["input_tokens"] for row in dump.usage}
    assert usage == queue.usage


def _same(what: str, real: list[Any], expected: list[Any]) -> None:
    for one, other in zip(real, expected, strict=False):
        assert one == other, f"{what}: {one} is stored, {other} is expected"
    assert len(real) == len(expected), f"{what}: {len(real)} are stored, {len(expected)} are expected"


_JOB_COLUMNS = (
    "operation",
    "position",
    "writer",
    "base",
    "revision",
    "estimate",
    "state",
    "owner",
    "lease_until",
    "attempt",
    "failures",
    "rescues",
    "refusals",
    "rejections",
    "taken_by",
    "finished_at",
    "stopped",
)


def _job_row(row: Row) -> dict[str, Any]:
    values = {name: row[name] for name in _JOB_COLUMNS}
    due = None if row["finished_at"] else (row["run_at"], row["boot"])
    ended_badly = row["error_code"] if row["state"] in ("failed", "cancelled") else None
    undoes = tuple(json.loads(row["undoes"] or "[]"))
    place = (row["environment"], row["page"], row["section"])
    others = {"place": place, "due": due, "undoes": undoes, "code": ended_badly}
    return values | others | {"is_brief": row["waiting_for"] == "agent"}


def _job(job: ModelJob) -> dict[str, Any]:
    values = {name: getattr(job, name) for name in _JOB_COLUMNS}
    due = (job.run_at, job.boot) if job.is_unfinished else None
    ended_badly = job.error_code if job.state in ("failed", "cancelled") else None
    others = {"place": job.place, "due": due, "undoes": job.undoes, "code": ended_badly}
    return values | others | {"is_brief": job.is_brief}


def _operation_row(row: Row) -> dict[str, Any]:
    names = ("seq", "kind", "environment", "writer", "budget", "status", "finished_at", "input_tokens", *STATES)
    return {name: row[name] for name in names} | {"pruned": row["pruned_at"] is not None}


def _operation(model: DeskModel, one: ModelOperation) -> dict[str, Any]:
    names = ("seq", "kind", "environment", "writer", "budget", "finished_at", "pruned")
    counts = model.queue.counts(one)
    values = {name: getattr(one, name) for name in names} | {state: counts[state] for state in STATES}
    return values | {"status": model.queue.status(one), "input_tokens": one.tokens}


def _change_row(row: Row) -> dict[str, Any]:
    names = ("id", "operation", "before", "after", "undoes", "undone_by")
    return {name: row[name] for name in names} | {"place": (row["environment"], row["page"], row["section"])}


def _change(change: ModelChange) -> dict[str, Any]:
    names = ("id", "operation", "before", "after", "undoes", "undone_by")
    return {name: getattr(change, name) for name in names} | {"place": change.place}


def _revision_row(row: Row) -> tuple[Any, ...]:
    key = (row["page"], row["section"])
    return (row["id"], row["operation"], key, json.loads(row["fields"]), row["origin"])


def _revision(revision: ModelRevision) -> tuple[Any, ...]:
    return (revision.id, revision.operation, revision.key, revision.fields, revision.origin)
