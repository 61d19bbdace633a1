"""One run in a process of its own: `python -m benchmarks.memory_child load|idle|run|held FOLDER` prints its peak."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import anyio

from benchmarks.held import write_all_held
from benchmarks.measuring import peak_memory
from copydesk.content.definition.loader import load_site
from copydesk.content.desk import open_desk
from copydesk.content.operations.values import WHOLE_SITE, Generate

_IDLE: Final = 1.0
_LONGEST: Final = 300.0


async def _load(folder: Path) -> None:
    load_site(folder / "site.yaml")


async def _idle(folder: Path) -> None:
    async with open_desk(folder) as desk:
        await desk.snapshot()
        await anyio.sleep(_IDLE)


async def _run(folder: Path) -> int:
    async with open_desk(folder) as desk:
        receipt = await desk.submit(Generate(scope=WHOLE_SITE, force=True))
        assert receipt.operation_id, "the site has sections to write"
        finished = await desk.wait(receipt.operation_id, seconds=_LONGEST)
        return finished.counts.completed


async def _held(folder: Path) -> int:
    return await write_all_held(load_site(folder / "site.yaml").site, folder / "held.jsonl")


_RUNS: Final = {"load": _load, "idle": _idle, "run": _run, "held": _held}


async def main() -> None:
    written = await _RUNS[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({"peak": peak_memory(), "written": written}))


if __name__ == "__main__":
    anyio.run(main)
