"""A writer over HTTP against a real server with a real model: the one inside xllamacpp, with the bundled model."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
import yaml

from copydesk.content.desk import open_desk
from copydesk.store.models import Job
from copydesk.store.states import JobState
from tests.workshop import AT_ONCE, ScriptedWriter, Workshop, obey

SERVER = Path(__file__).with_name("llama_server.py")
KEY = "llama-key-5b1e77"
MINUTES = 2

pytestmark = pytest.mark.timeout(60 * MINUTES)

CARD = {
    "description": "A card with a title and a sentence.",
    "prompt": "Write a title and a sentence about the bakery.",
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["title", "text", "tone"],
        "properties": {
            "title": {"type": "string", "minLength": 3, "maxLength": 40},
            "text": {"type": "string", "minLength": 10, "maxLength": 120},
            "tone": {"enum": ["plain", "festive"]},
        },
    },
}


def write_bakery(folder: Path) -> None:
    site = {"id": "bakery", "title": "The Bakery", "description": "A bakery in a small town"}
    sections = [{"id": name, "template": "card"} for name in ("bread", "cake")]
    home = {"id": "home", "path": "/", "title": "Home", "description": "What we bake", "sections": sections}
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({"site": site, "templates": {"card": CARD}, "routes": [home]}, sort_keys=False)
    (folder / "site.yaml").write_text(text, encoding="utf-8")


@asynccontextmanager
async def llama(model: Path) -> AsyncIterator[str]:
    """The server's URL, for as long as the block lasts."""
    command = [sys.executable, str(SERVER), str(model), KEY]
    async with await anyio.open_process(command, stderr=None) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        with anyio.fail_after(60):
            url = (await process.stdout.receive()).decode().strip()
        yield url
        await process.stdin.aclose()


@asynccontextmanager
async def working_on(folder: Path, url: str) -> AsyncIterator[Workshop]:
    write_bakery(folder)
    writers = {"llama": {"api": "openai", "base_url": f"{url}/v1", "key": "COPYDESK_KEY_LLAMA"}}
    with anyio.fail_after(60 * MINUTES):
        async with open_desk(folder, settings={"writer": "llama:smol", "writers": writers}, worker=False) as desk:
            yield Workshop(desk, ScriptedWriter(obey), AT_ONCE)


async def test_a_real_model_behind_a_real_server_writes_copy_that_fits(
    tmp_path: Path, local_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYDESK_KEY_LLAMA", KEY)
    async with llama(local_model) as url, working_on(tmp_path, url) as workshop:
        async with workshop.working():
            receipt = await workshop.generate()
            assert receipt.operation_id is not None
            ended = await workshop.desk.wait(receipt.operation_id, seconds=60 * MINUTES)
        assert ended.counts.completed == 2
        copy = await workshop.copy("home", "bread")
        assert copy is not None
        assert set(copy.fields) == {"title", "text", "tone"}
        assert copy.input_tokens is not None
        assert copy.output_tokens is not None
        assert copy.cost is None


async def test_a_real_server_refuses_a_wrong_key(
    tmp_path: Path, local_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYDESK_KEY_LLAMA", "something-else-42")
    async with llama(local_model) as url, working_on(tmp_path, url) as workshop:
        jobs: list[Job] = await workshop.jobs(await workshop.run())
        assert {(job.state, job.error_code, job.stopped) for job in jobs} == {(JobState.FAILED, "wrong-key", "key")}
