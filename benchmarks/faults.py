"""Ten thousand jobs with a writer that fails now and then: how many get there, and whether the reports are true."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast

from benchmarks.measuring import Row, at_least, at_most
from benchmarks.sites import generated_site
from benchmarks.writers import FlakyWriter
from copydesk.content.desk import open_desk
from copydesk.content.operations.standing import find_operation
from copydesk.content.operations.values import WHOLE_SITE, Generate
from copydesk.content.reports.watching import Progress, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.measuring import Scale
    from copydesk.content.desk import Desk
    from copydesk.store.database import Database
    from copydesk.store.store import Store

_SHARE: Final = 0.05
_SEED: Final = 20_261_123
_LONGEST: Final = 180.0
_FINISHED: Final = "SELECT operation || '/' || position FROM jobs WHERE state IN ('completed', 'failed', 'cancelled')"
_WITHOUT_COPY: Final = (
    "SELECT count(*) FROM jobs AS j LEFT JOIN entities AS e USING (page, section, environment) "
    "WHERE j.state = 'completed' AND e.revision IS NOT j.revision"
)


async def measure(scale: Scale) -> list[Row]:
    site = generated_site(scale.folder / "site", scale.pick(10_000, 400))
    writer = FlakyWriter(_SHARE, random.Random(_SEED))  # noqa: S311 - the same faults every time
    settings = {"writer": "flaky"}
    async with open_desk(site.folder, writers={"flaky": writer}, settings=settings) as desk:
        await desk.snapshot()
        start = time.perf_counter()
        receipt = await desk.submit(Generate(scope=WHOLE_SITE))
        assert receipt.operation_id, "the site has sections to write"
        witness = await _watched(desk, receipt.operation_id)
        elapsed = time.perf_counter() - start
        finished = await desk.receipt(receipt.operation_id)
        without_copy = await desk.store.read(_count, _WITHOUT_COPY)
    share = 100 * finished.counts.completed / site.sections
    note = f"{site.sections} jobs, {writer.calls} attempts, seed {_SEED}; took {elapsed:.1f} s with the usual back-off"
    return [
        Row("transient faults", writer.faults),
        Row("jobs completed", share, "%", at_least(99.9), note=note),
        Row("completed jobs without their copy", without_copy, target=at_most(0)),
        Row("reports of progress", len(witness.reports), note="each compared with the job rows of the same read"),
        Row("reports that were not the jobs", witness.untrue, target=at_most(0)),
        Row("reports that did not increase", _not_increasing(witness.reports), target=at_most(0)),
        Row("finished jobs that came undone", witness.undone, target=at_most(0)),
        Row("jobs missing in the last report", site.sections - witness.reports[-1].finished, target=at_most(0)),
    ]


@dataclass(slots=True)
class _Witness:
    """A store that looks at the job rows with every read, in the same transaction, and keeps what it saw."""

    store: Store
    reports: list[Progress] = field(default_factory=list)
    untrue: int = 0
    undone: int = 0
    finished: frozenset[str] = frozenset()

    async def read(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        answer, finished = await self.store.read(_with_finished, function, args, kwargs)
        self.undone += len(self.finished - finished)
        self.finished = finished
        return answer

    async def report(self, progress: Progress) -> None:
        self.reports.append(progress)
        self.untrue += progress.finished != len(self.finished)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


async def _watched(desk: Desk, operation_id: str) -> _Witness:
    witness = _Witness(desk.store)
    operation = await desk.store.read(find_operation, operation_id)
    await wait_for(cast("Store", witness), (operation.seq,), seconds=_LONGEST, report=witness.report)
    return witness


def _with_finished(
    db: Database, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, frozenset[str]]:
    return function(db, *args, **kwargs), frozenset(row[0] for row in db.rows(_FINISHED))


def _count(db: Database, sql: str) -> int:
    return int(db.value(sql))


def _not_increasing(reports: list[Progress]) -> int:
    return sum(after.finished <= before.finished for before, after in pairwise(reports))
