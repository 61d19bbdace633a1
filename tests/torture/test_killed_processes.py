"""Three processes on one real site, each killed at random moments and started again: all that was said stays so."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from tests.torture.crew import Crew, prepare
from tests.torture.ledger import Ledger, check
from tests.torture.rows import Tally, runs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these faults are signals of POSIX")

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "examples" / "rye-and-shine"
TINA = ROOT.parent / "shared" / "sites" / "tina-io.yaml"
SLOWLY = Path(__file__).with_name("slowly")
FIRST_SEED = int(os.environ.get("COPYDESK_TORTURE_SEED", "1"))
KILLS_OF_EACH = 1


@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("site", "seconds", "short", "long"),
    [
        pytest.param(SAMPLE, 0.3, 1, 100, id="sample"),
        pytest.param(
            TINA,
            0.06,
            1,
            100,
            id="tina-io",
            marks=pytest.mark.skipif(not TINA.exists(), reason=f"the real site is not there: {TINA}"),
        ),
    ],
)
async def test_three_processes_that_are_killed_lose_nothing_and_do_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Path, seconds: float, short: int, long: int
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SLOWLY))
    monkeypatch.setenv("TORTURE_WRITING_SECONDS", str(seconds))
    tally = Tally(f"three processes killed at random moments, {site.stem}")
    for seed in range(FIRST_SEED, FIRST_SEED + runs(short, long)):
        await _run(tmp_path / f"seed-{seed}", site, seed, tally)
    tally.print()


async def _run(folder: Path, site: Path, seed: int, tally: Tally) -> None:
    chances = random.Random(seed)  # noqa: S311 - chances of a test, the same for the same seed
    project = prepare(site, folder)
    with Ledger(folder / "ledger.jsonl") as ledger:
        crew = Crew(project, chances, ledger, KILLS_OF_EACH)
        await crew.run()
        tally.effects += check(ledger, crew.database)
    assert crew.kills == 3 * KILLS_OF_EACH
    tally.kills += crew.kills
    tally.runs += 1
