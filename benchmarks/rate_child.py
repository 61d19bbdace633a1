"""A worker in a process of its own that writes by a provider: `python -m benchmarks.rate_child FOLDER SETTINGS`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import anyio

from copydesk.content.desk import open_desk


async def main() -> None:
    folder, settings = sys.argv[1:]
    async with open_desk(Path(folder), settings=json.loads(settings)) as desk:
        desk.wake()
        print("ready", flush=True)
        await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(main)
