"""The agent of the example gets from an empty site to a published one and back, mending a failure on its way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "agent_workflow.py"
SECONDS = 120
"""pydantic-ai alone takes two seconds to import; nothing else takes long."""


def told(*arguments: str) -> dict[str, str]:
    """What the example prints for each tool that is called, the last time that it is."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), *arguments], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    calls, _, said = done.stdout.partition("\n\n")
    return dict(line.split(": ", 1) for line in calls.splitlines()) | {"said": said.strip()}


def test_agent_writes_mends_reviews_publishes_and_takes_back() -> None:
    answers = told()
    assert list(answers) == [
        "generate-all",
        "check-generation-status",
        "edit_site_file",
        "generate",
        "compare-content",
        "promote",
        "rollback",
        "said",
    ]
    assert "38 of 39 sections were written to preview. 1 failed." in answers["check-generation-status"]
    assert "no copy can satisfy it" in answers["check-generation-status"]
    assert answers["generate"].startswith("1 of 1 sections were written to preview.")
    assert answers["compare-content"].startswith("41 sections against production: 39 new")
    assert answers["promote"].startswith("39 of 39 sections were published to production.")
    assert answers["rollback"].startswith("39 of 39 sections were restored.")
    assert answers["said"].startswith("Mended home/bread-of-the-week. ")
