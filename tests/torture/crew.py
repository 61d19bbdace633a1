"""Three processes on one project, each of which is killed and started again while clients ask for things."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from mcp import MCPError
from mcp.client.client import ConnectMode

from copydesk.content.definition.loader import load_site
from tests.acceptance.served import SECONDS, Served, environment, served
from tests.torture.ledger import Ledger

LOOK = 0.1
"""Seconds between two looks at what was done."""
LATEST_KILL = 1.5
"""Seconds after its start until which a process is killed: starting takes about half of one."""
LEAST_CALLS = 4
SETTINGS = {"concurrency": 8}
_REQUESTED = ("generate", "regenerate-content", "promote", "rollback")


@dataclass
class Crew:
    """One run: its project, its chances, its ledger, and what happened so far."""

    project: Path
    chances: random.Random
    ledger: Ledger
    kills_left: int
    kills: int = 0
    calls: int = 0
    refused: int = 0
    sections: list[tuple[str, str]] = field(default_factory=list)
    has_ended: anyio.Event = field(default_factory=anyio.Event)

    def __post_init__(self) -> None:
        site = load_site(self.project / "site.yaml").site
        self.sections = [(route.id, section.id) for route in site.routes for section in route.sections]

    @property
    def database(self) -> Path:
        return self.project / ".copydesk" / "copydesk.db"

    async def run(self) -> None:
        """Return once every kill was made, every call was answered and nothing is unfinished."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._observe)
            tasks.start_soon(self._keep_worker)
            async with anyio.create_task_group() as clients:
                clients.start_soon(self._keep_client, "legacy", "a")
                clients.start_soon(self._keep_client, "2026-07-28", "b")
            self.has_ended.set()
        self.ledger.observe(self.database)

    async def _observe(self) -> None:
        while not self.has_ended.is_set():
            self.ledger.observe(self.database)
            with anyio.move_on_after(LOOK):
                await self.has_ended.wait()

    async def _keep_worker(self) -> None:
        """`copydesk worker`, killed at random moments, also while it starts."""
        command = [sys.executable, "-m", "copydesk", "worker", "--project", str(self.project)]
        with (self.project.parent / "worker.txt").open("ab") as told:
            for is_last in self._lives():
                opening = anyio.open_process(command, env=environment(SETTINGS), stdout=told, stderr=told)
                async with await opening as process:
                    await (self.has_ended.wait() if is_last else self._await_moment())
                    assert process.returncode is None, "the worker ended by itself: see worker.txt"
                    self._note_kill(is_last)
                    process.kill()

    async def _keep_client(self, era: ConnectMode, name: str) -> None:
        """`copydesk serve` with a client that asks for something else all the time."""
        story = Story(self, name)
        for is_last in self._lives():
            async with served(self.project, era, concurrency=SETTINGS["concurrency"]) as server:
                if is_last:
                    await story.finish(server)
                    continue
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._kill, server, tasks.cancel_scope)
                    await story.go_on(server)

    async def _kill(self, server: Served, clients: anyio.CancelScope) -> None:
        await self._await_moment()
        self._note_kill(False)
        await server.kill()
        clients.cancel()

    def _lives(self) -> list[bool]:
        """Whether each life of a process is its last."""
        return [False] * self.kills_left + [True]

    async def _await_moment(self) -> None:
        with anyio.move_on_after(self.chances.uniform(0, LATEST_KILL)):
            await anyio.Event().wait()

    def _note_kill(self, is_last: bool) -> None:
        if not is_last:
            self.kills += 1
            self.ledger.append("kill")


class Story:
    """What one client asks for, over all lives of its server: a call that was cut off is repeated word for word."""

    def __init__(self, crew: Crew, name: str) -> None:
        self._crew = crew
        self._chances = random.Random(crew.chances.random())  # noqa: S311 - chances of a test
        self._name = name
        self._asked = 0
        self._cut_off: tuple[str, dict[str, Any]] | None = ("generate-all", {"requestId": f"{name}-0"})

    async def go_on(self, server: Served) -> None:
        """Ask until the server is gone."""
        try:
            while True:
                await self._ask(server)
        except MCPError:
            return

    async def finish(self, server: Served) -> None:
        """What was cut off, and some more; then wait for whatever is unfinished."""
        for _ in range(LEAST_CALLS):
            await self._ask(server)
        with anyio.fail_after(SECONDS):
            while True:
                status = await server.call("check-generation-status", waitSeconds=45)
                if not status["pending"] + status["processing"]:
                    return

    async def _ask(self, server: Served) -> None:
        tool, arguments = self._cut_off or await self._next(server)
        self._cut_off = (tool, arguments)
        try:
            answer = await server.call(tool, **arguments)
        except AssertionError as refusal:
            self._crew.refused += 1
            self._crew.ledger.append("refused", tool=tool, sentence=str(refusal)[:300])
        else:
            self._crew.calls += 1
            self._crew.ledger.append("answer", tool=tool, request=arguments.get("requestId"), answer=answer)
        self._cut_off = None

    async def _next(self, server: Served) -> tuple[str, dict[str, Any]]:
        choices: tuple[Callable[[Served], Awaitable[tuple[str, dict[str, Any]]]], ...] = (
            self._writing,
            self._moving,
            self._moving,
            self._editing,
        )
        self._asked += 1
        tool, arguments = await self._chances.choice(choices)(server)
        if tool in _REQUESTED:
            arguments["requestId"] = f"{self._name}-{self._asked}"
            arguments["waitSeconds"] = self._chances.choice((0, 0, 0.2))
        return tool, arguments

    async def _writing(self, _: Served) -> tuple[str, dict[str, Any]]:
        if self._chances.random() < 0.5:
            return "generate", {"pages": self._pages(), "force": True}
        return "regenerate-content", {"pages": self._pages(), "overwriteEdits": True}

    async def _moving(self, server: Served) -> tuple[str, dict[str, Any]]:
        chance = self._chances.random()
        if chance < 0.5:
            return "promote", {"pages": self._pages()}
        if chance < 0.75:
            return "rollback", {"pages": self._pages()}
        listed = (await server.call("list-operations"))["operations"]
        return "rollback", {"operationIds": [self._chances.choice(listed)["operationId"]]}

    async def _editing(self, server: Served) -> tuple[str, dict[str, Any]]:
        page, section = self._chances.choice(self._crew.sections)
        read = await server.call("read-content", sections=[f"{page}/{section}"])
        fields = (read["sections"] or [{}])[0].get("fields") or {}
        words = {name: value for name, value in fields.items() if isinstance(value, str)}
        if not words:
            return "promote", {"pages": [page]}
        name = self._chances.choice(sorted(words))
        return "edit-content", {"page": page, "section": section, "fields": {name: words[name].swapcase()}}

    def _pages(self) -> list[str]:
        pages = sorted({page for page, _ in self._crew.sections})
        return self._chances.sample(pages, min(len(pages), self._chances.randint(1, 4)))


def prepare(site: Path, folder: Path) -> Path:
    """A project with this site (a folder or a site file) in a folder of its own."""
    folder.mkdir()
    project = folder / "site"
    if site.is_dir():
        shutil.copytree(site, project, ignore=shutil.ignore_patterns(".copydesk"))
    else:
        project.mkdir()
        shutil.copyfile(site, project / "site.yaml")
    return project
