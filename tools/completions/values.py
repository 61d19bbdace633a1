"""What completes an argument: pages, sections of a page, environments, operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mcp import MCPError
from mcp_types import INVALID_PARAMS

from copydesk.content.definition.models import Site
from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.desk import Desk
from copydesk.content.reports.addresses import OPERATION, PAGE, SECTION, SITE
from copydesk.store import news
from copydesk.store.states import Environment

__all__ = ["MOST_COUNTED", "Asked", "candidates"]

MOST_COUNTED: Final = 1_000
"""Values that are looked for at most; beyond them nobody counts."""

_PAGED_SITE: Final = f"{SITE}{{?cursor}}"
_PAGED_PAGE: Final = f"{PAGE}{{?cursor}}"
_ARGUMENTS: Final[Mapping[str, Sequence[str]]] = {
    "write-site": (),
    "review-page": ("page",),
    "fix-failures": ("operationId",),
    SITE: (),
    _PAGED_SITE: ("cursor",),
    OPERATION: ("id",),
    PAGE: ("environment", "page"),
    _PAGED_PAGE: ("environment", "page", "cursor"),
    SECTION: ("environment", "page", "section"),
}
"""Prompts and templates, with their arguments."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be completed: an argument of a prompt or of a template, and what stands beside it already."""

    of: str
    argument: str
    begins: str
    beside: Mapping[str, str] = field(default_factory=dict)


async def candidates(desk: Desk, asked: Asked) -> list[str]:
    """All values that begin like that, at most `MOST_COUNTED` + 1 of them.

    Raises `MCPError` (invalid params): there is no such prompt, template or argument. `ContentError`: invalid-site.
    """
    _refuse_unknown(asked)
    match asked.argument:
        case "environment":
            return _beginning(asked.begins, Environment)
        case "page":
            return _beginning(asked.begins, _page_names(await desk.site(), asked.begins))
        case "section":
            return _beginning(asked.begins, _section_names(await desk.site(), asked.beside.get("page")))
        case "id" | "operationId":
            only_failed = asked.argument == "operationId"
            return await desk.store.read(
                news.operation_ids, asked.begins, only_failed=only_failed, limit=MOST_COUNTED + 1
            )
        case _:
            return []


def _refuse_unknown(asked: Asked) -> None:
    if asked.of not in _ARGUMENTS:
        message = f'There is no prompt or resource template "{asked.of[:200]}": {did_you_mean(asked.of, _ARGUMENTS)}'
        raise MCPError(code=INVALID_PARAMS, message=message)
    if asked.argument not in _ARGUMENTS[asked.of]:
        hint = did_you_mean(asked.argument, _ARGUMENTS[asked.of])
        message = f'{asked.of} has no argument "{asked.argument[:200]}": {hint}'
        raise MCPError(code=INVALID_PARAMS, message=message)


def _page_names(site: Site, begins: str) -> Iterable[str]:
    """Ids; paths for those who begin to write one."""
    return site.routes_by_path if begins.startswith("/") else site.routes_by_id


def _section_names(site: Site, page: str | None) -> Iterable[str]:
    """The sections of the page that was chosen; of all pages while none is."""
    route = site.routes_by_id.get(page or "") or site.routes_by_path.get(page or "")
    routes = site.routes if page is None else [route] if route else []
    return dict.fromkeys(section.id for each in routes for section in each.sections)


def _beginning(begins: str, names: Iterable[str]) -> list[str]:
    wanted = begins.strip().casefold()
    return [str(name) for name in names if name.casefold().startswith(wanted)][: MOST_COUNTED + 1]
