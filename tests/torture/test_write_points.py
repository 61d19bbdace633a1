"""A process that is killed at any one of its writes leaves nothing half, and what is asked again is done once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import anyio
import pytest

from tests.torture.rows import IS_LONG, Tally

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these faults are signals of POSIX, and forks")

SCRIPT = Path(__file__).with_name("write_points.py")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "place", "stride"),
    [
        ("before", "before each commit and checkpoint", 7),
        ("after", "after each commit and checkpoint", 8),
        ("inside", "before each statement that changes rows", 40),
    ],
)
async def test_a_story_that_is_killed_at_a_write_and_told_again_is_done_once(
    tmp_path: Path, kind: str, place: str, stride: int
) -> None:
    tally = Tally(f"killed {place}")
    command = [sys.executable, str(SCRIPT), str(tmp_path), kind, "1" if IS_LONG else str(stride)]
    done = await anyio.run_process(command, check=False)
    assert done.returncode == 0, done.stderr.decode()
    counted = json.loads(done.stdout)
    tally.runs, tally.kills, tally.effects = counted["runs"], counted["kills"], counted["effects"]
    assert tally.kills >= (20 if IS_LONG else 3), "the story writes more often than that"
    tally.print()
