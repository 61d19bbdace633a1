"""`copydesk demo`: the first minute of every user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60
SECTIONS = 39


def demo(scratch: Path, *arguments: str, cache: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the demo with a scratch folder for temporary files, from a folder that is no project.

    Without a `cache` there is no local model, whatever this machine's user has fetched.
    """
    scratch.mkdir(exist_ok=True)
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "CLAUDE_"))}
    mine = {name: value for name, value in mine.items() if name not in ("FORCE_COLOR", "TTY_COMPATIBLE")}
    return subprocess.run(
        [sys.executable, "-m", "copydesk", "demo", *arguments],
        cwd=scratch.parent,
        env=mine
        | {"TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
        | {"COPYDESK_CACHE": str(cache or scratch.parent / "no-models")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


def processes_that_mention(text: str) -> list[str]:
    """Command lines of running processes, from /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if text in line:
                found.append(line)
    return found


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo of this module puts its temporary files."""
    return tmp_path_factory.mktemp("demo") / "scratch"


@pytest.fixture(scope="module")
def piped(scratch: Path) -> subprocess.CompletedProcess[str]:
    return demo(scratch)


def test_demo_tells_the_whole_story_in_plain_words_when_piped(piped: subprocess.CompletedProcess[str]) -> None:
    assert piped.returncode == 0, piped.stderr
    assert piped.stderr == ""
    assert "\x1b" not in piped.stdout
    for said in (
        '-> generate-all {"waitSeconds": 45}',
        f"{SECTIONS} of {SECTIONS} sections were written to preview",
        '-> promote {"pages": ["home", "breads"]}',
        "11 of 11 sections were published to production",
        '-> rollback {"pages": ["breads"]}',
        "preview 39, production 6",
        "preview 0, production 6",
        "What to try next",
        '"mcpServers"',
    ):
        assert said in piped.stdout
    assert "Bread of the week" in piped.stdout, "a section is shown as its readers would see it"


def test_demo_leaves_no_file_behind(piped: subprocess.CompletedProcess[str], scratch: Path) -> None:
    assert str(scratch) in piped.stdout, "it was played there"
    assert list(scratch.iterdir()) == []


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="only Linux lists its processes in /proc")
def test_demo_leaves_no_process_behind(piped: subprocess.CompletedProcess[str], scratch: Path) -> None:
    assert str(scratch) in piped.stdout, "it was played there"
    assert processes_that_mention(str(scratch)) == []


def test_demo_as_json_is_the_receipts_of_its_calls(tmp_path: Path) -> None:
    done = demo(tmp_path / "scratch", "--json")
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout)
    assert story["success"] is True
    assert [step["tool"] for step in story["steps"]] == ["generate-all", "promote", "rollback", "rollback", "rollback"]
    assert {step["receipt"]["outcome"] for step in story["steps"]} == {"ok"}
    generated, _, _, undo, redo = (step["receipt"] for step in story["steps"])
    assert generated["changed"] == undo["changed"] == redo["changed"] == SECTIONS


def test_demo_with_a_project_keeps_the_sample_site(tmp_path: Path) -> None:
    done = demo(tmp_path / "scratch", "--project", str(tmp_path / "bakery"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "bakery" / "site.yaml").is_file()
    assert str(tmp_path / "bakery") in done.stdout


def test_demo_does_not_touch_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    done = demo(tmp_path / "scratch", "--project", str(tmp_path / "mine"))
    assert done.returncode == 2
    assert "[folder-exists]" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_demo_lets_the_local_model_rewrite_a_page_where_it_is(tmp_path: Path, local_model: Path) -> None:
    done = demo(tmp_path / "scratch", "--json", cache=local_model.parents[1])
    assert done.returncode == 0, done.stderr
    rewritten = json.loads(done.stdout)["steps"][-1]
    assert rewritten["arguments"]["writer"] == "local"
    assert rewritten["receipt"]["outcome"] == "ok"
    assert rewritten["receipt"]["counts"]["completed"] == 6
