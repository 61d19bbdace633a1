"""Real stores on real files, a clock that stands still, and real child processes to talk with."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import anyio
import anyio.abc
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream

from copydesk.store.migrate import Migration
from copydesk.store.store import Store, open_store

NOTES = (
    Migration(
        1,
        "notes",
        """
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE CHECK (text <> ''));
        CREATE TABLE words (
            note INTEGER REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED, word TEXT NOT NULL
        );
        """,
    ),
)
"""A schema of the tests' own: the substrate does not know what it stores."""


class FakeClock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.wall_time = 1_800_000_000_000
        self.boot_time = 1_000_000
        self.boot_id = "boot-1"

    def now(self) -> int:
        return self.wall_time

    def boot(self) -> int:
        return self.boot_time

    def advance(self, milliseconds: int) -> None:
        self.wall_time += milliseconds
        self.boot_time += milliseconds


class Child:
    """A process that runs child_process.py and answers each line with a line."""

    def __init__(self, process: anyio.abc.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self._commands = process.stdin
        self._answers = BufferedByteReceiveStream(process.stdout)

    async def say(self, command: str) -> None:
        await self._commands.send(f"{command}\n".encode())

    async def hear(self) -> str:
        with anyio.fail_after(20):
            return (await self._answers.receive_until(b"\n", 1_000)).decode().strip()

    async def kill(self) -> None:
        """SIGKILL: it cannot tidy up."""
        self.process.kill()
        await self.process.wait()


StartChild: TypeAlias = Callable[..., Awaitable[Child]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def migrations() -> tuple[Migration, ...]:
    return NOTES


@pytest.fixture
def database_path(tmp_path: Path) -> Path:
    return tmp_path / ".copydesk" / "copydesk.db"


@pytest.fixture
async def notes(database_path: Path, migrations: tuple[Migration, ...]) -> AsyncIterator[Store]:
    """A store with the tests' own schema."""
    async with open_store(database_path, migrations=migrations) as opened:
        yield opened


@pytest.fixture
async def store(database_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    """A store with copydesk's schema and a clock that stands still."""
    async with open_store(database_path, clock=clock) as opened:
        yield opened


@pytest.fixture
async def start_child() -> AsyncIterator[StartChild]:
    """Starts `child_process.py` with arguments. What still runs at the end of the test is killed."""
    async with AsyncExitStack() as children:

        async def start(*arguments: object) -> Child:
            return await children.enter_async_context(_running(*arguments))

        yield start


@asynccontextmanager
async def _running(*arguments: object) -> AsyncIterator[Child]:
    script = Path(__file__).with_name("child_process.py")
    process = await anyio.open_process([sys.executable, str(script), *map(str, arguments)], stderr=None)
    async with process:
        try:
            yield Child(process)
        finally:
            if process.returncode is None:
                process.kill()
