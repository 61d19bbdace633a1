"""What must hold of the rows of any desk at any moment, whatever was asked of it. Nothing here knows the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from copydesk.store.database import Row
from tests.model.real_desk import Dump

_STATES = ("pending", "processing", "completed", "failed", "cancelled")
_UNFINISHED = ("pending", "processing")


def check_rows(dump: Dump, forced: Collection[tuple[str, str, str]] = ()) -> None:
    """Raise `AssertionError` for whatever does not hold. `forced` are the places where an undo was forced."""
    check_counters(dump)
    check_one_unfinished_job_for_each_place(dump)
    check_effects(dump)
    check_chains(dump)
    check_releases(dump, forced)


def check_counters(dump: Dump) -> None:
    """The counters of an operation say what its rows say, and its end is known exactly when nothing is unfinished."""
    for operation in dump.operations:
        if operation["pruned_at"] is None:
            states = Counter(job["state"] for job in _jobs_of(dump, operation))
            assert {state: operation[state] for state in _STATES} == {state: states[state] for state in _STATES}
        has_ended = not any(operation[state] for state in _UNFINISHED)
        assert has_ended == (operation["finished_at"] is not None)
        reserved = sum(job["estimate"] for job in _jobs_of(dump, operation) if job["state"] == "processing")
        assert operation["reserved_tokens"] == reserved
        changes = [change for change in dump.changes if change["operation"] == operation["seq"]]
        assert operation["changed"] == len(changes)


def check_one_unfinished_job_for_each_place(dump: Dump) -> None:
    places = Counter(_place(job) for job in dump.jobs if job["state"] in _UNFINISHED)
    assert all(count == 1 for count in places.values()), places


def check_effects(dump: Dump) -> None:
    """A completed job has its effect exactly once, any other has none."""
    kinds = {operation["seq"]: operation["kind"] for operation in dump.operations}
    changes: Counter[tuple[Any, ...]] = Counter()
    for change in dump.changes:
        changes[change["operation"], _place(change)] += 1
    made = Counter((one["operation"], one["page"], one["section"]) for one in dump.revisions)
    for job in dump.jobs:
        kind, is_done = kinds[job["operation"]], job["state"] == "completed"
        effects = changes[job["operation"], _place(job)]
        revisions = made[job["operation"], job["page"], job["section"]]
        if kind != "rollback":
            assert effects == int(is_done), (kind, dict(job))
        else:
            assert (effects > 0) == is_done, dict(job)
        assert revisions == int(is_done and kind in ("generate", "regenerate", "edit")), (kind, dict(job))


def check_chains(dump: Dump) -> None:
    """Each change begins where the last one of its place ended, and the copy is what the last one made."""
    stands: dict[tuple[Any, ...], int | None] = {}
    for change in dump.changes:
        assert change["before"] == stands.get(_place(change)), dict(change)
        stands[_place(change)] = change["after"]
    expected = {place: revision for place, revision in stands.items() if revision is not None}
    assert {_place(entity): entity["revision"] for entity in dump.entities} == expected


def check_releases(dump: Dump, forced: Collection[tuple[str, str, str]]) -> None:
    """Production is what the newest standing release of each section published; a forced undo is another matter."""
    promotes = {operation["seq"] for operation in dump.operations if operation["kind"] == "promote"}
    released: dict[tuple[Any, ...], int | None] = {}
    for change in dump.changes:
        if change["operation"] in promotes and change["undone_by"] is None:
            released[_place(change)] = change["after"]
    live = {_place(entity): entity["revision"] for entity in dump.entities if entity["environment"] == "production"}
    for place in set(released) | set(live):
        if place not in forced:
            assert live.get(place) == released.get(place), (place, "production is not its newest standing release")


class Remembered:
    """History is append-only: what was seen once never differs and never goes."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], tuple[Any, ...]] = {}

    def check(self, dump: Dump) -> None:
        rows = {("revision", row["id"]): tuple(row) for row in dump.revisions}
        rows |= {("change", row["id"]): _immutable_part(row) for row in dump.changes}
        for key, values in self._seen.items():
            assert rows.get(key) == values, f"{key} was altered"
        self._seen = rows


def _immutable_part(change: Row) -> tuple[Any, ...]:
    return tuple(change[name] for name in change.keys() if name != "undone_by")  # noqa: SIM118 - a Row is no mapping


def _jobs_of(dump: Dump, operation: Row) -> list[Row]:
    return [job for job in dump.jobs if job["operation"] == operation["seq"]]


def _place(row: Row) -> tuple[str, str, str]:
    return (row["environment"], row["page"], row["section"])
