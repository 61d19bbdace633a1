"""`copydesk worker`: work goes on with no chat open, and whoever is told to stop gives back what it holds."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process

from copydesk.content.desk import Desk, open_desk
from copydesk.content.operations.values import WHOLE_SITE, Generate, Scope
from copydesk.store.database import Topic

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "rye-and-shine"
SECTIONS = 39
SECONDS = 60
SECONDS_TO_END = 5
"""Generous for a busy machine; giving back takes less than one."""
CRAWL = "rate = 2\nconcurrency = 8\n"
"""Two attempts a minute: a worker holds eight claims, and nearly all of them wait for their turn."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".copydesk"))
    return folder


@asynccontextmanager
async def worker(project: Path, *arguments: str) -> AsyncIterator[Process]:
    """A worker process; killed at the end of the block if it still runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "CLAUDE_"))}
    command = [sys.executable, "-m", "copydesk", "worker", *arguments]
    async with await anyio.open_process(command, cwd=project, env=environment) as process:
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()


async def stderr_of(process: Process) -> str:
    assert process.stderr is not None
    return b"".join([chunk async for chunk in process.stderr]).decode()


async def until_something_runs(desk: Desk) -> None:
    with desk.store.signals.watch(Topic.WORK, Topic.PROGRESS) as watch:
        while not (await desk.status()).processing:
            await watch.wait(1)


async def test_worker_drains_what_another_process_queued(project: Path) -> None:
    async with open_desk(project, worker=False) as desk:
        queued = await desk.submit(Generate(scope=WHOLE_SITE))
        with anyio.fail_after(SECONDS):
            async with worker(project, "--until-idle") as process:
                said = await stderr_of(process)
                assert await process.wait() == 0
        assert queued.operation_id is not None
        receipt = await desk.receipt(queued.operation_id)
    assert receipt.outcome == "ok"
    assert receipt.counts.completed == SECTIONS
    assert len(said.splitlines()) == 2


async def test_worker_says_at_once_what_waits_for_a_writer_that_it_lacks_and_for_which_key(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    async with open_desk(project, worker=False) as desk:
        await desk.submit(Generate(scope=Scope(pages=("home",)), writer="openai:some-model"))
        with anyio.fail_after(SECONDS):
            async with worker(project, "--until-idle") as process:
                said = await stderr_of(process)
                assert await process.wait() == 0
    assert "6 jobs wait for openai:some-model" in said
    assert "set OPENAI_API_KEY and start again" in said
    assert "nothing is left that it could do" in said


async def test_worker_notices_work_that_is_queued_while_it_waits(project: Path) -> None:
    async with open_desk(project, worker=False) as desk:
        with anyio.fail_after(SECONDS):
            async with worker(project) as process:
                assert process.stderr is not None
                await process.stderr.receive()  # it is there
                queued = await desk.submit(Generate(scope=WHOLE_SITE))
                assert queued.operation_id is not None
                receipt = await desk.wait(queued.operation_id, seconds=SECONDS)
    assert receipt.wait_ended == "finished"
    assert receipt.outcome == "ok"


async def test_somebody_else_watches_the_work_to_its_end(project: Path) -> None:
    async with open_desk(project, worker=False) as desk:
        with anyio.fail_after(SECONDS):
            async with worker(project) as process:
                assert process.stderr is not None
                await process.stderr.receive()  # it is there
                queued = await desk.submit(Generate(scope=WHOLE_SITE))
                assert queued.operation_id is not None
                command = [sys.executable, "-m", "copydesk", "status", queued.operation_id, "--watch"]
                watched = await anyio.run_process(command, cwd=project)
    said = watched.stdout.decode().splitlines()
    assert any(line.startswith(f"{SECTIONS} of {SECTIONS}: ") for line in said)
    assert any(queued.operation_id in line and f"{SECTIONS}/{SECTIONS}" in line for line in said)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could answer")
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
async def test_worker_told_to_stop_gives_back_its_claims_and_another_goes_on(
    project: Path, told: signal.Signals
) -> None:
    settings = project / "copydesk.toml"
    settings.write_text(CRAWL, encoding="utf-8")
    async with open_desk(project, worker=False) as desk:
        queued = await desk.submit(Generate(scope=WHOLE_SITE))
        assert queued.operation_id is not None
        with anyio.fail_after(SECONDS):
            async with worker(project) as process:
                await until_something_runs(desk)
                process.send_signal(told)
                with anyio.fail_after(SECONDS_TO_END):
                    assert await process.wait() == 0
        left = (await desk.receipt(queued.operation_id)).counts
        assert left.processing == left.failed == left.cancelled == 0
        assert left.pending >= SECTIONS - 2
        settings.unlink()
        with anyio.fail_after(SECONDS):
            async with worker(project, "--until-idle") as process:
                assert await process.wait() == 0
        receipt = await desk.receipt(queued.operation_id)
    assert receipt.outcome == "ok"
    assert receipt.changed == SECTIONS
