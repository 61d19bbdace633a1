"""A client without a library: requests of the modern protocol as single lines of JSON, over standard streams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from tests.acceptance.served import SECONDS, started

VERSION = "2026-07-28"
TASKS = "io.modelcontextprotocol/tasks"
_META = "io.modelcontextprotocol"


@dataclass(slots=True)
class RawLines:
    """A server in our hands, and all that it has said."""

    process: Process
    complaints: Path
    """Where its standard error goes."""
    capabilities: dict[str, Any]
    heard: list[dict[str, Any]] = field(default_factory=list)
    _news: anyio.Event = field(default_factory=anyio.Event)
    _number: int = 0

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer: result or error."""
        number = await self.send(method, **params)
        return await self.until(lambda message: message.get("id") == number)

    async def send(self, method: str, **params: Any) -> int:
        """The number of the request, whose answer may take its time."""
        self._number += 1
        meta = {f"{_META}/protocolVersion": VERSION, f"{_META}/clientCapabilities": self.capabilities}
        request = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": {**params, "_meta": meta}}
        assert self.process.stdin is not None
        await self.process.stdin.send(f"{json.dumps(request)}\n".encode())
        return self._number

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message of which this holds."""
        with anyio.fail_after(SECONDS):
            while not (found := [message for message in self.heard if holds(message)]):
                await self._news.wait()
        return found[0]

    async def hear(self) -> None:
        assert self.process.stdout is not None
        rest = ""
        async for text in TextReceiveStream(self.process.stdout):
            *lines, rest = (rest + text).split("\n")
            self.heard += [json.loads(line) for line in lines]
            self._news.set()
            self._news = anyio.Event()


@asynccontextmanager
async def raw_lines(project: Path, capabilities: dict[str, Any], **settings: object) -> AsyncIterator[RawLines]:
    """`copydesk serve` with these settings. Killed at the end."""
    async with (
        started(project, hangs_after=None, **settings) as (process, complaints),
        anyio.create_task_group() as tasks,
    ):
        talk = RawLines(process, complaints, capabilities)
        tasks.start_soon(talk.hear)
        yield talk
        if process.returncode is None:
            process.kill()
        tasks.cancel_scope.cancel()
