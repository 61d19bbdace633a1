"""The ledger: what was acknowledged and what was seen, in a file outside the database that is only ever appended to."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from copydesk.store.driver import sqlite
from tests.model.invariants import check_rows
from tests.model.real_desk import Dump

_IMMUTABLE = {
    "revision": "SELECT * FROM revisions WHERE id > :after ORDER BY id",
    "change": (
        "SELECT id, operation, page, section, environment, before, after, undoes, created_at "
        "FROM changes WHERE id > :after ORDER BY id"
    ),
}
_DUMPED = {
    "jobs": "SELECT * FROM jobs ORDER BY operation, position",
    "operations": "SELECT * FROM operations ORDER BY seq",
    "entities": "SELECT * FROM entities",
    "changes": "SELECT * FROM changes ORDER BY id",
    "revisions": "SELECT * FROM revisions ORDER BY id",
    "usage": "SELECT * FROM usage",
}
_FORESEEN = frozenset({"edited", "rescued-too-often", "drift"})
"""Why a job may have failed here: somebody edited its section, three workers died over it, or an undo met drift."""

_REFUSALS = frozenset({"already-undone", "drift", "in-progress", "invalid-fields"})
"""Why a call may be refused here; nothing that was refused changed anything."""


class Ledger:
    """One line for each entry, on the disk before the test goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._seen = dict.fromkeys(_IMMUTABLE, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def append(self, entry: str, **values: Any) -> None:
        os.write(self._file, json.dumps({"entry": entry, **values}).encode() + b"\n")
        os.fsync(self._file)

    def observe(self, database: Path) -> None:
        """Note the revisions and changes that came since the last look."""
        if not database.exists():
            return
        connection = connect(database)
        try:
            for kind, sql in _IMMUTABLE.items():
                rows = [tuple(row) for row in connection.execute(sql, {"after": self._seen[kind]})]
                if rows:
                    self._seen[kind] = rows[-1][0]
                    self.append(kind, rows=rows)
        except sqlite.OperationalError as error:
            if "no such table" not in str(error):  # somebody was killed before the first migration
                raise
        finally:
            connection.close()

    def entries(self, kind: str) -> Iterator[dict[str, Any]]:
        for line in self.path.read_text(encoding="utf-8").splitlines():
            values = json.loads(line)
            if values["entry"] == kind:
                yield values


def connect(database: Path) -> sqlite.Connection:
    """A connection of the test's own; copydesk's processes have theirs."""
    connection = sqlite.connect(database, isolation_level=None, timeout=30)
    connection.row_factory = sqlite.Row
    return connection


def dump_of(connection: sqlite.Connection) -> Dump:
    return Dump(**{name: connection.execute(sql).fetchall() for name, sql in _DUMPED.items()})


def check(ledger: Ledger, database: Path) -> int:
    """Hold the database, at rest and finished, against the ledger. Returns how many effects were checked."""
    connection = connect(database)
    try:
        assert [tuple(row) for row in connection.execute("PRAGMA integrity_check")] == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        dump = dump_of(connection)
        check_rows(dump)
        check_all_finished(dump)
        _check_refusals(ledger)
        _check_history(ledger, connection)
        _check_acknowledged(ledger, dump)
    finally:
        connection.close()
    return len(dump.changes)


def check_all_finished(dump: Dump) -> None:
    """No job is lost: each came to an end that is to be foreseen, and none is missing from its operation."""
    for job in dump.jobs:
        assert job["state"] not in ("pending", "processing"), dict(job)
        if job["state"] == "failed":
            assert job["error_code"] in _FORESEEN, dict(job)
            assert job["error_code"] != "rescued-too-often" or job["rescues"] == 3, dict(job)
    for operation in dump.operations:
        positions = [job["position"] for job in dump.jobs if job["operation"] == operation["seq"]]
        assert positions == list(range(1, len(positions) + 1)), dict(operation)


def _check_refusals(ledger: Ledger) -> None:
    for entry in ledger.entries("refused"):
        code = re.search(r"\[([a-z-]+)\] ", entry["sentence"])
        assert code is not None, entry
        assert code[1] in _REFUSALS, entry


def _check_history(ledger: Ledger, connection: sqlite.Connection) -> None:
    """History is append-only: whatever was seen once stands there still, as it was."""
    for kind, sql in _IMMUTABLE.items():
        rows = {row[0]: tuple(row) for row in connection.execute(sql, {"after": 0})}
        for entry in ledger.entries(kind):
            for seen in entry["rows"]:
                assert rows.get(seen[0]) == tuple(seen), f"{kind} {seen[0]} was altered"


def _check_acknowledged(ledger: Ledger, dump: Dump) -> None:
    """Whatever a client was told is so."""
    stored = {operation["id"]: operation for operation in dump.operations}
    by_request: dict[str, set[str]] = {}
    for entry in ledger.entries("answer"):
        answer, request = entry["answer"], entry["request"]
        if not answer["queuedSections"]:
            continue
        operation = stored[answer["operationId"]]
        jobs = [job for job in dump.jobs if job["operation"] == operation["seq"]]
        assert (operation["kind"], len(jobs)) == (answer["operation"], answer["queuedSections"]), answer
        assert operation["changed"] >= answer["changed"], "an effect that was told of is gone"
        _check_listed(answer, operation["seq"], dump)
        if request is not None:
            assert operation["request_id"] == request
            by_request.setdefault(request, set()).add(operation["id"])
    assert all(len(operations) == 1 for operations in by_request.values()), "a repeated call was done twice"


def _check_listed(answer: dict[str, Any], seq: int, dump: Dump) -> None:
    changes = {(one["page"], one["section"], one["after"]) for one in dump.changes if one["operation"] == seq}
    lists: Sequence[str] = ("generated", "regenerated", "promoted", "rolledBack", "edited")
    for one in (section for name in lists for section in answer.get(name) or ()):
        assert (one["page"], one["section"], one["revision"]) in changes, one
