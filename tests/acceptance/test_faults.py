"""Several processes on one project, and what may happen to them: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.abc
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream

from copydesk.content.reports.receipts import Receipt
from copydesk.content.work.timing import Timing
from copydesk.store.database import Database
from copydesk.store.states import JobState
from tests.workshop import SECONDS, Workshop, numbered, obey, open_workshop, write_site

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these faults are signals of POSIX")

LONG = 30_000
SHORT = 600
"""Leases in milliseconds."""


class Process:
    """A worker in another process, and what it has told."""

    def __init__(self, process: anyio.abc.Process) -> None:
        assert process.stdout is not None
        self.process = process
        self.told: list[str] = []
        self._lines = BufferedByteReceiveStream(process.stdout)

    async def hear(self, beginning: str, times: int = 1) -> None:
        """Return once it has told that many more lines that begin like this."""
        with anyio.fail_after(SECONDS):
            while times > 0:
                line = (await self._lines.receive_until(b"\n", 1_000)).decode()
                self.told.append(line)
                times -= line.startswith(beginning)


@asynccontextmanager
async def another_worker(folder: Path, *, answers: int = 1_000_000, lease: int = LONG) -> AsyncIterator[Process]:
    script = Path(__file__).with_name("worker_process.py")
    command = [sys.executable, str(script), str(folder), str(answers), str(lease)]
    async with await anyio.open_process(command, stderr=None) as process:
        try:
            other = Process(process)
            await other.hear("ready")
            yield other
        finally:
            if process.returncode is None:
                process.kill()


async def assert_each_job_had_one_effect(workshop: Workshop, receipt: Receipt) -> None:
    """The ledger: every job completed, each with a revision and a change of its own, and an entity that shows it."""
    jobs = await workshop.jobs(receipt)
    assert {job.state for job in jobs} == {JobState.COMPLETED}
    assert len({job.revision for job in jobs}) == len(jobs)
    ledger = await workshop.desk.store.read(_ledger)
    assert ledger == dict.fromkeys(("revisions", "changes", "entities", "shown"), len(jobs))


def _ledger(db: Database) -> dict[str, int]:
    counts = {name: f"SELECT count(*) FROM {name}" for name in ("revisions", "changes", "entities")}  # noqa: S608
    counts["shown"] = "SELECT count(*) FROM entities AS e JOIN jobs AS j USING (page, section, environment, revision)"
    return {name: int(db.value(sql)) for name, sql in counts.items()}


async def test_two_workers_in_two_processes_do_every_job_exactly_once(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(200))
    async with open_workshop(tmp_path, concurrency=4) as workshop, another_worker(tmp_path) as other:
        async with workshop.working():
            receipt = await workshop.finish(await workshop.generate())
        await assert_each_job_had_one_effect(workshop, receipt)
        by_the_other = 200 - len(workshop.writer.asked)
        await other.hear("began", by_the_other)
    begun = [line.split()[1] for line in other.told if line.startswith("began")]
    assert sorted(begun + [one.removeprefix("home/") for one in workshop.writer.asked]) == numbered(200)["home"]


async def test_who_waits_learns_at_once_that_the_only_worker_was_killed(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(3))
    async with open_workshop(tmp_path) as workshop:
        async with another_worker(tmp_path, answers=0) as other:
            receipt = await workshop.generate()
            await other.hear("began", 3)
            other.process.kill()
            await other.process.wait()
        assert receipt.operation_id is not None
        with anyio.fail_after(LONG / 3_000):
            ended = await workshop.desk.wait(receipt.operation_id, seconds=LONG / 1_000)
        assert (ended.wait_ended, ended.blocked_by) == ("blocked", "no-worker")
        assert ended.counts.pending == 3


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_a_worker_that_is_killed_half_way_is_survived_by_its_jobs(tmp_path: Path, end: signal.Signals) -> None:
    write_site(tmp_path, numbered(60))
    async with open_workshop(tmp_path) as workshop:
        receipt = await workshop.generate()
        async with another_worker(tmp_path, answers=30) as other:
            await other.hear("began", 34)
            other.process.send_signal(end)
            with anyio.fail_after(SECONDS):
                await other.process.wait()
        assert 26 <= len([job for job in await workshop.jobs(receipt) if job.state is JobState.COMPLETED]) <= 30
        async with workshop.working():
            with anyio.fail_after(10):
                receipt = await workshop.finish(receipt)
        await assert_each_job_had_one_effect(workshop, receipt)
        assert {job.failures for job in await workshop.jobs(receipt)} == {0}


async def test_a_dead_process_is_noticed_by_a_worker_that_runs_long_before_its_leases_end(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(8))
    async with open_workshop(tmp_path, concurrency=1) as workshop, another_worker(tmp_path, answers=0) as other:
        receipt = await workshop.generate()
        await other.hear("began", 4)
        async with workshop.working():
            other.process.kill()
            with anyio.fail_after(5):
                receipt = await workshop.finish(receipt)
        await assert_each_job_had_one_effect(workshop, receipt)
        assert sum(job.rescues for job in await workshop.jobs(receipt)) == 4


async def test_a_worker_that_stood_still_longer_than_its_lease_changes_nothing(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(8))
    timing = Timing(lease=SHORT, heartbeat=SHORT / 3_000, rescue=0.1)
    async with (
        open_workshop(tmp_path, obey, timing=timing) as workshop,
        another_worker(tmp_path, answers=0, lease=SHORT) as other,
    ):
        receipt = await workshop.generate()
        await other.hear("began", 4)
        other.process.send_signal(signal.SIGSTOP)
        async with workshop.working():
            receipt = await workshop.finish(receipt)
        other.process.send_signal(signal.SIGCONT)
        await other.hear("interrupted", 4)
        await assert_each_job_had_one_effect(workshop, receipt)


async def test_cancelling_here_interrupts_a_writer_in_another_process_within_a_second(tmp_path: Path) -> None:
    write_site(tmp_path, numbered(8))
    async with open_workshop(tmp_path) as workshop, another_worker(tmp_path, answers=0) as other:
        await workshop.generate()
        await other.hear("began", 4)
        cancelled = await workshop.desk.cancel()
        with anyio.fail_after(1):
            await other.hear("interrupted", 4)
        assert cancelled.cancelled == 8


@pytest.mark.parametrize("rounds", [(signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT)])
async def test_the_worker_command_can_be_ended_in_any_way_and_started_again(
    tmp_path: Path, rounds: tuple[signal.Signals, ...]
) -> None:
    write_site(tmp_path, numbered(400))
    command = [sys.executable, "-m", "copydesk", "worker", "--project", str(tmp_path), "--until-idle"]
    async with open_workshop(tmp_path, writer="outline") as workshop:
        receipt = await workshop.generate()
        for number, end in enumerate(rounds, start=1):
            async with await anyio.open_process(command, stdout=None, stderr=None) as process:
                await _until_finished(workshop, receipt, 60 * number)
                process.send_signal(end)
        async with await anyio.open_process(command, stdout=None, stderr=None) as process:
            with anyio.fail_after(SECONDS):
                assert await process.wait() == 0
        await assert_each_job_had_one_effect(workshop, receipt)


async def _until_finished(workshop: Workshop, receipt: Receipt, jobs: int) -> None:
    """Return once that many jobs of the operation are finished."""
    assert receipt.operation_id is not None
    with workshop.desk.store.signals.watch() as watch, anyio.fail_after(SECONDS):
        while (await workshop.desk.receipt(receipt.operation_id)).counts.completed < jobs:
            await watch.wait(0.005)
