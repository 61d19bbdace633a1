"""Which protocol a request speaks: the older ones shake hands and have sessions, 2026-07-28 has neither."""

from __future__ import annotations

from mcp_types.version import MODERN_PROTOCOL_VERSIONS

__all__ = ["is_modern"]


def is_modern(protocol_version: str) -> bool:
    return protocol_version in MODERN_PROTOCOL_VERSIONS
