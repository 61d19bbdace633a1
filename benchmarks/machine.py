"""Where it was measured: figures mean little without. No names of hosts or people."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

from copydesk.store.driver import SQLITE_VERSION


def describe_machine() -> dict[str, str]:
    """Cores, memory and versions of what counts."""
    return {
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}, {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "SQLite": SQLITE_VERSION,
        **{name: version(name) for name in ("copydesk", "mcp", "aiosqlite", "anyio", "pydantic")},
    }
