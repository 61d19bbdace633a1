"""Processes that stand still, clocks that are set, machines that sleep or start anew: each section is written once.

The rules themselves are held in tests/store/test_claims.py and tests/acceptance/test_faults.py; here whole processes
meet them at random moments.
"""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import anyio
import pytest

from copydesk.content.reports.receipts import Receipt
from tests.acceptance.test_faults import Process, assert_each_job_had_one_effect
from tests.torture.clocks import CLOCK_OF_STORES, Shift, ShiftedClock, set_clocks
from tests.torture.rows import IS_LONG, Tally, runs
from tests.workshop import SECONDS, Workshop, numbered, open_workshop, write_site

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these faults are signals of POSIX")

SCRIPT = Path(__file__).with_name("worker_of_shifted_time.py")
SECTIONS = 60
WRITING_SECONDS = 0.15
LONG_LEASE, SHORT_LEASE = 30_000, 900
"""Milliseconds."""
HOUR = 3_600_000
BLOWS = 2
"""A job that loses its worker three times is given up."""


class Machine:
    """Two workers, and the clocks that they and the test share."""

    def __init__(self, folder: Path, lease: int, chances: random.Random, stack: AsyncExitStack) -> None:
        self.folder = folder
        self.clocks = folder / "clocks.json"
        self.chances = chances
        self.workers: list[Process] = []
        self._lease = lease
        self._stack = stack
        self._shift = Shift()
        self.set()

    def set(self, *, wall: int = 0, boot: int = 0, restarts: int = 0) -> None:
        """Shift the clocks by so much more."""
        old = self._shift
        self._shift = Shift(old.wall + wall, old.boot + boot, old.restarts + restarts)
        set_clocks(self.clocks, self._shift)

    async def start(self) -> None:
        self.workers = [await self._stack.enter_async_context(self._worker()) for _ in range(2)]

    def signal(self, number: signal.Signals) -> None:
        for worker in self.workers:
            worker.process.send_signal(number)

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[Process]:
        arguments = (self.folder / "site", self.clocks, self._lease, WRITING_SECONDS)
        command = [sys.executable, str(SCRIPT), *map(str, arguments)]
        async with await anyio.open_process(command, stderr=None) as process:
            try:
                other = Process(process)
                await other.hear("ready")
                yield other
            finally:
                if process.returncode is None:
                    process.kill()


Blow: TypeAlias = Callable[[Machine], Awaitable[None]]


async def stand_still(machine: Machine) -> None:
    """One worker stands still longer than its lease, while the other goes on."""
    worker = machine.chances.choice(machine.workers)
    worker.process.send_signal(signal.SIGSTOP)
    await _pass(1.5 * SHORT_LEASE / 1_000)
    worker.process.send_signal(signal.SIGCONT)


async def set_the_wall_clock(machine: Machine) -> None:
    machine.set(wall=machine.chances.choice((-24 * HOUR, -HOUR, HOUR, 20 * 24 * HOUR)))


async def sleep(machine: Machine) -> None:
    """The whole machine: when it wakes, all leases have run out."""
    machine.signal(signal.SIGSTOP)
    machine.set(wall=2 * HOUR, boot=2 * HOUR)
    machine.signal(signal.SIGCONT)


async def restart(machine: Machine) -> None:
    """The power fails; the clock since boot begins anew."""
    machine.signal(signal.SIGKILL)
    machine.set(wall=HOUR, boot=-ShiftedClock(machine.clocks).boot(), restarts=1)
    await machine.start()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("name", "blow", "lease", "most_rescues"),
    [
        ("SIGSTOP for longer than a lease", stand_still, SHORT_LEASE, BLOWS),
        ("the wall clock set back and forward", set_the_wall_clock, LONG_LEASE, 0),
        ("a laptop's sleep", sleep, LONG_LEASE, BLOWS),
        ("power failure and new boot", restart, LONG_LEASE, BLOWS),
    ],
    ids=["SIGSTOP", "wall", "sleep", "boot"],
)
async def test_each_section_is_written_once_whatever_time_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, blow: Blow, lease: int, most_rescues: int
) -> None:
    tally, rescues = Tally(name, blows="blows"), 0
    for seed in range(runs(1, 25)):
        chances = random.Random(seed)  # noqa: S311 - chances of a test, the same for the same seed
        folder = tmp_path / f"seed-{seed}"
        write_site(folder / "site", numbered(SECTIONS))
        async with AsyncExitStack() as stack:
            machine = Machine(folder, lease, chances, stack)
            monkeypatch.setattr(CLOCK_OF_STORES, partial(ShiftedClock, machine.clocks))
            workshop = await stack.enter_async_context(open_workshop(folder / "site"))
            await machine.start()
            rescues += await _strike(machine, workshop, blow, most_rescues)
        tally.runs, tally.kills, tally.effects = tally.runs + 1, tally.kills + BLOWS, tally.effects + SECTIONS
    assert not IS_LONG or (rescues > 0) == (most_rescues > 0), "the blows met nothing"
    tally.print()


async def _strike(machine: Machine, workshop: Workshop, blow: Blow, most_rescues: int) -> int:
    """How many jobs had to be rescued."""
    receipt = await workshop.generate()
    for moment in sorted(machine.chances.sample(range(2, SECTIONS - 15), BLOWS)):
        await _until_completed(workshop, receipt, moment)
        await blow(machine)
    ended = await workshop.finish(receipt)
    await assert_each_job_had_one_effect(workshop, ended)
    jobs = await workshop.jobs(ended)
    assert {job.failures for job in jobs} == {0}
    assert max(job.rescues for job in jobs) <= most_rescues
    return sum(job.rescues for job in jobs)


async def _until_completed(workshop: Workshop, receipt: Receipt, jobs: int) -> None:
    assert receipt.operation_id is not None
    with workshop.desk.store.signals.watch() as watch, anyio.fail_after(SECONDS):
        while (await workshop.desk.receipt(receipt.operation_id)).counts.completed < jobs:
            await watch.wait(0.05)


async def _pass(seconds: float) -> None:
    """Let real time pass: a lease of a real process runs out by it."""
    with anyio.move_on_after(seconds):
        await anyio.Event().wait()
