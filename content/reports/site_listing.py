"""The site at a glance: its pages with the state of their copy, or its templates, or its sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.operations.selection import find_route
from copydesk.content.reports.content_views import (
    OrphanedCopy,
    RouteState,
    Shown,
    SiteListing,
    SiteTotals,
    SourceState,
    TemplateState,
)
from copydesk.content.reports.paging import LARGEST_ANSWER, after_cursor, counted, fill, json_size, shorten
from copydesk.content.reports.receipts import NextStep
from copydesk.content.reports.section_states import place_sections, read_held
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site, Template
    from copydesk.content.desk import Desk
    from copydesk.content.reports.section_states import Held, Placed

__all__ = ["ListQuery", "list_site"]

_ROOM: Final = LARGEST_ANSWER - 1_500
_ORPHANS: Final = 10
_NAMED: Final = 5
_SHORT: Final = 100
_ROUTE_ROOM: Final = 80
"""Characters of a page's entry besides its names and sections."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What to list. `missing`: only sections without copy in that environment; `pages`: only these (ids or paths)."""

    show: Shown = "routes"
    missing: Environment | None = None
    pages: tuple[str, ...] = ()
    cursor: str | None = None
    room: int = _ROOM
    """Characters of JSON that the answer may have."""


EVERYTHING: Final = ListQuery()


async def list_site(desk: Desk, query: ListQuery = EVERYTHING) -> SiteListing:
    """One page of the list, with totals over all of it. Orphans come with the first page.

    Raises `ContentError`: invalid-site, unknown-page, invalid-cursor.
    """
    site = await desk.site()
    pages = list(dict.fromkeys(find_route(site, name).id for name in query.pages))
    held = await desk.store.read(read_held, pages)
    everything = place_sections(site, held, pages)
    placed = [one for one in everything if query.missing is None or one.lacks(query.missing)]
    listing = SiteListing(
        site=site.id,
        title=shorten(site.title, _SHORT),
        show=query.show,
        totals=_totals(placed),
        **({} if query.cursor else _orphans(site, held)),
        message=_message(query, placed, total=len(everything)) + _empty_pages(site, pages),
        next_step=_next_step(site, everything, is_whole=not query.pages),
    )
    return listing.model_copy(update=_page(site, query, placed, query.room - json_size(listing)))


def _page(site: Site, query: ListQuery, placed: list[Placed], room: int) -> dict[str, object]:
    match query.show:
        case "routes":
            return _page_of_routes(placed, query.cursor, room)
        case "templates":
            return _page_of_templates(site, query.cursor, room)
        case "sources":
            return _page_of_sources(site, query.cursor, room)


def _page_of_routes(placed: list[Placed], cursor: str | None, room: int) -> dict[str, object]:
    """Sections grouped by page; a page goes on in the next answer where this one ends."""
    totals = Counter(one.selected.route.id for one in placed)
    rest = after_cursor(placed, _key, cursor)
    shown, following = _that_fit(rest, room)
    routes = [
        RouteState(
            page=route.id,
            path=shorten(route.path, _SHORT),
            title=shorten(route.title, _SHORT),
            sections=tuple(one.state for one in sections),
            sections_total=totals[route.id],
        )
        for route, sections in ((group[0].selected.route, group) for group in _by_page(shown))
    ]
    return {"routes": tuple(routes), "cursor": following}


def _by_page(placed: Sequence[Placed]) -> Iterator[list[Placed]]:
    for _, group in groupby(placed, key=lambda one: one.selected.route.id):
        yield list(group)


def _that_fit(placed: list[Placed], room: int) -> tuple[list[Placed], str | None]:
    page = None
    for index, one in enumerate(placed):
        route = one.selected.route
        if route.id != page:
            page = route.id
            room -= len(route.id) + min(len(route.path), _SHORT) + min(len(route.title), _SHORT) * 2 + _ROUTE_ROOM
        room -= json_size(one.state) + 1
        if index and room < 0:
            return placed[:index], _key(one)
    return placed, None


def _key(placed: Placed) -> str:
    return str(placed.selected)


def _page_of_templates(site: Site, cursor: str | None, room: int) -> dict[str, object]:
    uses = Counter(section.template for route in site.routes for section in route.sections)
    templates = after_cursor(list(site.templates.values()), lambda one: one.name, cursor)
    page = fill(templates, lambda one: _template_state(one, uses[one.name]), lambda one: one.name, room=room)
    return {"templates": page.entries, "cursor": page.cursor}


def _template_state(template: Template, sections: int) -> TemplateState:
    required = template.schema.get("required", ())
    names = [f"{name}*" if name in required else name for name in template.schema.get("properties", {})]
    return TemplateState(
        name=template.name,
        description=shorten(template.description, 2 * _SHORT),
        generate=template.generate,
        fields=_first(names, 4 * _NAMED),
        sources=_first(template.sources, _NAMED),
        sections=sections,
    )


def _page_of_sources(site: Site, cursor: str | None, room: int) -> dict[str, object]:
    users = _users_of_sources(site)
    names = after_cursor(list(site.source_texts), str, cursor)
    page = fill(names, lambda name: _source_state(name, site.source_texts[name], users.get(name, [])), str, room=room)
    return {"sources": page.entries, "cursor": page.cursor}


def _users_of_sources(site: Site) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    named = [("site", site.sources), *((one.name, one.sources) for one in site.templates.values())]
    named += [(f"{route.id}/{section.id}", section.sources) for route in site.routes for section in route.sections]
    for user, sources in named:
        for source in sources:
            users.setdefault(source, []).append(user)
    return users


def _source_state(name: str, text: str, users: list[str]) -> SourceState:
    return SourceState(
        name=name,
        characters=len(text),
        used_by=_first(users, _NAMED),
        used_by_total=len(users),
        begins=shorten(text[: 4 * _SHORT], _SHORT),
    )


def _first(names: Sequence[str], most: int) -> tuple[str, ...]:
    shown = tuple(shorten(name, _SHORT) for name in names[:most])
    return shown if len(names) <= most else (*shown, f"… and {len(names) - most} more")


def _orphans(site: Site, held: Held) -> dict[str, Any]:
    defined = {(route.id, section.id) for route in site.routes for section in route.sections}
    orphans = [one for one in held.holdings if (one.page, one.section) not in defined]
    shown = [
        OrphanedCopy(page=one.page, section=one.section, environment=one.environment, revision=one.revision)
        for one in orphans[:_ORPHANS]
    ]
    return {"orphans": tuple(shown), "orphans_total": len(orphans)}


def _totals(placed: list[Placed]) -> SiteTotals:
    return SiteTotals(
        pages=len({one.selected.route.id for one in placed}),
        sections=len(placed),
        missing_preview=sum(one.lacks(Environment.PREVIEW) for one in placed),
        missing_production=sum(one.lacks(Environment.PRODUCTION) for one in placed),
        drafts=sum(one.preview_state == "draft" for one in placed),
        edited=sum(one.preview_state == "edited" for one in placed),
        differing=sum(one.production_state == "differs" for one in placed),
        in_progress=sum(one.job_id is not None for one in placed),
    )


def _message(query: ListQuery, placed: list[Placed], *, total: int) -> str:
    if query.missing is not None:
        return f"{len(placed)} of {total} sections have no copy in {query.missing}."
    missing = sum(one.lacks(Environment.PREVIEW) for one in placed)
    unpublished = sum(one.production_state in ("none", "differs") and one.preview is not None for one in placed)
    pages = len({one.selected.route.id for one in placed})
    size = f"{counted(total, 'section')} on {counted(pages, 'page')}"
    return f"{size}; {missing} have no preview copy, and the preview copy of {unpublished} is not what is live."


def _empty_pages(site: Site, pages: list[str]) -> str:
    empty = [route.id for route in site.routes if not route.sections and (not pages or route.id in pages)]
    return f" Without any section: {', '.join(_first(empty, _NAMED))}." if empty else ""


def _next_step(site: Site, placed: list[Placed], *, is_whole: bool) -> NextStep | None:
    """Write what is missing and can be written; else look at what could be published, unless it is all drafts."""
    missing = [one for one in placed if one.lacks(Environment.PREVIEW) and one.preview_job is None]
    writable = [one for one in missing if site.templates[one.selected.section.template].generate]
    if writable:
        pages = list(dict.fromkeys(one.selected.route.id for one in writable))
        if is_whole and len(pages) > _NAMED:
            return NextStep(tool="generate-all", arguments={})
        return NextStep(tool="generate", arguments={"pages": pages[:_NAMED]})
    states = {one.preview_state for one in placed if one.production_state in ("none", "differs")}
    return NextStep(tool="compare-content", arguments={"all": True}) if states & {"written", "edited"} else None
