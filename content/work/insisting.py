"""Patience with a store that fails for a while: a busy file, a full disk."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import anyio

from copydesk.store.errors import DiskFailure, NotWritable, StoreBusy, StoreFull

T = TypeVar("T")

PASSING: Final = (StoreBusy, StoreFull, DiskFailure, NotWritable)
"""Errors of the store that may be gone at the next try."""
PAUSE: Final = 1.0
"""Seconds between two tries."""

_LOG = logging.getLogger(__name__)


async def insist(step: Callable[[], Awaitable[T]], *, pause: float = PAUSE) -> T:
    """Do a step of the store until it lets us: what a writer has written is not thrown away for a full disk."""
    while True:
        try:
            return await step()
        except PASSING as error:
            _LOG.warning("the store failed, and is tried again: %s", error)
        await anyio.sleep(pause)
