"""The process that holds the model: it stops when told, leaves when idle, and outlives nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from copydesk.content.writers.local.model_process import ModelFailed, ModelProcess, ModelSettings

SECONDS = 40


def request(least: int = 4, most: int = 12) -> dict[str, Any]:
    shape = {
        "type": "object",
        "properties": {"text": {"type": "string", "pattern": f"^[A-Z][a-z ]{{{least},{most}}}$"}},
        "required": ["text"],
    }
    return {
        "messages": [{"role": "user", "content": "Say something about bread."}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "fields", "schema": shape}},
        "max_tokens": 1500,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


ENDLESS = request(1_800, 1_900)


@asynccontextmanager
async def opened(model: Path, **settings: Any) -> AsyncIterator[ModelProcess]:
    process = ModelProcess(ModelSettings(model, context=2048, longest=1500, **settings))
    try:
        with anyio.fail_after(SECONDS):
            yield process
    finally:
        await process.aclose()


async def test_requests_at_once_share_one_model_and_wait_for_their_turn(local_model: Path) -> None:
    pids: set[int | None] = set()

    async def ask(process: ModelProcess) -> None:
        answer = await process.complete(request())
        assert answer.finish == "stop"
        assert answer.text.endswith("}")
        assert answer.input_tokens is not None
        assert answer.output_tokens is not None
        assert answer.input_tokens > 10
        assert answer.output_tokens > 3
        pids.add(process.pid)

    async with opened(local_model) as process, anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(ask, process)
    assert len(pids) == 1


async def cancelled_midway(process: ModelProcess) -> None:
    """A request that would take long, called off once the model has it."""
    await process.complete(request())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(process.complete, ENDLESS)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()


async def test_cancelled_request_stops_the_model_and_the_next_gets_its_own_answer(local_model: Path) -> None:
    async with opened(local_model, patience=30.0) as process:
        await cancelled_midway(process)
        pid = process.pid
        assert pid is not None
        assert len((await process.complete(request())).text) < 60
        assert process.pid == pid


async def test_model_that_does_not_stop_in_time_is_ended_and_loaded_again(local_model: Path) -> None:
    async with opened(local_model, patience=0.0) as process:
        await cancelled_midway(process)
        assert process.pid is None
        assert len((await process.complete(request())).text) < 60


async def test_idle_model_leaves_the_memory_and_comes_back_when_asked(local_model: Path) -> None:
    async with opened(local_model, idle=0.1) as process:
        await process.complete(request())
        await process.wait_ended()
        assert process.pid is None
        assert (await process.complete(request())).finish == "stop"


async def test_killed_model_is_reported_and_loaded_again(local_model: Path) -> None:
    async with opened(local_model) as process:
        await process.complete(request())

        async def kill() -> None:
            await anyio.wait_all_tasks_blocked()
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(kill)
            with pytest.raises(ModelFailed, match="signal 9") as failure:
                await process.complete(ENDLESS)
        assert failure.value.kind == "crash"
        assert (await process.complete(request())).finish == "stop"


async def test_closing_ends_the_process_while_it_writes(local_model: Path) -> None:
    async with opened(local_model) as process:
        await process.complete(request())
        pid = process.pid
        assert pid is not None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(process.complete, ENDLESS)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
            await process.aclose()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_prompt_longer_than_the_context_is_refused_by_name(local_model: Path) -> None:
    body = request() | {"messages": [{"role": "user", "content": "flour " * 3_000}]}
    async with opened(local_model) as process:
        with pytest.raises(ModelFailed, match="exceeds the available context") as failure:
            await process.complete(body)
    assert failure.value.kind == "exceed_context_size_error"


PARENT = """\
import json, sys
from pathlib import Path
import anyio
from copydesk.content.writers.local.model_process import ModelProcess, ModelSettings

async def main():
    process = ModelProcess(ModelSettings(Path(sys.argv[1]), context=2048, longest=1500))
    await process.complete(json.loads(sys.argv[2]))
    print(process.pid, flush=True)
    await process.complete(json.loads(sys.argv[3]))

anyio.run(main)
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="watching another process's end needs Linux")
async def test_model_does_not_outlive_a_killed_parent(local_model: Path) -> None:
    command = (sys.executable, "-c", PARENT, str(local_model), json.dumps(request()), json.dumps(ENDLESS))
    with anyio.fail_after(SECONDS):
        async with await anyio.open_process(command, stderr=subprocess.DEVNULL) as parent:
            assert parent.stdout is not None
            child = os.pidfd_open(int(await parent.stdout.receive()))
            try:
                parent.kill()
                await anyio.wait_readable(child)
            finally:
                os.close(child)
