"""Disks that fill up, fail, lose power or cannot be written: nothing that was answered is lost, nothing is damaged.

Foreign, newer, damaged and truncated files: `tests/acceptance/test_bad_database.py`, `tests/store/test_migrate.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Final

import anyio
import pytest
from anyio.abc import Process

from copydesk.content.desk import Desk, open_desk
from copydesk.store.errors import StoreFull
from copydesk.store.restore import restore
from tests.acceptance.served import SECONDS, command_line, environment, served, started
from tests.torture.storage_checks import DATABASE, IS_LONG, acknowledged, edits_of, figures
from tests.torture.storage_images import cut_power, read_trace
from tests.torture.storage_process import edit
from tests.workshop import numbered, write_site

pytestmark = pytest.mark.timeout(3_600 if IS_LONG else 180)

PROCESS: Final = Path(__file__).with_name("storage_process.py")
SHIM: Final = Path(__file__).with_name("storage_shim.c")
SEED: Final = int(os.environ.get("COPYDESK_TORTURE_SEED", "6"))
RUNS: Final = int(os.environ.get("COPYDESK_TORTURE_RUNS", "25" if IS_LONG else "1"))
IMAGES: Final = 400 if IS_LONG else 60
EDITS: Final = 400 if IS_LONG else 150
FAULTS: Final = 2_000 if IS_LONG else 100
WRITERS: Final = 8
BACKUPS: Final = 20 if IS_LONG else 2
DISK: Final = "3m"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    write_site(folder, numbered(4))
    return folder


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> str:
    compiler = shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("failing disks and power cuts are injected by a library that gcc makes, on Linux")
    library = tmp_path_factory.mktemp("shim") / "storage_shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SHIM, "-ldl", "-lpthread"], check=True)
    return str(library)


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """A mount at this folder or file, or a visible skip."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("a disk of its own can be mounted by root only")
    done = subprocess.run([mount, *options, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Nobody can write to this file, or to anything in this folder, not even root."""
    with mounted(path, "--bind", str(path)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(path)], check=True)  # noqa: S607
        yield


@asynccontextmanager
async def running(*arguments: object, **variables: str) -> AsyncIterator[Process]:
    words = [sys.executable, str(PROCESS), *map(str, arguments)]
    complaints = Path(str(arguments[1])).with_suffix(".complaints")
    with complaints.open("ab") as stderr:
        process = await anyio.open_process(words, env=environment({}) | variables, stderr=stderr)
    async with process:
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()


async def finished(*arguments: object, **variables: str) -> str:
    """What the process said, which ended well."""
    async with running(*arguments, **variables) as process:
        assert process.stdout is not None
        with anyio.fail_after(3_600 if IS_LONG else SECONDS):
            said = b"".join([chunk async for chunk in process.stdout])
            assert await process.wait() == 0, Path(str(arguments[1])).with_suffix(".complaints").read_text()
    return said.decode()


@asynccontextmanager
async def editing(project: Path, name: str) -> AsyncIterator[None]:
    """A process edits meanwhile, and then ends well."""
    async with running("edit", project, name, 0) as process:
        yield
        assert process.stdin is not None
        await process.stdin.aclose()
        with anyio.fail_after(SECONDS):
            assert await process.wait() == 0


async def until_acknowledged(project: Path, least: int) -> None:
    """Return as soon as so many edits have been answered."""
    async with open_desk(project, worker=False) as desk:
        with desk.store.signals.watch() as watch, anyio.fail_after(SECONDS):
            while len(acknowledged(project)) < least:
                await watch.wait(1)


async def test_after_a_power_cut_every_acknowledged_edit_is_there_and_the_file_is_sound(
    project: Path, tmp_path: Path, shim: str
) -> None:
    await finished("edit", project, "before", 1)
    chance, told = Random(SEED), Counter[str]()  # noqa: S311
    for run in range(RUNS):
        began, answered = (project / DATABASE).read_bytes(), acknowledged(project)
        trace = tmp_path / f"trace-{run}"
        await finished("edit", project, f"run-{run}", EDITS, LD_PRELOAD=shim, SHIM_TRACE=str(trace))
        records = read_trace(trace)
        told["edits"] += len(acknowledged(project) - answered)
        told["checkpoints"] += sum(record.kind == "S" and record.file == "d" for record in records)
        for number, image in enumerate(cut_power(began, records, IMAGES, chance)):
            path = tmp_path / f"image-{run}-{number}" / "copydesk.db"
            image.put(path)
            lost = (image.acknowledged | answered) - await edits_of(path)
            assert not lost, f"{len(lost)} lost in {path} (seed {SEED}; of the unsynced, {image.loss} was lost)"
            told["images"] += 1
            shutil.rmtree(path.parent)
        trace.unlink()
    assert told["edits"] == RUNS * EDITS
    assert told["checkpoints"] >= RUNS, "the log was to be copied into the database meanwhile"
    figures("power cuts", f"{told['images']:,} images of {told['edits']:,} edits, {told['checkpoints']} checkpoints")


async def test_edits_fail_whole_and_the_next_one_works_when_calls_below_sqlite_fail(project: Path, shim: str) -> None:
    said = await finished("suffer", project, SEED, FAULTS, LD_PRELOAD=shim)
    told: dict[str, dict[str, int]] = json.loads(said)
    # A checkpoint that fails is done again later: nobody needs to hear of it.
    outcomes = {fault: set(counted) - {"not reached", "unnoticed"} for fault, counted in told.items()}
    assert outcomes["write: EIO"] == outcomes["sync: EIO"] == {"disk-failure"}
    assert outcomes["write: ENOSPC"] == outcomes["half a write: ENOSPC"] == {"store-full"}
    # SQLite's own words for a disk that does not give back. An edit that is stored may be unreadable for its answer.
    assert "corrupt-store" in outcomes["read: EIO"] <= {"corrupt-store", "corrupt-store, yet stored"}
    unreadable = told["read: EIO"].get("corrupt-store, yet stored", 0)
    held, answered = await edits_of(project / DATABASE), acknowledged(project)
    assert answered <= held
    assert len(held - answered) == unreadable
    hit = sum(count for counted in told.values() for outcome, count in counted.items() if outcome != "not reached")
    figures("failing calls below SQLite", f"{hit:,} faults; {json.dumps(told)}")


async def test_full_disk_is_said_and_work_goes_on_once_there_is_room(tmp_path: Path) -> None:
    project = tmp_path / "disk"
    project.mkdir()
    with mounted(project, "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs"):
        write_site(project, numbered(4))
        answered = set[str]()
        async with open_desk(project, worker=False) as desk:
            answered.add(await edit(desk, 0, "first"))
            ballast = project / "ballast"
            _fill(ballast)
            with pytest.raises(StoreFull):
                await _edit_on(desk, answered)
            assert (await desk.store.read(lambda db: db.value("SELECT count(*) FROM operations"))) == len(answered)
            with pytest.raises(StoreFull):
                await desk.store.backup(project / "copy.db")
        assert not list(project.glob("*copy.db*"))
        said = await command_line(project, "status")
        assert "Traceback" not in said
        ballast.unlink()
        async with open_desk(project, worker=False) as desk:
            answered.add(await edit(desk, 2, "room again"))
        assert await edits_of(project / DATABASE) == answered
        figures("full disk", f"{len(answered)} edits acknowledged and held, the next refused as store-full")


async def _edit_on(desk: Desk, answered: set[str]) -> None:
    for number in range(1_000):
        answered.add(await edit(desk, 1, f"nearly full {number}"))


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4_096))


async def test_database_in_a_folder_that_cannot_be_written_is_refused_with_a_sentence(project: Path) -> None:
    await finished("edit", project, "before", 5)
    database = project / DATABASE
    before = database.read_bytes()
    with read_only(project):
        async with started(project) as (process, complaints):
            with anyio.fail_after(SECONDS):
                assert await process.wait() == 1
            said = complaints.read_text(encoding="utf-8")
    assert said.startswith("copydesk: The ")
    assert len(said.splitlines()) == 1, said
    assert database.read_bytes() == before
    assert await edits_of(database) == acknowledged(project)


async def test_database_file_that_cannot_be_written_is_read_and_writes_are_refused_with_a_sentence(
    project: Path,
) -> None:
    await finished("edit", project, "before", 5)
    database = project / DATABASE
    before = database.read_bytes()
    with read_only(database):
        async with served(project) as server:
            assert (await server.call("read-content", page="home"))["sections"]
            error = await server.error("edit-content", page="home", section="section-0000", fields={"text": "No."})
            await server.close_input()
            assert await server.end() == 0, server.complaints.read_text(encoding="utf-8")
    assert error.startswith("[not-writable] ")
    assert database.read_bytes() == before
    assert await edits_of(database) == acknowledged(project)


async def test_lost_log_costs_what_only_it_held_and_nothing_else(project: Path, tmp_path: Path) -> None:
    await finished("edit", project, "before", 5)
    without_log = tmp_path / "without" / "copydesk.db"
    without_log.parent.mkdir()
    async with open_desk(project, worker=False) as desk:
        for number in range(10):
            await edit(desk, number % 4, f"only in the log {number}")
        assert desk.store.wal_size()
        # Not by this process, whose locks would go with the file that it closes.
        await anyio.run_process(["cp", str(project / DATABASE), str(without_log)])
    assert await edits_of(without_log) == acknowledged(project)
    async with open_desk(project, settings={"database": str(without_log)}, worker=False) as desk:
        await edit(desk, 0, "after")
    assert len(await edits_of(without_log)) == 6


async def test_eight_writer_processes_at_once_lose_nothing_and_meet_no_error(project: Path) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(WRITERS):
            tasks.start_soon(finished, "edit", project, f"writer-{number}", EDITS // 3)
    answered = acknowledged(project)
    assert len(answered) == WRITERS * (EDITS // 3)
    assert await edits_of(project / DATABASE) == answered
    figures("eight writer processes", f"{len(answered):,} edits, all held, no error")


async def test_backup_under_load_restores_what_was_acknowledged_before_it(project: Path, tmp_path: Path) -> None:
    backups = list[tuple[Path, set[str]]]()
    async with editing(project, "one"), editing(project, "other"):
        await until_acknowledged(project, 10)
        for number in range(BACKUPS):
            before, target = acknowledged(project), tmp_path / f"backup-{number}.db"
            await command_line(project, "backup", str(target))
            backups.append((target, before))
    answered = acknowledged(project)
    assert await edits_of(project / DATABASE) == answered
    for target, before in backups:
        restored = tmp_path / f"restored-{target.stem}" / "copydesk.db"
        await restore(target, restored)
        held = await edits_of(restored)
        assert before <= held <= answered
        await restore(target, project / DATABASE)
        assert await edits_of(project / DATABASE) == held
    figures("backups under load", f"{len(backups)} backups during {len(answered):,} edits by two processes")
