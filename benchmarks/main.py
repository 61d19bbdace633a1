"""The command: measures what is asked for, prints the table, and writes it into docs/performance.md if told to."""

from __future__ import annotations

import json
import os
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import click

from benchmarks import commits, faults, memory, pace, parallel, rate, start_tool
from benchmarks.machine import describe_machine
from benchmarks.measuring import Row, Scale
from benchmarks.table import print_table, write_document

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BENCHMARKS: Final[dict[str, Callable[[Scale], Awaitable[list[Row]]]]] = {
    "start": start_tool.measure,
    "parallel": parallel.measure,
    "memory": memory.measure,
    "faults": faults.measure,
    "commits": commits.measure,
    "pace": pace.measure,
    "rate": rate.measure,
}


@click.command()
@click.option("--quick", is_flag=True, help="Small sizes: shows that everything runs; most figures get no verdict.")
@click.option("--only", multiple=True, type=click.Choice(list(BENCHMARKS)), help="Only this one; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a target is missed.")
@click.option("--write", is_flag=True, help="Put the table into docs/performance.md.")
def main(*, quick: bool, only: tuple[str, ...], as_json: bool, strict: bool, write: bool) -> None:
    """Measure copydesk's speed and memory, as ratios and counts; a target that is missed is marked so."""
    began = time.perf_counter()
    _forget_own_settings()
    found = anyio.run(_measure, only or tuple(BENCHMARKS), quick)
    if as_json:
        click.echo(json.dumps(_as_json(found), indent=2))
    else:
        print_table(found, time.perf_counter() - began)
    if write:
        write_document(found)
    missed = sum(row.verdict == "missed" for rows in found.values() for row in rows)
    raise SystemExit(1 if missed and strict else 0)


async def _measure(names: tuple[str, ...], quick: bool) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory(prefix="copydesk-bench-") as folder:
        for name in names:
            click.echo(f"{name} …", err=True)
            found[name] = await BENCHMARKS[name](Scale(Path(folder) / name, quick))
    return found


def _forget_own_settings() -> None:
    """Measure the defaults, also for somebody who has set something else for daily use."""
    for name in [name for name in os.environ if name.startswith("COPYDESK_")]:
        del os.environ[name]


def _as_json(found: dict[str, list[Row]]) -> dict[str, object]:
    rows = [
        asdict(row) | {"benchmark": name, "target": str(row.target) if row.target else None, "verdict": row.verdict}
        for name, rows in found.items()
        for row in rows
    ]
    return {"machine": describe_machine(), "rows": rows}
