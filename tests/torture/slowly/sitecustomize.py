"""On the PYTHONPATH of a process, this lets its writer `outline` take its time: a kill meets claims that it holds.

The processes are the real commands all the same: nothing else of them is changed.
"""

from __future__ import annotations

import os
import random
from typing import Any

import anyio

from copydesk.content.writers.outline import OutlineWriter

_SECONDS = float(os.environ["TORTURE_WRITING_SECONDS"])
_write = OutlineWriter.write


async def _write_slowly(self: OutlineWriter, *arguments: Any) -> Any:
    await anyio.sleep(random.uniform(0, 2 * _SECONDS))  # noqa: S311 - chances of a test
    return await _write(self, *arguments)


OutlineWriter.write = _write_slowly  # type: ignore[method-assign, assignment]
