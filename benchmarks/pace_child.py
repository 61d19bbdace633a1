"""A desk in a process of its own: `python -m benchmarks.pace_child idle|work FOLDER SECONDS`.

`idle` prints the share of one core that it takes while nothing happens; `work` writes what others queue, until it is
terminated, and prints when it began each section.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Final

import anyio

from benchmarks.writers import WatchedWriter
from copydesk.content.desk import open_desk

_SETTLING: Final = 1.0


async def _idle(folder: Path, seconds: float) -> None:
    async with open_desk(folder) as desk:
        await desk.snapshot()
        await anyio.sleep(_SETTLING)
        used, began = time.process_time(), time.perf_counter()
        await anyio.sleep(seconds)
        share = (time.process_time() - used) / (time.perf_counter() - began)
    print(json.dumps({"share": share}))


async def _work(folder: Path) -> None:
    writer = WatchedWriter(tell=lambda begun: print(begun, flush=True))
    async with open_desk(folder, writers={"watched": writer}):
        await anyio.sleep(_SETTLING)
        print("ready", flush=True)
        await anyio.sleep_forever()


async def main() -> None:
    task, folder, seconds = sys.argv[1:]
    await (_idle(Path(folder), float(seconds)) if task == "idle" else _work(Path(folder)))


if __name__ == "__main__":
    anyio.run(main)
