"""A worker in a process of its own: `worker_of_shifted_time.py FOLDER CLOCKS LEASE SECONDS`. It says when it is ready.

Its writer takes SECONDS for a section on the average; LEASE is in milliseconds.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import anyio

sys.path.insert(0, str(Path(__file__).parents[2]))

from copydesk.content.briefs import Brief
from copydesk.content.work.timing import Timing
from copydesk.content.writers.base import Answer, Correction
from tests.torture.clocks import use_shifted_clocks
from tests.workshop import obey, open_workshop


async def main(*arguments: str) -> None:
    folder, clocks, lease, seconds = arguments

    async def take_time(brief: Brief, correction: Correction | None) -> Answer:
        await anyio.sleep(random.uniform(0, 2 * float(seconds)))  # noqa: S311 - chances of a test
        return await obey(brief, correction)

    use_shifted_clocks(Path(clocks))
    timing = Timing(lease=int(lease), heartbeat=int(lease) / 3_000, rescue=0.1, jitter=lambda limit: 0.0)
    async with open_workshop(Path(folder), take_time, timing=timing, concurrency=6) as workshop, workshop.working():
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
