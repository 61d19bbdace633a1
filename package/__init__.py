"""copydesk: the copy of a whole website, written, reviewed, published and undone in the background.

    async with open_desk("path/to/project") as desk:
        manager = SiteContentManager(desk)
        result = await manager.generate_all_sync()
        print(result.message)

What is named here is the public interface. Everything is imported on first use, so that `import copydesk` and the
command line stay quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.content.assistant.items import Item
    from copydesk.content.assistant.takers import Taker
    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Route, Section, Site
    from copydesk.content.definition.problems import SiteInvalid
    from copydesk.content.desk import Asked, Desk, open_desk
    from copydesk.content.errors import ContentError
    from copydesk.content.manager.definitions import RouteDefinition, SectionDefinition
    from copydesk.content.manager.manager import SiteContentManager
    from copydesk.content.manager.models import (
        ContentGenerationContext,
        ContentGenerationData,
        ContentGenerationJob,
        ContentGenerationRequest,
        EntityAsyncResult,
        EntityOperationJob,
        GenerateAsyncResult,
        GenerateResult,
        JobResult,
        PromoteResult,
        RegenerateResult,
        RollbackResult,
        SiteContentJob,
    )
    from copydesk.content.manager.options import GenerateOptions, PromoteOptions, RegenerateOptions, RollbackOptions
    from copydesk.content.operations.values import Edit, Generate, Mode, Promote, Regenerate, Rollback, Scope
    from copydesk.content.reports.receipts import JobStatusSummary, Receipt
    from copydesk.content.reports.status import StatusQuery
    from copydesk.content.reports.watching import Progress
    from copydesk.content.schema.violations import Violation
    from copydesk.content.settings import Settings
    from copydesk.content.writers.base import Correction, Estimate, Permanent, Transient, Usage, Writer, Written
    from copydesk.store.errors import StoreError
    from copydesk.store.states import Environment

__all__ = [
    "Asked",
    "Brief",
    "ContentError",
    "ContentGenerationContext",
    "ContentGenerationData",
    "ContentGenerationJob",
    "ContentGenerationRequest",
    "Correction",
    "Desk",
    "Edit",
    "EntityAsyncResult",
    "EntityOperationJob",
    "Environment",
    "Estimate",
    "Generate",
    "GenerateAsyncResult",
    "GenerateOptions",
    "GenerateResult",
    "Item",
    "JobResult",
    "JobStatusSummary",
    "Mode",
    "Permanent",
    "Progress",
    "Promote",
    "PromoteOptions",
    "PromoteResult",
    "Receipt",
    "Regenerate",
    "RegenerateOptions",
    "RegenerateResult",
    "Rollback",
    "RollbackOptions",
    "RollbackResult",
    "Route",
    "RouteDefinition",
    "Scope",
    "Section",
    "SectionDefinition",
    "Settings",
    "Site",
    "SiteContentJob",
    "SiteContentManager",
    "SiteInvalid",
    "StatusQuery",
    "StoreError",
    "Taker",
    "Transient",
    "Usage",
    "Violation",
    "Writer",
    "Written",
    "open_desk",
]

# Where each public name lives. A new one goes here, into `__all__`, and among the imports for the type checkers.
_HOMES = {
    "copydesk.content.assistant.items": ("Item",),
    "copydesk.content.assistant.takers": ("Taker",),
    "copydesk.content.briefs": ("Brief",),
    "copydesk.content.definition.models": (
        "Route",
        "Section",
        "Site",
    ),
    "copydesk.content.definition.problems": ("SiteInvalid",),
    "copydesk.content.desk": (
        "Asked",
        "Desk",
        "open_desk",
    ),
    "copydesk.content.errors": ("ContentError",),
    "copydesk.content.manager.definitions": (
        "RouteDefinition",
        "SectionDefinition",
    ),
    "copydesk.content.manager.manager": ("SiteContentManager",),
    "copydesk.content.manager.models": (
        "ContentGenerationContext",
        "ContentGenerationData",
        "ContentGenerationJob",
        "ContentGenerationRequest",
        "EntityAsyncResult",
        "EntityOperationJob",
        "GenerateAsyncResult",
        "GenerateResult",
        "JobResult",
        "PromoteResult",
        "RegenerateResult",
        "RollbackResult",
        "SiteContentJob",
    ),
    "copydesk.content.manager.options": (
        "GenerateOptions",
        "PromoteOptions",
        "RegenerateOptions",
        "RollbackOptions",
    ),
    "copydesk.content.operations.values": (
        "Edit",
        "Generate",
        "Mode",
        "Promote",
        "Regenerate",
        "Rollback",
        "Scope",
    ),
    "copydesk.content.reports.receipts": (
        "JobStatusSummary",
        "Receipt",
    ),
    "copydesk.content.reports.status": ("StatusQuery",),
    "copydesk.content.reports.watching": ("Progress",),
    "copydesk.content.schema.violations": ("Violation",),
    "copydesk.content.settings": ("Settings",),
    "copydesk.content.writers.base": (
        "Correction",
        "Estimate",
        "Permanent",
        "Transient",
        "Usage",
        "Writer",
        "Written",
    ),
    "copydesk.store.errors": ("StoreError",),
    "copydesk.store.states": ("Environment",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return _version()
    if name not in _HOME_OF:
        message = f"module 'copydesk' has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def _version() -> str:
    from importlib import metadata  # noqa: PLC0415 - it takes a while to load, and hardly anybody asks

    return metadata.version("copydesk")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
