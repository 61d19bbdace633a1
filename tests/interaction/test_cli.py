"""The command line as scripts and people use it: real processes on a real project."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import pytest

from copydesk.content.briefs import Brief
from copydesk.content.desk import Desk, open_desk
from copydesk.content.operations.values import Generate, Scope
from copydesk.content.writers.base import Answer, Correction, Estimate, Permanent
from copydesk.store.database import Topic

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "examples" / "rye-and-shine"
SECTIONS = 39
"""Those of the sample that a writer writes."""
SECONDS = 60

Done: TypeAlias = subprocess.CompletedProcess[str]
Cli: TypeAlias = Callable[..., Done]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".copydesk"))
    return folder


def environment(**more: str) -> dict[str, str]:
    """Ours without settings of copydesk's and without what forces colours."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "CLAUDE_"))}
    return {name: value for name, value in mine.items() if name not in ("FORCE_COLOR", "TTY_COMPATIBLE")} | more


@pytest.fixture
def cli(project: Path) -> Cli:
    def run(*arguments: str, **variables: str) -> Done:
        return subprocess.run(
            [sys.executable, "-m", "copydesk", *arguments],
            cwd=project,
            env=environment(**variables),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )

    return run


def answer(done: Done) -> dict[str, Any]:
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    return value


def test_generate_waits_and_prints_the_receipt_alone(cli: Cli) -> None:
    done = cli("generate", "--all", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    receipt = answer(done)
    assert receipt["outcome"] == "ok"
    assert receipt["waitEnded"] == "finished"
    assert receipt["counts"]["completed"] == SECTIONS


def test_publish_take_back_undo_and_redo(cli: Cli) -> None:
    written = answer(cli("generate", "home", "--json"))
    assert answer(cli("promote", "/", "--json"))["counts"]["completed"] == written["counts"]["completed"]
    assert answer(cli("rollback", "home", "--json"))["changed"] == written["changed"]
    undone = answer(cli("rollback", "--operation", written["operationId"], "--json"))
    assert undone["outcome"] == "ok"
    again = cli("rollback", "--operation", written["operationId"], "--json")
    assert again.returncode == 2
    assert undone["operationId"] in answer(again)["error"]["message"]
    assert answer(cli("rollback", "--operation", undone["operationId"], "--json"))["changed"] == written["changed"]


def test_terminal_warns_of_drafts_and_says_where_to_look_at_them(cli: Cli) -> None:
    written = cli("generate", "home").stdout
    assert "Warning: The writer is outline: its copy is a placeholder draft." in written
    assert "Next: copydesk show home, or copydesk preview --open." in written
    assert "copydesk model fetch, then --writer local" in written
    for run, where in ((("--dry-run",), "sections to publish"), ((), "published sections")):
        published = cli("promote", "home", *run)
        warned = [line for line in published.stdout.splitlines() if line.startswith("Warning: ")]
        assert len(warned) == 1, published.stdout + published.stderr
        assert f"of the {where} are placeholder drafts" in warned[0]
        assert "Next:" not in published.stdout


def test_dry_run_stores_nothing(cli: Cli) -> None:
    assert answer(cli("generate", "--all", "--dry-run", "--json"))["queuedSections"] == SECTIONS
    assert answer(cli("status", "--json"))["total"] == 0


@pytest.mark.parametrize(
    "command", [("generate", "--all"), ("status",), ("doctor",), ("promote", "--all", "--dry-run")]
)
def test_piped_output_has_neither_colours_nor_bars_nor_trailing_blanks(cli: Cli, command: tuple[str, ...]) -> None:
    done = cli(*command)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "━" not in done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line != line.rstrip()] == []


def test_unknown_page_suggests_the_nearest_and_changes_nothing(cli: Cli) -> None:
    done = cli("generate", "hom")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("copydesk: [unknown-page] ")
    assert 'did you mean "home"?' in done.stderr
    assert answer(cli("status", "--json"))["total"] == 0


def test_error_as_json_has_code_and_message(cli: Cli) -> None:
    done = cli("status", "op_unknown", "--json")
    assert done.returncode == 2
    assert answer(done)["error"]["code"] == "unknown-operation"


@pytest.mark.parametrize("command", ["generate", "regenerate", "promote", "rollback"])
def test_command_that_changes_copy_refuses_an_empty_scope(cli: Cli, command: str) -> None:
    done = cli(command, "--json")
    assert done.returncode == 2
    assert "--all" in answer(done)["error"]["message"]


def test_invalid_site_is_refused_with_every_problem(cli: Cli, project: Path) -> None:
    site = project / "site.yaml"
    site.write_text(site.read_text(encoding="utf-8").replace("template: timeline", "template: timelin"), "utf-8")
    done = cli("generate", "--all", "--json")
    assert done.returncode == 2
    assert answer(done)["error"]["code"] == "invalid-site"
    assert 'did you mean "timeline"?' in answer(done)["error"]["message"]


def test_folder_without_a_site_is_refused(cli: Cli, tmp_path: Path) -> None:
    done = cli("status", "--project", str(tmp_path), "--json")
    assert done.returncode == 2
    assert answer(done)["error"]["code"] == "no-project"


def test_queued_without_a_worker_is_told_by_status_and_by_doctor(cli: Cli) -> None:
    queued = answer(cli("generate", "home", "--no-wait", "--json"))
    assert queued["waitEnded"] == "not-waited"
    watched = cli("status", "--watch", "--json")
    assert watched.returncode == 3
    assert answer(watched)["waitEnded"] == "blocked"
    doctor = cli("doctor", "--json")
    assert doctor.returncode == 1
    (wrong,) = (finding for finding in answer(doctor)["findings"] if finding["state"] == "wrong")
    assert "copydesk worker" in wrong["fix"]


def test_wait_without_a_worker_by_the_settings_ends_blocked(cli: Cli) -> None:
    done = cli("generate", "home", "--json", COPYDESK_WORKER="off")
    assert done.returncode == 3
    assert answer(done)["blockedBy"] == "no-worker"


def test_cancel_ends_what_is_queued_and_status_lists_every_job(cli: Cli) -> None:
    handle = answer(cli("generate", "--all", "--no-wait", "--json"))["operationId"]
    assert answer(cli("cancel", "--json"))["cancelled"] == SECTIONS
    done = cli("status", handle, "--jobs", "--json")
    assert done.returncode == 1
    assert [job["status"] for job in answer(done)["jobs"]] == ["cancelled"] * SECTIONS


def test_retry_with_nothing_failed_says_so(cli: Cli) -> None:
    cli("generate", "home", "--json")
    done = cli("retry", "--json")
    assert done.returncode == 2
    assert answer(done)["error"]["code"] == "nothing-failed"


class BrokenWriter:
    """Stands in for the writer of placeholder drafts, and has a bad day."""

    name = "outline"
    is_draft = True

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        return Permanent("unavailable", "The provider is down.")

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate()


async def test_failure_is_told_with_its_fix_and_retry_mends_it(cli: Cli, project: Path) -> None:
    async with open_desk(project, writers={"outline": BrokenWriter()}) as desk:
        failed = await desk.perform(Generate(scope=Scope(pages=("imprint",))))
    assert failed.operation_id is not None
    shown = cli("status")
    assert shown.returncode == 1
    assert "imprint/write-to-us" in shown.stdout
    assert "The provider is down." in shown.stdout
    assert f"Next: copydesk retry {failed.operation_id}" in shown.stdout
    mended = cli("retry", "--json")
    assert mended.returncode == 0, mended.stdout
    assert answer(mended)["retryOf"] == failed.operation_id
    assert answer(mended)["counts"]["completed"] == 1


def test_section_that_fails_makes_the_exit_code_one_and_is_told_with_what_helps(cli: Cli, project: Path) -> None:
    site = project / "site.yaml"
    impossible = site.read_text(encoding="utf-8").replace(
        "minimum: 1887, maximum: 2030", "minimum: 1887, not: {type: integer}"
    )
    site.write_text(impossible, encoding="utf-8")
    done = cli("generate", "our-story")
    assert done.returncode == 1, done.stderr
    assert "our-story/timeline" in done.stdout
    assert "unsatisfiable-schema" in done.stdout
    assert "Change the template's schema" in done.stdout
    assert answer(cli("retry", "--json"))["error"]["code"] == "nothing-failed"


def test_reader_that_leaves_early_causes_no_traceback(cli: Cli, project: Path) -> None:
    cli("generate", "--all")
    with subprocess.Popen(
        [sys.executable, "-m", "copydesk", "status", "--jobs", "--json"],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_repeated_request_id_changes_nothing_twice(cli: Cli) -> None:
    first = answer(cli("generate", "home", "--request-id", "monday", "--json"))
    second = answer(cli("generate", "home", "--request-id", "monday", "--json"))
    assert second["operationId"] == first["operationId"]


def test_command_line_publishes_where_the_assistant_may_not(cli: Cli, project: Path) -> None:
    (project / "copydesk.toml").write_text('promotion = "locked"\n', encoding="utf-8")
    cli("generate", "home")
    assert cli("promote", "home").returncode == 0


def test_doctor_shows_where_each_setting_comes_from(cli: Cli, project: Path) -> None:
    (project / "copydesk.toml").write_text("concurrency = 4\n", encoding="utf-8")
    report = answer(cli("doctor", "--promotion", "locked", "--json", COPYDESK_RETENTION="7"))
    origins = {row["name"]: (row["value"], row["origin"]) for row in report["settings"]}
    assert origins["concurrency"] == (4, "copydesk.toml")
    assert origins["retention"] == (7.0, "COPYDESK_RETENTION")
    assert origins["promotion"] == ("locked", "flag")
    assert origins["writer"] == (None, "default")
    assert report["versions"]["mcp"]
    assert not (project / ".copydesk").exists(), "looking made a database"


def test_doctor_says_settings_as_people_do(cli: Cli, project: Path) -> None:
    shown = {line.split()[0]: line for line in cli("doctor").stdout.splitlines() if line}
    assert shown["rate"].split()[1] == "unlimited"
    assert shown["worker"].split()[1] == "on"
    assert "30 days" in shown["retention"]
    assert str(project / ".copydesk" / "copydesk.db") in shown["database"]


def test_doctor_says_what_is_wrong_with_a_damaged_database(cli: Cli, project: Path) -> None:
    (project / ".copydesk").mkdir()
    (project / ".copydesk" / "copydesk.db").write_bytes(b"no database at all " * 1000)
    done = cli("doctor", "--json")
    assert done.returncode == 1
    assert "database" in {finding["topic"] for finding in answer(done)["findings"] if finding["state"] == "wrong"}


def test_output_that_the_encoding_cannot_hold_is_replaced(cli: Cli, project: Path) -> None:
    site = project / "site.yaml"
    site.write_text(site.read_text(encoding="utf-8").replace("title: Rye & Shine", "title: 稞麥", 1), "utf-8")
    done = cli("doctor", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "??: 10 pages" in done.stdout


def test_status_loads_neither_the_sdk_nor_what_only_writing_needs(project: Path) -> None:
    program = (
        "import sys, copydesk.server.cli as cli\n"
        "try: cli.main(['status', '--json'])\n"
        "except SystemExit: print(sorted({'mcp', 'mcp_types', 'jinja2', 'jsonschema', 'yaml'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=project, env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
async def test_interrupt_stops_the_waiting_and_leaves_the_jobs_queued(project: Path) -> None:
    # Two attempts a minute: it is still writing when it is interrupted.
    (project / "copydesk.toml").write_text("rate = 2\n", encoding="utf-8")
    command = [sys.executable, "-m", "copydesk", "generate", "--all"]
    async with open_desk(project, worker=False) as desk:
        with anyio.fail_after(SECONDS):
            process = await anyio.open_process(command, cwd=project, env=environment())
            assert process.stderr is not None
            said_first = await process.stderr.receive()
            await until_something_runs(desk)
            process.send_signal(signal.SIGINT)
            said = b"".join([chunk async for chunk in process.stderr]).decode()
            assert await process.wait() == 130
        status = await desk.status()
    assert status.operations[0].operation_id in said_first.decode()
    assert status.operations[0].operation_id in said
    assert "copydesk status" in said
    assert status.processing == 0
    assert status.cancelled == status.failed == 0
    assert status.pending >= SECTIONS - 2


async def until_something_runs(desk: Desk) -> None:
    with desk.store.signals.watch(Topic.WORK, Topic.PROGRESS) as watch:
        while not (await desk.status()).processing:
            await watch.wait(1)


def test_generate_after_queueing_says_who_has_the_jobs_and_waits_for_them(cli: Cli) -> None:
    queued = answer(cli("generate", "home", "--no-wait", "--json"))
    again = answer(cli("generate", "home", "--json"))
    assert again["operationId"] == queued["operationId"]
    assert (again["outcome"], again["counts"]["completed"]) == ("ok", 6)
