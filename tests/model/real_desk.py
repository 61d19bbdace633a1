"""The desk's own functions on a real SQLite file, each call one committed transaction, and what the file holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from copydesk.content.briefs import build_brief
from copydesk.content.definition.loader import load_site
from copydesk.content.definition.models import Snapshot
from copydesk.content.operations.recording import Order
from copydesk.content.operations.values import WHOLE_SITE, Generate
from copydesk.content.settings import Settings
from copydesk.content.work.contexts import OperationContext
from copydesk.content.work.outcomes import Attempted, Provenance
from copydesk.content.work.timing import Timing
from copydesk.content.writers.base import Answer, Invalid
from copydesk.store.commit import Failure, Success, Write, commit_batch
from copydesk.store.connection import Patience
from copydesk.store.database import Database, Row
from copydesk.store.driver import sqlite
from copydesk.store.migrate import load_migrations, migrate
from tests.model.desk_model import ModelSection
from tests.workshop import write_site

P = ParamSpec("P")
T = TypeVar("T")

SECTIONS = (
    ModelSection("home", "hero"),
    ModelSection("home", "body"),
    ModelSection("home", "legal", "static"),
    ModelSection("about", "hero"),
    ModelSection("about", "form", "form"),
)
SETTINGS = Settings()
TIMING = Timing(jitter=lambda limit: limit)
"""A retry waits as long as it may."""

_QUICKLY = ("foreign_keys = ON", "synchronous = OFF", "journal_mode = MEMORY", "temp_store = MEMORY")
"""Nobody pulls the plug here: what a power cut leaves is another test's subject."""
_DUMPED = {
    "jobs": "SELECT * FROM jobs ORDER BY operation, position",
    "operations": "SELECT * FROM operations ORDER BY seq",
    "entities": "SELECT * FROM entities",
    "changes": "SELECT * FROM changes ORDER BY id",
    "revisions": "SELECT * FROM revisions ORDER BY id",
    "usage": "SELECT * FROM usage",
}


@dataclass(frozen=True)
class Dump:
    """All rows of the tables that matter."""

    jobs: list[Row]
    operations: list[Row]
    entities: list[Row]
    changes: list[Row]
    revisions: list[Row]
    usage: list[Row]


@dataclass
class Workplace:
    """What all examples share: the site, and an empty database to copy."""

    folder: Path
    snapshot: Snapshot
    empty: Path
    _opened: int = field(default=0)

    @classmethod
    def prepare(cls, folder: Path) -> Workplace:
        forms = [{"id": "form", "template": "form"}]
        fixed = [{"id": "legal", "template": "prose", "content": "Fixed."}]
        write_site(folder, {"home": ["hero", "body"], "about": ["hero"]}, home=fixed, about=forms)
        empty = folder / "empty.db"
        connection = _connect(empty)
        migrate(connection, load_migrations())
        connection.close()
        return cls(folder, load_site(folder / "site.yaml"), empty)

    def open(self) -> RealDesk:
        self._opened += 1
        path = self.folder / f"desk-{self._opened}.db"
        shutil.copyfile(self.empty, path)
        return RealDesk(path, self.snapshot)


class RealDesk:
    """One database with the one connection that writes it."""

    def __init__(self, path: Path, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._path = path
        self._writes = 0
        self._connection = _connect(path)
        brief = build_brief(snapshot.site, "home", "hero")
        context = OperationContext("op_model", Generate(scope=WHOLE_SITE), snapshot)
        self._provenance = Provenance(context, brief, is_draft=False)

    def write(self, function: Callable[Concatenate[Database, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """One transaction, as the store's writer makes it. Raises what the function raised, with nothing changed.

        Each third one shares its commit with a write that fails, and is run again behind a savepoint.
        """
        write = Write(lambda db: function(db, *args, **kwargs))
        self._writes += 1
        company: list[Write[Any]] = [] if self._writes % 3 else [Write(_break_off)]
        commit_batch(self._connection, [write, *company], Patience())
        assert write.outcome is not None, "every write of a batch has an outcome"
        match write.outcome:
            case Success(value):
                return value
            case Failure(error):
                raise error

    def order(self, operation: Any, writer: str = "outline", **how: Any) -> Order:
        return Order(operation, self.snapshot, writer, **how)

    def attempted(self, outcome: Answer | Invalid) -> Attempted:
        return Attempted(outcome, self._provenance)

    def dump(self) -> Dump:
        return Dump(**{name: self._connection.execute(sql).fetchall() for name, sql in _DUMPED.items()})

    def close(self) -> None:
        self._connection.close()
        self._path.unlink()


def _break_off(db: Database) -> None:
    """A write that changes something, and then fails."""
    db.change("UPDATE jobs SET attempt = attempt + 7")
    message = "this write fails"
    raise ValueError(message)


def _connect(path: Path) -> sqlite.Connection:
    connection = sqlite.connect(path, isolation_level=None)
    connection.row_factory = sqlite.Row
    for pragma in _QUICKLY:
        connection.execute(f"PRAGMA {pragma}")
    return connection
