"""A worker in a process of its own: `worker_process.py FOLDER ANSWERS LEASE`. It tells of every step, a line each.

Its writer answers the first ANSWERS briefs and then hangs; LEASE is in milliseconds.
"""

from __future__ import annotations

import sys
from pathlib import Path

import anyio

sys.path.insert(0, str(Path(__file__).parents[2]))

from copydesk.content.briefs import Brief
from copydesk.content.work.timing import Timing
from copydesk.content.writers.base import Answer, Correction
from tests.workshop import obey, open_workshop


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Hanging:
    """A writer that answers a number of briefs, and then no more."""

    def __init__(self, answers: int) -> None:
        self.left = answers

    async def __call__(self, brief: Brief, correction: Correction | None) -> Answer:
        self.left -= 1
        tell(f"began {brief.section.id}")
        if self.left >= 0:
            return await obey(brief)
        try:
            await anyio.sleep_forever()
        finally:
            tell(f"interrupted {brief.section.id}")
        raise AssertionError


async def main(*arguments: str) -> None:
    folder, answers, lease = arguments
    timing = Timing(lease=int(lease), heartbeat=int(lease) / 3_000, jitter=lambda limit: 0.0)
    async with (
        open_workshop(Path(folder), Hanging(int(answers)), timing=timing, concurrency=4) as workshop,
        workshop.working(),
    ):
        tell("ready")
        await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
