"""A small story, killed at every point at which it writes: `write_points.py FOLDER KIND STRIDE`.

KIND says where: `before` or `after` each commit or checkpoint, or `inside`: before each statement that changes rows.
Every STRIDE-th point is tried. For each, one process is killed there, and another one asks for the same again and
brings it to its end; then the ledger is held against the database. This process only forks: it opens nothing itself.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import anyio

sys.path.insert(0, str(Path(__file__).parents[2]))

from copydesk.content.desk import Desk, open_desk
from copydesk.content.operations.values import (
    WHOLE_SITE,
    Edit,
    Generate,
    Operation,
    Promote,
    Regenerate,
    Rollback,
    Scope,
)
from copydesk.content.ordering import Asked
from copydesk.content.reports.receipts import Receipt
from copydesk.store.driver import sqlite
from tests.torture.ledger import Ledger, check, connect
from tests.workshop import write_site

SECONDS = 30.0
PROJECT, LEDGER = "site", "ledger.jsonl"
EFFECTS = {"operations": 6, "jobs": 12, "revisions": 5, "changes": 12, "entities": 3}
"""The rows of the whole story: 3 sections written, 1 edited, 3 published, 3 withdrawn, 1 rewritten, 1 undone."""
_POINTS = {
    "before": re.compile(r"COMMIT|PRAGMA wal_checkpoint"),
    "after": re.compile(r"COMMIT|PRAGMA wal_checkpoint"),
    "inside": re.compile(r"(\s|--[^\n]*\n)*(INSERT|UPDATE|DELETE|REPLACE|WITH|CREATE|ALTER)\b"),
}


class KilledAt:
    """Kills this process at one of its write points."""

    def __init__(self, kind: str, point: int) -> None:
        self._kind = kind
        self._left = point

    def connect(self, make: Callable[..., sqlite.Connection], *arguments: Any, **named: Any) -> sqlite.Connection:
        at = self

        class Connection(sqlite.Connection):
            def execute(self, sql: str, *values: Any) -> sqlite.Cursor:
                at.pass_by(sql, "before", "inside")
                cursor = super().execute(sql, *values)
                at.pass_by(sql, "after")
                return cursor

            def executemany(self, sql: str, *values: Any) -> sqlite.Cursor:
                at.pass_by(sql, "inside")
                return super().executemany(sql, *values)

        return make(*arguments, factory=Connection, **named)

    def pass_by(self, sql: str, *kinds: str) -> None:
        if self._kind in kinds and _POINTS[self._kind].match(sql):
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


async def tell(folder: Path) -> None:
    """The story, from wherever it was cut off: each call is made again, and answered as the first time."""
    with Ledger(folder / LEDGER) as ledger:
        async with open_desk(folder / PROJECT, settings={"writer": "outline"}, worker=True) as desk:
            teller = Teller(desk, ledger)
            hero = Scope(sections=("home/hero",))
            await teller.submit("write", Generate(scope=WHOLE_SITE))
            await teller.perform("edit", Edit(page="home", section="hero", fields={"text": "By hand."}))
            await teller.submit("publish", Promote(scope=WHOLE_SITE))
            await teller.perform("withdraw", Rollback(scope=Scope(pages=("home",))))
            again = await teller.submit("rewrite", Regenerate(scope=hero, overwrite_edits=True))
            await teller.submit("undo", Rollback(operation_ids=(str(again.operation_id),)))


class Teller:
    """Asks, and notes each answer in the ledger before it goes on."""

    def __init__(self, desk: Desk, ledger: Ledger) -> None:
        self._desk = desk
        self._ledger = ledger

    async def perform(self, request: str, operation: Operation) -> Receipt:
        return self._note(request, await self._desk.perform(operation, Asked(request_id=request)))

    async def submit(self, request: str, operation: Operation) -> Receipt:
        receipt = self._note(request, await self._desk.submit(operation, Asked(request_id=request)))
        assert receipt.operation_id is not None
        ended = self._note(request, await self._desk.wait(receipt.operation_id, seconds=SECONDS))
        assert (ended.wait_ended, ended.outcome) == ("finished", "ok"), ended
        return ended

    def _note(self, request: str, receipt: Receipt) -> Receipt:
        answer = receipt.model_dump(mode="json", by_alias=True)
        self._ledger.append("answer", request=request, answer=answer)
        self._ledger.observe(self._desk.store.path)
        return receipt


def tell_and_be_killed(folder: Path, kind: str, point: int) -> None:
    sqlite.connect = partial(KilledAt(kind, point).connect, sqlite.connect)  # type: ignore[assignment]
    anyio.run(tell, folder)


def finish_and_check(folder: Path) -> None:
    anyio.run(tell, folder)
    database = folder / PROJECT / ".copydesk" / "copydesk.db"
    with Ledger(folder / LEDGER) as ledger:
        check(ledger, database)
    connection = connect(database)
    rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in EFFECTS}  # noqa: S608
    assert rows == EFFECTS, rows
    text = "SELECT fields FROM entities JOIN revisions ON revisions.id = revision WHERE entities.section = 'hero'"
    assert [json.loads(row[0])["text"] for row in connection.execute(text)] == ["By hand."], "not undone exactly"
    connection.close()


def forked(act: Callable[[], None]) -> int:
    """Do it in a process of its own; how that one ended, as `waitpid` says it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        act()
    except BaseException:  # noqa: BLE001 - nothing may come back into what the parent goes on with
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main(folder: Path, kind: str, stride: int) -> int:
    kills = 0
    for point in count(1, stride):
        place = folder / f"{kind}-{point}"
        write_site(place / PROJECT, {"home": ["hero", "body", "end"]})
        ended = forked(partial(tell_and_be_killed, place, kind, point))
        kills += ended == -signal.SIGKILL
        if ended not in (0, -signal.SIGKILL) or forked(partial(finish_and_check, place)):
            sys.stderr.write(f"{kind} write point {point}: see {place}\n")
            return 1
        if ended == 0:  # there are no more points
            break
    sys.stdout.write(
        json.dumps({"runs": kills + 1, "kills": kills, "effects": (kills + 1) * EFFECTS["changes"]}) + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
