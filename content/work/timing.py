"""The times that a worker keeps."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


def full_jitter(limit: float) -> float:
    """Anything between nothing and `limit` seconds: spreads those who try again at once."""
    return random.uniform(0, limit)  # noqa: S311 - spreads load, keeps no secret


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a claim lasts and how often each duty is done; seconds, where nothing else is said."""

    lease: int = 30_000
    """Milliseconds that a claim lasts without a heartbeat."""
    heartbeat: float = 10.0
    rescue: float = 1.0
    """Between looks at the claims of others."""
    prune: float = 3600.0
    release: float = 1.0
    """That giving back the claims may take at shutdown."""
    jitter: Callable[[float], float] = full_jitter
    """The wait before a retry, within a limit."""


USUAL: Final = Timing()
