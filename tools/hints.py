"""The four hints that hosts ask before they call a tool: unstated ones are taken for the worst."""

from __future__ import annotations

from typing import Final

from mcp_types import ToolAnnotations

WRITES_COPY: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)
"""Adds copy; a writer may be a model elsewhere."""
REPLACES_COPY: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=True
)
"""Puts new copy in the place of what there is, by a writer that may be a model elsewhere."""
MOVES_COPY: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)
"""Changes what stands, without a writer: with copy that is there already, or with what the call says."""
STOPS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""Stops work; takes nothing away."""
TAKES_BRIEFS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""Leases briefs; again it hands out the same."""
SUBMITS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""Finishes jobs that were asked for, in preview; what people wrote stays."""
EXTENDS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""Adds to the site definition; what is there stays."""
READS: Final = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
