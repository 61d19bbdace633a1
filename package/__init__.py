"""copydesk: the copy of a whole website, written, reviewed, published and undone in the background.

    async with open_desk("path/to/project") as desk:
        manager = SiteContentManager(desk)
        await manager.generate_all_sync()

What is named here is the public interface. Everything is imported on first use, so that `import copydesk` and the
command line stay quick.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.content.desk import Desk, open_desk
    from copydesk.content.errors import ContentError
    from copydesk.content.manager import SiteContentManager
    from copydesk.content.operations.values import Edit, Generate, Promote, Regenerate, Rollback
    from copydesk.content.settings import Settings
    from copydesk.store.errors import StoreError

__all__ = [
    "ContentError",
    "Desk",
    "Edit",
    "Generate",
    "Promote",
    "Regenerate",
    "Rollback",
    "Settings",
    "SiteContentManager",
    "StoreError",
    "open_desk",
]

# Where each public name lives. A new one goes here, into `__all__`, and among the imports for the type checkers.
_HOMES = {
    "copydesk.content.desk": ("Desk", "open_desk"),
    "copydesk.content.errors": ("ContentError",),
    "copydesk.content.manager": ("SiteContentManager",),
    "copydesk.content.operations.values": ("Edit", "Generate", "Promote", "Regenerate", "Rollback"),
    "copydesk.content.settings": ("Settings",),
    "copydesk.store.errors": ("StoreError",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return metadata.version("copydesk")
    if name not in _HOME_OF:
        message = f"module 'copydesk' has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
