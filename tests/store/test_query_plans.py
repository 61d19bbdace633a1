"""No statement of the queue grows dearer with the number of finished jobs: it finds its rows by an index."""

from __future__ import annotations

import re

import pytest

from copydesk.store.database import Database
from copydesk.store.queries import load_queries
from copydesk.store.store import Store

FILES = (
    "briefs",
    "queue",
    "operations",
    "entities",
    "news",
    "paces",
    "pauses",
    "pruning",
    "reviews",
    "stopping",
    "workers",
)
QUERIES = [(file, name) for file in FILES for name in load_queries(file)]
WHOLE_TABLE = re.compile(r"SCAN (jobs|j|usage)$")


@pytest.mark.parametrize(("file", "name"), QUERIES, ids="/".join)
async def test_jobs_are_found_by_an_index(store: Store, file: str, name: str) -> None:
    def explain(db: Database) -> list[str]:
        sql = load_queries(file)[name]
        parameters = dict.fromkeys(re.findall(r":(\w+)", sql))
        return [row["detail"] for row in db.rows(f"EXPLAIN QUERY PLAN {sql}", parameters)]

    plan = await store.read(explain)
    assert [step for step in plan if WHOLE_TABLE.search(step)] == []
