"""`copydesk preview` as files and as a server, in real processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import httpx2
import pytest

from copydesk.content.desk import open_desk
from copydesk.content.operations.values import WHOLE_SITE, Generate
from tests.workshop import SECONDS, write_site

COMMAND = [sys.executable, "-m", "copydesk", "preview"]


@pytest.fixture
async def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    write_site(folder, {"home": ["hero"], "pricing": ["plans"]})
    async with open_desk(folder, worker=False) as desk:
        await desk.perform(Generate(scope=WHOLE_SITE))
    return folder


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "--project", str(site), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


async def test_preview_is_written_as_files_that_need_nothing_else(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "preview"
    done = run(site, "--to", str(target), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"folder": str(target), "index": str(target / "index.html"), "pages": 2}
    assert names(target) == {"index.html", "page-home.html", "page-pricing.html", ".copydesk-preview.json"}
    assert names(target.parent) == {"preview"}
    assert "<script" not in (target / "page-home.html").read_text(encoding="utf-8")


async def test_writing_again_replaces_the_older_preview_as_a_whole(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "preview"
    run(site, "--to", str(target))
    before = (target / "index.html").read_bytes()
    run(site, "--to", str(target))
    assert (target / "index.html").read_bytes() == before
    write_site(site, {"home": ["hero"]})
    assert run(site, "--to", str(target)).returncode == 0
    assert names(target) == {"index.html", "page-home.html", ".copydesk-preview.json"}
    assert names(tmp_path) == {"site", "preview"}


@pytest.mark.parametrize("is_a_preview", [True, False])
async def test_folder_with_files_of_somebody_else_is_left_alone(site: Path, tmp_path: Path, is_a_preview: bool) -> None:
    target = tmp_path / "preview"
    target.mkdir()
    if is_a_preview:
        run(site, "--to", str(target))
    (target / "thesis.txt").write_text("ten years of work", encoding="utf-8")
    before = names(target)
    done = run(site, "--to", str(target))
    assert done.returncode == 2
    assert "[foreign-folder]" in done.stderr
    assert "thesis.txt" in done.stderr
    assert names(target) == before
    assert (target / "thesis.txt").read_text(encoding="utf-8") == "ten years of work"


async def test_list_of_files_cannot_claim_folders_or_files_elsewhere(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "preview"
    (target / "photos").mkdir(parents=True)
    (target / ".copydesk-preview.json").write_text('{"files": ["photos", "../site/site.yaml"]}', encoding="utf-8")
    assert run(site, "--to", str(target)).returncode == 2
    assert (target / "photos").is_dir()


async def test_project_itself_is_no_place_for_a_preview(site: Path) -> None:
    done = run(site, "--to", str(site))
    assert done.returncode == 2
    assert (site / "site.yaml").is_file()


async def test_port_and_files_do_not_go_together(site: Path, tmp_path: Path) -> None:
    done = run(site, "--to", str(tmp_path / "preview"), "--port", "8000")
    assert done.returncode == 2
    assert "[wrong-usage]" in done.stderr
    assert not (tmp_path / "preview").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could answer")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_server_says_where_it_is_and_ends_at_a_signal_with_streams_open(site: Path, sent: signal.Signals) -> None:
    command = [*COMMAND, "--project", str(site), "--json"]
    with anyio.fail_after(SECONDS):
        async with await anyio.open_process(command) as process, httpx2.AsyncClient() as client:
            assert process.stdout is not None
            told = bytearray()
            while not told.endswith(b"}\n"):
                told += await process.stdout.receive()
            url = json.loads(told)["url"]
            assert "Small" in (await client.get(url)).text
            async with client.stream("GET", url + "events") as answer:
                await anext(answer.aiter_lines())
                process.send_signal(sent)
                assert await process.wait() == 0
