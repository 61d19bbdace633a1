"""The real server of a project, over standard input and output, with a real client, and in our hands as a process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream
from mcp import Client, MCPError
from mcp.client.client import ConnectMode
from mcp.shared.message import SessionMessage
from mcp_types import CallToolResult, TextContent, jsonrpc_message_adapter

from copydesk.content.desk import Desk
from copydesk.content.reports.receipts import Counts
from copydesk.store import operations
from copydesk.store.database import Database
from copydesk.store.states import JobState

HANGING = Path(__file__).with_name("hanging_server.py")
SECONDS = 60.0
"""No step of a test takes longer, however busy the machine is."""
SECONDS_TO_END = 5.0
"""What a client grants a server that it has told to go; giving back takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server and its client."""

    client: Client
    process: Process
    complaints: Path
    """Where its standard error goes."""

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a call that succeeds."""
        result = await self._result(tool, arguments)
        assert not result.is_error, result.content
        answer: dict[str, Any] = result.structured_content or {}
        return answer

    async def error(self, tool: str, **arguments: Any) -> str:
        """The sentence of a call that fails."""
        result = await self._result(tool, arguments)
        (content,) = result.content
        assert isinstance(content, TextContent)
        assert result.is_error, content.text
        return content.text

    async def _result(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        try:
            with anyio.fail_after(SECONDS):
                return await self.client.call_tool(tool, arguments)
        except MCPError as error:
            error.add_note(self.complaints.read_text(encoding="utf-8"))
            raise

    async def finish(self, operation: str) -> dict[str, Any]:
        """The status of an operation once it is finished."""
        status = await self.call("check-generation-status", operationId=operation, waitSeconds=45)
        assert status["waitEnded"] == "finished", status
        return status

    async def close_input(self) -> None:
        """Go, as a client goes that is closed."""
        assert self.process.stdin is not None
        await self.process.stdin.aclose()

    async def end(self) -> int:
        """The exit code of a server that was told to go."""
        with anyio.fail_after(SECONDS_TO_END):
            return await self.process.wait()

    async def kill(self) -> None:
        """SIGKILL: no `finally` runs. Returns once it is gone."""
        self.process.kill()
        with anyio.fail_after(SECONDS):
            await self.process.wait()


@asynccontextmanager
async def started(
    project: Path, *, hangs_after: int | None = None, **settings: object
) -> AsyncIterator[tuple[Process, Path]]:
    """`copydesk serve` with these settings and nobody to talk to it yet, and the file of its standard error.

    One that `hangs_after` so many sections holds what it has claimed then, and finishes none of it.
    """
    complaints = Path(mkdtemp(dir=project.parent)) / "complaints.txt"
    command = [sys.executable, "-m", "copydesk", "serve", "--project", str(project)]
    if hangs_after is not None:
        command = [sys.executable, str(HANGING), str(project), str(hangs_after)]
    with complaints.open("wb") as stderr:
        process = await anyio.open_process(command, env=environment(settings), stderr=stderr)
    async with process:
        try:
            yield process, complaints
        finally:
            if process.returncode is None:
                process.kill()


@asynccontextmanager
async def served(
    project: Path, era: ConnectMode = "legacy", *, hangs_after: int | None = None, **settings: object
) -> AsyncIterator[Served]:
    """`copydesk serve` with these settings, and a client that has shaken hands with it. Killed at the end."""
    async with (
        started(project, hangs_after=hangs_after, **settings) as (process, complaints),
        Client(_transport(process), mode=era) as client,
    ):
        yield Served(client, process, complaints)
        if process.returncode is None:
            process.kill()


@asynccontextmanager
async def _transport(process: Process) -> AsyncIterator[Any]:
    """The SDK's own starts the process itself and keeps it for itself; otherwise it does the same."""
    heard, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, said = anyio.create_memory_object_stream[SessionMessage](0)

    async def hear() -> None:
        assert process.stdout is not None
        rest = ""
        with suppress(anyio.BrokenResourceError):  # the client is closed
            async with heard:
                async for text in TextReceiveStream(process.stdout):
                    *lines, rest = (rest + text).split("\n")
                    for line in lines:
                        await heard.send(SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False)))

    async def say() -> None:
        assert process.stdin is not None
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # the server is gone
            async with said:
                async for message in said:
                    line = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                    await process.stdin.send(f"{line}\n".encode())

    async with anyio.create_task_group() as tasks, incoming, outgoing:
        tasks.start_soon(hear)
        tasks.start_soon(say)
        yield incoming, outgoing
        tasks.cancel_scope.cancel()


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Ours, with these settings of copydesk's and no others. The writer is `outline` unless they say another."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "CLAUDE_"))}
    chosen = {"writer": "outline", **settings}
    return mine | {f"COPYDESK_{name.upper()}": str(value) for name, value in chosen.items()}


async def command_line(project: Path, *arguments: str) -> str:
    """What another `copydesk` command on the project prints."""
    command = [sys.executable, "-m", "copydesk", *arguments, "--project", str(project)]
    with anyio.fail_after(SECONDS):
        done = await anyio.run_process(command, env=environment({}), check=False)
    assert done.returncode in (0, 1), done.stderr.decode()  # 1: something failed or was cancelled
    return done.stdout.decode()


async def until_completed(desk: Desk, operation: str, least: int) -> None:
    """Return as soon as that many jobs of the operation are completed."""
    await _until(desk, operation, lambda counts: counts.completed >= least)


async def until_held(desk: Desk, operation: str, jobs: int) -> None:
    """Return as soon as that many jobs of the operation are claimed."""
    await _until(desk, operation, lambda counts: counts.processing == jobs)


async def _until(desk: Desk, operation: str, holds: Callable[[Counts], bool]) -> None:
    with desk.store.signals.watch() as watch, anyio.fail_after(SECONDS):
        while not holds((await desk.receipt(operation)).counts):
            await watch.wait(1)


async def assert_status_agrees(project: Path, desk: Desk, operation: str) -> None:
    """Another process sees what the store holds, also in the middle of it."""
    before = await desk.store.read(_rows_by_state, operation)
    status = json.loads(await command_line(project, "status", operation, "--json"))
    after = await desk.store.read(_rows_by_state, operation)
    assert status["total"] == sum(status[state] for state in JobState) == sum(after.values())
    for state in (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED):
        assert before.get(state, 0) <= status[state] <= after.get(state, 0)
    if before == after:
        assert {state: status[state] for state in JobState if status[state]} == after


async def assert_each_section_was_written_once(desk: Desk, operation: str, sections: int) -> None:
    """One revision and one change for each section, all of them shown; and the counters say what the rows say."""
    ledger = await desk.store.read(_ledger, operation)
    counters = (await desk.receipt(operation)).counts.model_dump()
    assert await desk.store.read(_rows_by_state, operation) == {JobState.COMPLETED: sections}
    assert counters == {state.value: 0 for state in JobState} | {JobState.COMPLETED: sections}
    assert ledger == dict.fromkeys(ledger, sections)


def _rows_by_state(db: Database, operation: str) -> dict[str, int]:
    sql = "SELECT j.state, count(*) FROM jobs AS j JOIN operations AS o ON o.seq = j.operation WHERE o.id = :id"
    return {row[0]: row[1] for row in db.rows(f"{sql} GROUP BY j.state", {"id": operation})}


def _ledger(db: Database, operation: str) -> dict[str, int]:
    stored = operations.by_id(db, operation)
    assert stored is not None
    shown = "SELECT count(*) FROM entities AS e JOIN jobs AS j USING (page, section, environment, revision)"
    counted = {
        "revisions": "SELECT count(*) FROM revisions WHERE operation = :seq",
        "sections with a revision": "SELECT count(DISTINCT page || '/' || section) FROM revisions",
        "changes": "SELECT count(*) FROM changes WHERE operation = :seq",
        "sections with a change": "SELECT count(DISTINCT page || '/' || section) FROM changes",
        "changes counted": "SELECT changed FROM operations WHERE seq = :seq",
        "shown": f"{shown} WHERE j.operation = :seq",
    }
    return {name: int(db.value(sql, {"seq": stored.seq} if ":seq" in sql else {})) for name, sql in counted.items()}
