"""The other process in the tests: `child_process.py COMMAND PATH …`, one answer a line."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import anyio.to_thread

from copydesk.store.database import Database, Topic
from copydesk.store.migrate import Migration
from copydesk.store.presence import Presence
from copydesk.store.store import open_store

NOTES = Migration(
    1,
    "notes",
    "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE CHECK (text <> ''));",
)


def answer(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def next_line() -> str:
    line: str = await anyio.to_thread.run_sync(sys.stdin.readline)
    return line.strip()


def add_note(database: Database, text: str) -> None:
    database.change("INSERT INTO notes (text) VALUES (:text)", {"text": text})
    database.tell(Topic.PROGRESS)


async def write_notes(path: str) -> None:
    """Commit each line that comes in as a note, and tell the others."""
    async with open_store(Path(path), migrations=(NOTES,)) as store:
        answer("ready")
        while text := await next_line():
            await store.write(add_note, text)
            answer(text)


async def write_without_end(path: str) -> None:
    """Write notes until killed, answering each one that is committed."""
    async with open_store(Path(path), migrations=(NOTES,)) as store:
        number = 0
        while True:
            number += 1
            await store.write(add_note, f"note {number}")
            answer(number)


async def be_present(directory: str, owner: str) -> None:
    """Hold the lock of an owner until a line comes in."""
    presence = Presence(Path(directory), owner)
    presence.open()
    answer("ready")
    await next_line()
    presence.close()
    answer("gone")


async def leave_a_forked_child(directory: str, owner: str) -> None:
    """Take an owner's lock, fork, and die while the forked child lives on until our input ends."""
    presence = Presence(Path(directory), owner)
    presence.open()
    if os.fork() == 0:
        answer("forked")
        os.read(0, 1)
    os._exit(0)


async def keep_locked(path: str) -> None:
    """Hold the write lock until a line comes in."""
    async with open_store(Path(path), migrations=(NOTES,)) as store:
        await store.write(_hold)
    answer("free")


def _hold(database: Database) -> None:
    database.change("DELETE FROM notes WHERE id < 0")
    answer("locked")
    sys.stdin.readline()


async def count_tables(path: str) -> None:
    """Wait for a line, open the store as fast as possible, and answer with its number of tables."""
    answer("ready")
    await next_line()
    async with open_store(Path(path)) as store:
        answer(await store.read(lambda database: database.value("SELECT count(*) FROM sqlite_schema")))


COMMANDS: dict[str, Callable[..., Awaitable[None]]] = {
    "write_notes": write_notes,
    "write_without_end": write_without_end,
    "be_present": be_present,
    "leave_a_forked_child": leave_a_forked_child,
    "keep_locked": keep_locked,
    "count_tables": count_tables,
}

if __name__ == "__main__":
    anyio.run(COMMANDS[sys.argv[1]], *sys.argv[2:])
