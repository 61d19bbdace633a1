"""Runs the long form of everything that breaks things on purpose, and writes docs/reliability.md from what it prints.

`python tests/torture/report.py [FILE]`; a test prints `torture: NAME: WHAT WAS DONE` once it has found no defect.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
TARGET: Final = ROOT / "docs" / "reliability.md"
MARK: Final = "<!-- tortured: `make torture` replaces everything from here to the end -->"
TESTS: Final = ("tests/torture", "tests/model", "tests/fuzz")
_BEGINS = re.compile(r"^(?P<test>tests/\S+\.py::\w+(\[[^\]]*\])?) ")
_ROW = re.compile(r"^(torture: )?(?P<name>(?<=torture: )[^:]+|model): (?P<done>.+)$")
_ABOVE: Final = """# Reliability

What the design promises (nothing lost, nothing twice, nobody in) is held by tests that break things on purpose. `make
torture` runs them and writes the table below. A row is written only when the whole run found nothing. To repeat one:
`COPYDESK_TORTURE=1 .venv/bin/python -m pytest -s TEST`.

- **killed**: real `copydesk worker` and `copydesk serve` processes get a SIGKILL and are started again. Every answer
  that a client got, every revision and every change that was seen goes into a ledger outside the database, on the disk
  before the test goes on. At the end, the database is held against it: every operation that was acknowledged is there,
  every job came to its end, each completed job has exactly one revision and one change, the counters are the rows,
  production is what the standing releases published, history was only appended to, and `integrity_check` finds nothing.
- **killed before, after**: one small story, killed at each of its writes in turn and told again from the beginning; it
  must come to the same rows as without a kill.
- **time**: processes that stand still, clocks that are set, machines that sleep or start anew.

"""
_HEAD = "| what | done | by |\n|---|---|---|"


@dataclass(frozen=True, slots=True)
class Row:
    """What one test did, and which it was."""

    name: str
    done: str
    test: str

    def __str__(self) -> str:
        return f"| {self.name} | {self.done} | `{self.test}` |".replace("\n", " ")


def rows_of(lines: Iterable[str]) -> Iterator[Row]:
    """The rows in what pytest prints with `-v -s`; each belongs to the test that began last."""
    test = ""
    for line in lines:
        if begins := _BEGINS.match(line):
            test = begins["test"]
        text = line[begins.end() :] if begins else line
        if row := _ROW.match(text.strip()):
            yield Row(row["name"], row["done"].replace("|", "\\|"), test)


def run_tests(arguments: Iterable[str]) -> tuple[list[str], int]:
    """What pytest printed, shown as it came, and its exit code."""
    command = [sys.executable, "-m", "pytest", "-v", "-s", "-p", "no:cacheprovider", *arguments]
    lines = []
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"COPYDESK_TORTURE": "1"}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
    return lines, process.returncode


def write(target: Path, rows: Iterable[Row]) -> None:
    """Replace the table; what stands above the mark stays."""
    text = target.read_text(encoding="utf-8") if target.exists() else f"{_ABOVE}{MARK}\n"
    above, mark, _ = text.partition(MARK)
    assert mark, f"{target} has no line {MARK}"
    target.write_text("\n".join([f"{above}{MARK}\n", _HEAD, *map(str, rows)]) + "\n", encoding="utf-8")


def main() -> int:
    lines, code = run_tests(TESTS)
    if code == 0:
        write(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET, rows_of(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
