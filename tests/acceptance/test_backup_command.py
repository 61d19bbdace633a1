"""`copydesk backup` while a worker works, and `copydesk restore` once it has ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import Process

from copydesk.content.desk import Desk, open_desk
from copydesk.content.operations.values import WHOLE_SITE, Generate
from copydesk.content.project import Project
from copydesk.store import entities
from copydesk.store.database import Topic
from copydesk.store.states import Environment

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "rye-and-shine"
SECTIONS = 39
SECONDS = 60
HELD = 2
SLOWLY = f"rate = 60\nconcurrency = {HELD}\n"
"""A section a second: the worker is in the middle of it whenever the backup comes."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".copydesk"))
    (folder / "copydesk.toml").write_text(SLOWLY, encoding="utf-8")
    return folder


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "CLAUDE_"))}


async def command(project: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and answer of a command."""
    words = [sys.executable, "-m", "copydesk", *arguments, "--json"]
    done = await anyio.run_process(words, cwd=project, env=environment(), check=False)
    answer: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, answer


@asynccontextmanager
async def worker(project: Path) -> AsyncIterator[Process]:
    words = [sys.executable, "-m", "copydesk", "worker"]
    async with await anyio.open_process(words, cwd=project, env=environment()) as process:
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()


async def written(desk: Desk) -> int:
    return (await desk.store.read(entities.counts))[Environment.PREVIEW]


async def until_written(desk: Desk, sections: int) -> None:
    with desk.store.signals.watch(Topic.PROGRESS) as watch:
        while await written(desk) < sections:
            await watch.wait(1)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to end a worker with")
async def test_backup_of_a_working_desk_is_restored_and_the_work_goes_on_from_there(project: Path) -> None:
    with anyio.fail_after(SECONDS):
        async with open_desk(project, worker=False) as desk:
            await desk.submit(Generate(scope=WHOLE_SITE))
            async with worker(project) as process:
                await until_written(desk, 1)
                code, made = await command(project, "backup", "now.db")
                assert code == 0, made
                in_backup = await written(desk)
                code, refused = await command(project, "restore", "now.db")
                assert code == 1
                assert refused["error"]["code"] == "store-in-use"
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0
        code, restored = await command(project, "restore", "now.db")
        assert code == 0, restored
        assert await is_database(restored["kept"])
        async with open_desk(Project(project), settings={"rate": 100_000, "concurrency": 16}, worker=True) as desk:
            assert 1 <= await written(desk) <= in_backup
            # What the worker held when the backup was taken is rescued when its lease has run out.
            await until_written(desk, SECTIONS - HELD)
            assert (await desk.status()).failed == 0


async def is_database(path: str) -> bool:
    return (await anyio.Path(path).read_bytes()).startswith(b"SQLite format 3\0")


async def test_backup_into_a_folder_gets_a_name_and_a_missing_database_is_told(project: Path) -> None:
    code, refused = await command(project, "backup", ".")
    assert (code, refused["error"]["code"]) == (2, "no-database")
    async with open_desk(project, worker=False):
        pass
    code, made = await command(project, "backup", f"../{project.name}")
    assert code == 0
    assert Path(made["backup"]).parent == await anyio.Path(project).resolve()
    code, refused = await command(project, "backup", made["backup"])
    assert (code, refused["error"]["code"]) == (1, "backup-exists")
