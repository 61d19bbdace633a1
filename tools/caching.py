"""How long clients of 2026-07-28 may keep an answer.

What the program is made of stays the same as long as it runs, and a client that outlives it looks again within
minutes. What the project holds changes whenever anybody changes it, so nothing of that is kept without being told.
All of it is private: a token may stand before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mcp.server.caching import CacheableMethod, CacheHint

__all__ = ["CACHE_HINTS"]

_OF_THE_PROGRAM: Final = CacheHint(ttl_ms=300_000, scope="private")
_OF_THE_PROJECT: Final = CacheHint(ttl_ms=0, scope="private")

CACHE_HINTS: Final[Mapping[CacheableMethod, CacheHint]] = {
    "server/discover": _OF_THE_PROGRAM,
    "tools/list": _OF_THE_PROGRAM,
    "prompts/list": _OF_THE_PROGRAM,
    "resources/templates/list": _OF_THE_PROGRAM,
    "resources/list": _OF_THE_PROJECT,
    "resources/read": _OF_THE_PROJECT,
}
