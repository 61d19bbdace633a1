"""What a database must hold after anything that happened to it: it is sound, and each edit is there whole, once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from copydesk.store.database import Database
from copydesk.store.store import open_store

__all__ = ["DATABASE", "IS_LONG", "acknowledged", "edits_of", "figures"]

IS_LONG: Final = os.environ.get("COPYDESK_TORTURE", "") not in ("", "0")
DATABASE: Final = Path(".copydesk") / "copydesk.db"

_EDITS: Final = """
SELECT o.id, o.status,
    (SELECT count(*) FROM jobs AS j WHERE j.operation = o.seq AND j.state = 'completed'),
    (SELECT count(*) FROM revisions AS r WHERE r.operation = o.seq),
    (SELECT count(*) FROM changes AS c WHERE c.operation = o.seq)
FROM operations AS o WHERE o.kind = 'edit'
"""
_SHOWN_IS_NOT_THE_LAST: Final = """
SELECT count(*) FROM entities AS e
WHERE e.revision IS NOT (
    SELECT c.after FROM changes AS c
    WHERE (c.page, c.section, c.environment) = (e.page, e.section, e.environment) ORDER BY c.id DESC LIMIT 1
)
"""


async def edits_of(path: Path) -> set[str]:
    """The ids of all edits that the database holds, once it has been found sound."""
    async with open_store(path) as store:
        return await store.read(_checked)


def acknowledged(project: Path) -> set[str]:
    """The ids of all edits that were answered."""
    return {line for file in project.glob("*.acknowledged") for line in file.read_text(encoding="ascii").split()}


def figures(name: str, text: str) -> None:
    """A row for docs/reliability.md, in the long form."""
    if IS_LONG:
        print(f"\ntorture: {name}: {text}")  # noqa: T201


def _checked(db: Database) -> set[str]:
    assert db.value("PRAGMA quick_check") == "ok"
    assert not db.rows("PRAGMA foreign_key_check", {})
    assert db.value(_SHOWN_IS_NOT_THE_LAST) == 0
    rows = [tuple(row) for row in db.rows(_EDITS, {})]
    assert {row[1:] for row in rows} <= {("completed", 1, 1, 1)}
    return {row[0] for row in rows}
