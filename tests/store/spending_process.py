"""A worker in a process of its own that spends 20 tokens on each section: `spending_process.py FOLDER OPERATION`.

It ends when the operation does.
"""

from __future__ import annotations

import sys
from pathlib import Path

import anyio

sys.path.insert(0, str(Path(__file__).parents[2]))

from copydesk.content.briefs import Brief
from copydesk.content.writers.base import Answer, Correction, Usage, Written
from tests.workshop import SECONDS, open_workshop


async def spend(brief: Brief, correction: Correction | None) -> Answer:
    await anyio.lowlevel.checkpoint()
    return Written({"text": f"Copy of {brief.section.id}."}, Usage(10, 10))


async def main(*arguments: str) -> None:
    folder, operation_id = arguments
    async with open_workshop(Path(folder), spend, concurrency=8) as workshop, workshop.working():
        await workshop.desk.wait(operation_id, seconds=SECONDS)


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
