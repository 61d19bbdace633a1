"""Eight clients on two servers of one project, and bad clients beside them: no error, and nothing grows.

The short form takes some seconds; the long one (`COPYDESK_TORTURE=1`) an hour, or `COPYDESK_TORTURE_SECONDS`.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import anyio
import pytest

from tests.interaction.http_server import HttpProcess, http_process
from tests.torture.load_clients import BAD_CLIENTS, WorkingClient
from tests.torture.storage_checks import DATABASE, IS_LONG, edits_of, figures
from tests.workshop import write_site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory and descriptors are read from /proc")

SECONDS: Final = float(os.environ.get("COPYDESK_TORTURE_SECONDS", "3600" if IS_LONG else "8"))
CLIENTS: Final = 8
SECTIONS: Final = [f"section-{number}" for number in range(4)]
SETTLED: Final = 0.4
"""The part of the time after which a server has loaded and cached what it needs."""
GROWTH: Final = 1.15 if SECONDS >= 600 else 1.25 if SECONDS >= 60 else 1.5
"""How much larger a server may be at the end than when it had settled; a short run catches coarse leaks only."""
MORE_DESCRIPTORS: Final = 40
MOST_LOG: Final = 32 * 1024 * 1024
"""Twice the size at which a server cuts its log off."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Of one server at one moment: resident memory in MiB, open descriptors; and the size of the log in bytes."""

    memory: float
    descriptors: int
    log: int


@pytest.mark.timeout(SECONDS + 300)
async def test_eight_clients_on_two_servers_meet_no_error_and_nothing_grows_whoever_misbehaves_beside_them(
    tmp_path: Path,
) -> None:
    project, tally = tmp_path / "site", Counter[str]()
    write_site(project, {f"page-{number}": SECTIONS for number in range(CLIENTS)})
    over = time.monotonic() + SECONDS
    samples: dict[int, list[Sample]] = {}

    def is_over() -> bool:
        return time.monotonic() >= over

    async with http_process(project) as one, http_process(project) as other:
        async with anyio.create_task_group() as tasks:
            for number in range(CLIENTS):
                client = WorkingClient((one, other)[number % 2].url, f"page-{number}", SECTIONS, tally)
                tasks.start_soon(client.work, is_over)
            for server in (one, other):
                tasks.start_soon(_misbehave, server, is_over, tally)
                samples[server.process.pid] = []
                tasks.start_soon(_watch, server, project, is_over, samples[server.process.pid])
        assert (one.process.returncode, other.process.returncode) == (None, None)
        assert "Traceback" not in one.said() + other.said()
    assert tally["calls"] >= CLIENTS * 10
    assert all(tally[f"{bad.__name__}: {how}"] for bad, how in zip(BAD_CLIENTS, _EXPECTED, strict=True)), tally
    assert len(await edits_of(project / DATABASE)) >= CLIENTS * 2
    for taken in samples.values():
        _assert_flat(taken)
    figures("load", f"{SECONDS:,.0f} s, {tally['calls']:,} calls; {_grown(samples)}; {dict(sorted(tally.items()))}")


_EXPECTED = ("went", "went", "refused", "went", "refused", "refused")


async def _misbehave(server: HttpProcess, is_over: Callable[[], bool], tally: Counter[str]) -> None:
    """All bad clients at once, again and again."""

    async def one(number: int) -> None:
        bad = BAD_CLIENTS[number]
        while not is_over():
            with anyio.fail_after(60):
                tally[f"{bad.__name__}: {await bad(server.url)}"] += 1
            await anyio.sleep(0.5)

    async with anyio.create_task_group() as tasks:
        for number in range(len(BAD_CLIENTS)):
            tasks.start_soon(one, number)


async def _watch(server: HttpProcess, project: Path, is_over: Callable[[], bool], samples: list[Sample]) -> None:
    log = (project / DATABASE).with_name(f"{DATABASE.name}-wal")
    while not is_over():
        samples.append(_sample(server.process.pid, log))
        await anyio.sleep(max(0.25, SECONDS / 1_000))


def _sample(pid: int, log: Path) -> Sample:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kibibytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    descriptors = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return Sample(kibibytes / 1024, descriptors, log.stat().st_size if log.exists() else 0)


def _settled_and_last(samples: list[Sample]) -> tuple[list[Sample], list[Sample]]:
    settled = samples[round(len(samples) * SETTLED) :]
    part = max(1, len(settled) // 4)
    return settled[:part], settled[-part:]


def _assert_flat(samples: list[Sample]) -> None:
    settled, last = _settled_and_last(samples)
    assert median(one.memory for one in last) <= GROWTH * median(one.memory for one in settled)
    assert max(one.descriptors for one in last) <= max(one.descriptors for one in settled) + MORE_DESCRIPTORS
    assert max(one.log for one in samples) <= MOST_LOG


def _grown(samples: dict[int, list[Sample]]) -> str:
    return "; ".join(_grown_one(taken) for taken in samples.values())


def _grown_one(samples: list[Sample]) -> str:
    settled, last = _settled_and_last(samples)
    memory = " to ".join(f"{median(one.memory for one in part):.1f}" for part in (settled, last))
    descriptors = " to ".join(str(max(one.descriptors for one in part)) for part in (settled, last))
    log = max(one.log for one in samples) / 1024 / 1024
    return f"memory {memory} MiB, descriptors {descriptors}, log at most {log:.1f} MiB"
