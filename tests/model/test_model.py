"""Queue and content together against a small model in plain Python: nothing lost, nothing twice, all undone exactly.

The short form is the same each time; the long one (`COPYDESK_TORTURE=1`) takes other ways each time and says how to
repeat what it finds.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.driving import Tally
from tests.model.machine import DeskMachine
from tests.model.real_desk import Workplace

LONG_STEPS = 10_000
_IS_LONG = os.environ.get("COPYDESK_TORTURE", "") not in ("", "0")

SHORT = settings(
    max_examples=120,
    stateful_step_count=60,
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(
    max_examples=int(os.environ.get("COPYDESK_TORTURE_EXAMPLES", "400")),
    stateful_step_count=100,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
EVENTS = (
    "applied",
    "complete: DONE",
    "complete: LOST",
    "complete: OVERTAKEN",
    "come_back_to_what_was_claimed_again",
    "redo",
    "refused: already-undone",
    "refused: drift",
    "refused: in-progress",
    "rescue",
    "submit: DONE",
    "undo: promote",
)
"""What a run must have come across, or it has proved little."""


def test_the_desk_does_what_the_model_does(tmp_path: Path) -> None:
    tally = _run(tmp_path, SHORT)
    assert not [event for event in EVENTS if not tally.events[event]]


@pytest.mark.timeout(3600)
@pytest.mark.skipif(not _IS_LONG, reason="the long form runs with COPYDESK_TORTURE=1, by `make torture`")
def test_the_desk_does_what_the_model_does_for_ten_thousand_steps(tmp_path: Path) -> None:
    tally = _run(tmp_path, LONG)
    print(f"model: {tally.steps:,} steps in {tally.examples:,} examples; {dict(sorted(tally.events.items()))}")  # noqa: T201
    assert tally.steps >= LONG_STEPS
    assert not [event for event in EVENTS if not tally.events[event]]


def _run(folder: Path, how: settings) -> Tally:
    tally, workplace = Tally(), Workplace.prepare(folder / "site")

    class Desk(DeskMachine):
        def __init__(self) -> None:
            super().__init__(workplace, tally)

    run_state_machine_as_test(Desk, settings=how)
    return tally
