"""The table: on a terminal, piped, and in docs/performance.md."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.machine import describe_machine
from benchmarks.measuring import ROOT

if TYPE_CHECKING:
    from benchmarks.measuring import Row

_DOCUMENT: Final = ROOT / "docs" / "performance.md"
_BEGIN: Final = "<!-- measured: `make bench` with --write replaces everything from here to the end -->"
_COLUMNS: Final = ("benchmark", "what", "target", "measured", "verdict")
_STYLES: Final = {"met": "green", "missed": "bold red"}
_PIPED_WIDTH: Final = 120
_PRECISE_BELOW: Final = 10


def print_table(found: dict[str, list[Row]], seconds: float) -> None:
    """Coloured on a terminal, plain Markdown when piped."""
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else _PIPED_WIDTH)
    table = Table(box=box.SIMPLE_HEAD if is_terminal else box.MARKDOWN)
    for column in _COLUMNS:
        table.add_column(column, justify="right" if column in {"target", "measured"} else "left", no_wrap=True)
    for name, rows in found.items():
        for row in rows:
            table.add_row(*_cells(name, row), style=_STYLES.get(row.verdict))
    console.print(table)
    for note in _notes(found):
        console.print(note, highlight=False, soft_wrap=True)
    console.print(f"{_machine()}; {seconds:.0f} s in all", highlight=False, soft_wrap=True)


def write_document(found: dict[str, list[Row]]) -> None:
    """Replace the measured part of docs/performance.md."""
    prose, _, _ = _DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    lines = ["| " + " | ".join(_COLUMNS) + " |", "|---|---|--:|--:|---|"]
    lines += ["| " + " | ".join(_cells(name, row)) + " |" for name, rows in found.items() for row in rows]
    notes = [f"- {note}" for note in _notes(found)]
    text = "\n".join([_BEGIN, "", *lines, "", *notes, "", f"Measured on: {_machine()}.", ""])
    _DOCUMENT.write_text(prose + text, encoding="utf-8")


def _cells(name: str, row: Row) -> tuple[str, ...]:
    target = f"{row.target} {row.unit}".rstrip() if row.target else ""
    return name, row.what, target, f"{_figure(row.measured)} {row.unit}".rstrip(), row.verdict


def _figure(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.2f}" if abs(value) < _PRECISE_BELOW else f"{value:,.1f}"


def _notes(found: dict[str, list[Row]]) -> list[str]:
    return [f"{name}, {row.what}: {row.note}" for name, rows in found.items() for row in rows if row.note]


def _machine() -> str:
    machine = describe_machine()
    cores, system = machine.pop("cores"), machine.pop("system")
    versions = ", ".join(f"{name} {number}" for name, number in machine.items())
    return f"{cores} cores, {system}; {versions}"
