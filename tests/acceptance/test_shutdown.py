"""A server that is told to go gives back its claims and is gone within a second, whoever holds on to it."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from anyio.abc import TaskStatus
from anyio.streams.buffered import BufferedByteReceiveStream

from copydesk.content.desk import Desk, open_desk
from copydesk.store import operations
from copydesk.store.states import JobState
from tests.acceptance.served import until_held
from tests.interaction.http_server import (
    SECONDS,
    HttpProcess,
    environment,
    http_process,
    initialize,
    message_of,
    modern,
    modern_headers,
    raw_request,
    web_client,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these ends are signals of POSIX")

ROOT = Path(__file__).resolve().parents[2]
HELD = 16
"""Claims of a server whose writer never comes to an end: its concurrency."""
SECONDS_TO_END = 1.0
MARGIN = 1.0
"""For a busy machine to notice it."""
TOKEN = "kingfisher-over-the-weir"  # noqa: S105


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(ROOT / "examples" / "rye-and-shine", folder, ignore=shutil.ignore_patterns(".copydesk"))
    return folder


async def seconds_to_end(server: HttpProcess) -> float:
    since = time.monotonic()
    with anyio.fail_after(SECONDS):
        assert await server.process.wait() == 0
    return time.monotonic() - since


async def follow(
    web: httpx2.AsyncClient,
    method: str,
    headers: dict[str, str],
    message: dict[str, object] | None,
    ended: list[int],
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """An open stream, up to its proper end: one that is cut raises."""
    async with web.stream(method, "/mcp", json=message, headers=headers) as stream:
        if method == "GET":
            task_status.started()
        async for _ in stream.aiter_lines():
            if method == "POST":
                task_status.started()
                task_status = anyio.TASK_STATUS_IGNORED
    ended.append(stream.status_code)


async def begin(web: httpx2.AsyncClient) -> dict[str, str]:
    answer = await web.post("/mcp", json=initialize("2025-11-25"))
    session = {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
    assert message_of(answer)["result"]
    await web.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=session)
    return session


def waiting_call(number: int) -> dict[str, object]:
    parameters = {
        "name": "check-generation-status",
        "arguments": {"waitSeconds": 45},
        "_meta": {"progressToken": f"token-{number}"},
    }
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": parameters}


NEVER_WRITES = """
import json
import sys
from pathlib import Path

import anyio

from copydesk.content.project import Project
from copydesk.content.writers.base import Estimate
from copydesk.server.app import create_server
from copydesk.server.http.process import Listen, serve_until_signal
from copydesk.server.serve import check_desk, working_desk
from copydesk.server.stdio import serve_stdio
from copydesk.tools.catalog import register

class Thinking:
    name = "thinking"
    is_draft = False

    async def write(self, brief, correction=None):
        await anyio.sleep_forever()

    def estimate(self, brief):
        return Estimate(seconds=1.0)

def open_desk():
    return working_desk(Project(Path(sys.argv[1])), {"writer": "thinking"}, writers={"thinking": Thinking()})

async def started(listening):
    print(json.dumps({"url": listening.url}, indent=2), flush=True)

server = create_server(open_desk, register)
if sys.argv[2] == "http":
    anyio.run(lambda: serve_until_signal(server, Listen("127.0.0.1", 0), started=started, check=check_desk))
else:
    anyio.run(serve_stdio, server)
"""


@asynccontextmanager
async def holding_on(server: HttpProcess) -> AsyncIterator[list[int]]:
    """Everything that could keep it: streams and waiting calls of both eras, and clients that never read or say."""
    ended: list[int] = []
    listen = modern("subscriptions/listen", notifications={"toolsListChanged": True})
    waits = modern(
        "tools/call",
        name="check-generation-status",
        arguments={"waitSeconds": 45},
        _meta={"progressToken": "mine"},
    )
    async with web_client(server.url) as web, anyio.create_task_group() as tasks:
        session = await begin(web)
        await tasks.start(follow, web, "POST", modern_headers(listen), listen, ended)
        await tasks.start(follow, web, "POST", modern_headers(waits), waits, ended)
        await tasks.start(follow, web, "GET", session, None, ended)
        await tasks.start(follow, web, "POST", session, waiting_call(3), ended)
        silent = await raw_request(server.url, waits, modern_headers(waits))
        mute = await anyio.connect_tcp("127.0.0.1", int(server.url.split(":")[2].removesuffix("/mcp")))
        await mute.send(b"POST /mcp HTTP/1.1\r\nhost: loc")
        async with silent, mute:
            yield ended


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_streams_and_waiting_calls_do_not_keep_the_server(project: Path, told: signal.Signals) -> None:
    command = [sys.executable, "-c", NEVER_WRITES, str(project), "http"]
    async with open_desk(project, worker=False) as desk, http_process(project, command=command) as server:
        operation = await generate_all(server)
        await until_held(desk, operation, HELD)
        async with holding_on(server) as ended:
            server.process.send_signal(told)
            assert await seconds_to_end(server) < SECONDS_TO_END + MARGIN
        assert ended == [200] * 4
        assert server.said() == ""
        await assert_given_back(desk, operation)


@pytest.mark.parametrize("told", [None, signal.SIGTERM, signal.SIGINT], ids=["EOF", "SIGTERM", "SIGINT"])
async def test_listening_and_waiting_over_standard_input_do_not_keep_the_server_either(
    project: Path, told: signal.Signals | None
) -> None:
    waits = modern("tools/call", name="generate-all", arguments={"waitSeconds": 45})
    listens = modern("subscriptions/listen", notifications={"toolsListChanged": True})
    command = [sys.executable, "-c", NEVER_WRITES, str(project), "stdio"]
    async with open_desk(project, worker=False) as desk, await anyio.open_process(command) as process:
        assert process.stdin is not None
        for number, message in enumerate((listens, waits)):
            await process.stdin.send(json.dumps({**message, "id": number}).encode() + b"\n")
        operation = await until_there_is_an_operation(desk)
        await until_held(desk, operation, HELD)
        since = time.monotonic()
        if told is None:
            await process.stdin.aclose()
        else:
            process.send_signal(told)
        with anyio.fail_after(SECONDS):
            assert await process.wait() == 0
        assert time.monotonic() - since < SECONDS_TO_END + MARGIN
        await assert_given_back(desk, operation)


async def until_there_is_an_operation(desk: Desk) -> str:
    with desk.store.signals.watch() as watch, anyio.fail_after(SECONDS):
        while (stored := await desk.store.read(operations.latest)) is None:
            await watch.wait(1)
    return stored.id


async def generate_all(server: HttpProcess) -> str:
    call = modern("tools/call", name="generate-all", arguments={})
    async with web_client(server.url) as web:
        answer = message_of(await web.post("/mcp", json=call, headers=modern_headers(call)))
    return str(answer["result"]["structuredContent"]["operationId"])


async def assert_given_back(desk: Desk, operation: str) -> None:
    stored = await desk.store.read(operations.by_id, operation)
    assert stored is not None
    jobs = await desk.store.read(operations.jobs_of, stored.seq, limit=-1)
    assert {job.state for job in jobs} <= {JobState.PENDING, JobState.COMPLETED}
    assert {(job.rescues, job.failures) for job in jobs} == {(0, 0)}


async def test_second_signal_does_no_harm_and_a_socket_that_is_free_again_can_be_listened_on(project: Path) -> None:
    async with http_process(project) as server:
        server.process.send_signal(signal.SIGINT)
        server.process.send_signal(signal.SIGINT)
        assert await seconds_to_end(server) < SECONDS_TO_END + MARGIN
        port = server.url.split(":")[2].removesuffix("/mcp")
    async with http_process(project, "--port", port) as again:
        assert again.url == server.url


NEVER_RELEASES = """
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from copydesk.server.app import create_server
from copydesk.server.http.process import Listen, serve_until_signal

@asynccontextmanager
async def open_desk():
    try:
        yield "desk"
    finally:
        print("releasing", flush=True)
        with anyio.CancelScope(shield=True):
            await anyio.sleep_forever()

async def started(listening):
    print(listening.url, flush=True)

server = create_server(open_desk, lambda server: None)
anyio.run(lambda: serve_until_signal(server, Listen("127.0.0.1", 0), started=started))
"""


@pytest.mark.parametrize("signals", [1, 2])
async def test_desk_that_cannot_be_released_delays_the_end_only_so_long(signals: int) -> None:
    async with await anyio.open_process([sys.executable, "-c", NEVER_RELEASES]) as process:
        assert process.stdout is not None
        with anyio.fail_after(SECONDS):
            heard = BufferedByteReceiveStream(process.stdout)
            assert (await heard.receive_until(b"\n", 100)).startswith(b"http://127.0.0.1:")
            process.send_signal(signal.SIGTERM)
            assert await heard.receive_until(b"\n", 100) == b"releasing"
            since = time.monotonic()
            if signals == 2:
                process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        assert time.monotonic() - since < (SECONDS_TO_END if signals == 1 else SECONDS_TO_END / 2) + MARGIN


async def refused(project: Path, *arguments: str, **settings: object) -> str:
    """The one line of a server that does not start, which leaves with 2."""
    command = [sys.executable, "-m", "copydesk", "serve", "--project", str(project), *arguments]
    with anyio.fail_after(SECONDS):
        done = await anyio.run_process(command, env=environment(settings), check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.decode().splitlines()
    return line


async def test_server_that_may_not_listen_says_why_in_one_sentence(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = await refused(project, "--http", "--port", port)
    assert line.startswith(f"copydesk: [port-unavailable] The server cannot listen on 127.0.0.1 port {port}: ")
    assert "COPYDESK_HTTP_TOKEN" in await refused(project, "--http", "--host", "0.0.0.0")  # noqa: S104
    assert "[weak-token]" in await refused(project, "--http", http_token="tiny")  # noqa: S106
    assert "[invalid-origin]" in await refused(project, "--http", "--allow-origin", "null")
    assert "--port is for --http" in await refused(project, "--port", "8765")
    assert "[no-project]" in await refused(project / "nowhere", "--http")


async def test_token_is_named_to_the_client_and_never_said(project: Path) -> None:
    async with http_process(project, "--host", "0.0.0.0", http_token=TOKEN) as server, web_client(server.url) as web:  # noqa: S104
        for bearer in (TOKEN, TOKEN[:-1]):
            await web.post("/mcp", json=initialize("2025-11-25"), headers={"authorization": f"Bearer {bearer}"})
        server.process.send_signal(signal.SIGTERM)
        await seconds_to_end(server)
        said = server.said()
    assert '"Bearer ${COPYDESK_HTTP_TOKEN}"' in said
    assert "not encrypted" in said
    assert TOKEN[:-1] not in said
