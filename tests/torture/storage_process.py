"""The process whose disk is tortured: `storage_process.py COMMAND PROJECT …`.

Each edit is an operation of its own; its id goes into the file of acknowledgements as soon as the desk answers.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from copydesk.content.desk import Desk, open_desk
from copydesk.content.operations.values import Edit
from copydesk.store.database import Database
from copydesk.store.errors import StoreError

TOGETHER: Final = 3
"""Tasks that edit at once, so that edits share commits."""
SECTIONS: Final = 4
KINDS: Final = {"write": "W", "half a write": "H", "sync": "S", "read": "R"}
DEPTHS: Final = {
    "write": [*range(20), *range(20, 1_000, 100)],
    "half a write": [*range(20), *range(20, 1_000, 100)],
    "sync": [0, 0, 1, 2, *range(3, 60, 10)],
    "read": range(12),
}
"""How many calls go well before one fails: a commit writes some twenty times; the deep ones hit checkpoints."""
EDITS_UNTIL_HIT: Final = 40
FAULTS: Final = [
    ("write", errno.EIO),
    ("write", errno.ENOSPC),
    ("half a write", errno.ENOSPC),
    ("sync", errno.EIO),
    ("read", errno.EIO),
]


async def edit(desk: Desk, section: int, text: str) -> str:
    """The id of the operation."""
    receipt = await desk.perform(Edit(page="home", section=f"section-{section:04}", fields={"text": text}))
    assert receipt.operation_id is not None
    return receipt.operation_id


def acknowledge(file: int, operation: str) -> None:
    os.write(file, f"{operation}\n".encode())


async def edit_on(project: str, name: str, count: str) -> None:
    """Make so many edits, or edit until standard input ends (`0`)."""
    file = os.open(Path(project) / f"{name}.acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    ending = anyio.Event()
    numbers = iter(range(int(count) or sys.maxsize))

    async def edits(desk: Desk) -> None:
        for number in numbers:
            if ending.is_set():
                return
            acknowledge(file, await edit(desk, number % SECTIONS, f"{name} {number}"))

    async with open_desk(Path(project), worker=False) as desk, anyio.create_task_group() as outer:
        if count == "0":
            outer.start_soon(_at_end_of_input, ending.set)
        async with anyio.create_task_group() as tasks:
            for _ in range(TOGETHER):
                tasks.start_soon(edits, desk)


async def _at_end_of_input(action: Callable[[], None]) -> None:
    await anyio.to_thread.run_sync(sys.stdin.read)
    action()


async def suffer(project: str, seed: str, faults: str) -> None:
    """Edit while a call below SQLite fails, so many times, of each kind in turn; say what came of it, as JSON.

    After each fault one more edit has to go well, in the same process.
    """
    shim, moments = ctypes.CDLL(None), random.Random(int(seed))  # noqa: S311
    file = os.open(Path(project) / "suffering.acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    told: dict[str, Counter[str]] = defaultdict(Counter)
    async with open_desk(Path(project), worker=False) as desk:
        for number in range(int(faults)):
            kind, error = FAULTS[number % len(FAULTS)]
            before = await desk.store.read(_operations)
            shim.shim_fail(ord(KINDS[kind]), error, moments.choice(DEPTHS[kind]), 1)
            outcome, answered = await _edit_until_hit(desk, shim, file, number)
            shim.shim_fail(0, 0, 0, 0)
            if await desk.store.read(_operations) != before + answered:
                outcome += ", yet stored"
            told[f"{kind}: {errno.errorcode[error]}"][outcome] += 1
            acknowledge(file, await edit(desk, 0, f"after {number}"))
    sys.stdout.write(json.dumps(told))


def _operations(db: Database) -> int:
    number: int = db.value("SELECT count(*) FROM operations")
    return number


async def _edit_until_hit(desk: Desk, shim: ctypes.CDLL, file: int, number: int) -> tuple[str, int]:
    """The code of the error that an edit ended with, or that nobody noticed the fault; and how many edits went well."""
    for attempt in range(EDITS_UNTIL_HIT):
        try:
            operation = await edit(desk, 1, f"during {number} {attempt}")
        except StoreError as refused:
            return refused.code, attempt
        acknowledge(file, operation)
        if shim.shim_failed():
            return "unnoticed", attempt + 1
    return "not reached", EDITS_UNTIL_HIT


COMMANDS: dict[str, Callable[..., Awaitable[None]]] = {"edit": edit_on, "suffer": suffer}

if __name__ == "__main__":
    anyio.run(COMMANDS[sys.argv[1]], *sys.argv[2:])
