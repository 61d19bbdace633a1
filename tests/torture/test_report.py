"""What `make torture` makes of what the tests print."""

from __future__ import annotations

from pathlib import Path

from tests.torture.report import MARK, Row, rows_of, write

PRINTED = """\
tests/torture/test_time.py::test_one[a b] \n
torture: a laptop's sleep: 25 runs, 50 blows, 0 defects, 71 s
PASSED
tests/torture/test_time.py::test_two PASSED
tests/model/test_model.py::test_three model: 12,000 steps | 400 examples
PASSED
"""
ROWS = [
    Row("a laptop's sleep", "25 runs, 50 blows, 0 defects, 71 s", "tests/torture/test_time.py::test_one[a b]"),
    Row("model", "12,000 steps \\| 400 examples", "tests/model/test_model.py::test_three"),
]


def test_each_row_belongs_to_the_test_that_printed_it() -> None:
    assert list(rows_of(PRINTED.splitlines())) == ROWS


def test_a_new_table_takes_the_place_of_the_last_one_and_of_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "reliability.md"
    target.write_text(f"# Words\n\n{MARK}\n\nan old table\n", encoding="utf-8")
    write(target, ROWS)
    write(target, ROWS)
    text = target.read_text(encoding="utf-8")
    assert text.startswith(f"# Words\n\n{MARK}\n\n| what | done | by |\n")
    assert text.count("| model |") == 1
    assert "old" not in text
