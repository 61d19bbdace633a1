from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]


def _quick(*names: str) -> dict[str, dict[str, Any]]:
    """What the quick form of these benchmarks measured, by what it is called. Nobody asserts seconds here."""
    only = [part for name in names for part in ("--only", name)]
    command = [sys.executable, "benchmarks/run.py", "--quick", "--json", *only]
    finished = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return {row["what"]: row for row in json.loads(finished.stdout)["rows"]}


def test_jobs_get_there_in_spite_of_transient_faults_and_every_report_is_the_number_of_finished_jobs() -> None:
    rows = _quick("faults")

    assert rows["transient faults"]["measured"] > 0
    assert rows["jobs completed"]["measured"] == 100
    assert rows["completed jobs without their copy"]["measured"] == 0
    assert rows["reports of progress"]["measured"] > 1
    assert rows["reports that were not the jobs"]["measured"] == 0
    assert rows["reports that did not increase"]["measured"] == 0
    assert rows["finished jobs that came undone"]["measured"] == 0
    assert rows["jobs missing in the last report"]["measured"] == 0


def test_one_section_through_the_queue_costs_at_most_a_few_commits_more_than_inline() -> None:
    rows = _quick("commits")

    inline = rows["commits inline"]["measured"]
    queued = rows["commits through the queue"]["measured"]
    assert 1 <= inline <= queued <= inline + 3


def test_no_figure_of_the_quick_form_that_depends_on_the_size_gets_a_verdict() -> None:
    rows = _quick("parallel")

    assert rows["times as fast at 32"]["target"] == ">= 25"
    assert rows["times as fast at 32"]["verdict"] == "-"
