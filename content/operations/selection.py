"""Which sections a scope means: names match exactly, and an unknown one is an error that suggests the nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError

if TYPE_CHECKING:
    from copydesk.content.definition.models import Route, Section, Site
    from copydesk.content.operations.values import Scope


@dataclass(frozen=True, slots=True)
class Selected:
    """One section with the page it stands on."""

    route: Route
    section: Section

    @property
    def key(self) -> tuple[str, str]:
        return (self.route.id, self.section.id)

    def __str__(self) -> str:
        return f"{self.route.id}/{self.section.id}"


def select(scope: Scope, site: Site) -> list[Selected]:
    """The sections of a scope in the order of the site, each once.

    Raises `ContentError`: empty-scope, two-scopes, unknown-page, unknown-section.
    """
    _require_one(scope)
    if scope.all:
        return [Selected(route, section) for route in site.routes for section in route.sections]
    wanted = {one.key for name in scope.pages for one in _sections_of(find_route(site, name))}
    wanted |= {find_section(site, name).key for name in scope.sections}
    pages = {page for page, _ in wanted}
    return [
        selected
        for route in site.routes
        if route.id in pages
        for selected in _sections_of(route)
        if selected.key in wanted
    ]


def _require_one(scope: Scope) -> None:
    given = [name for name in ("pages", "sections", "all") if getattr(scope, name)]
    if not given:
        message = (
            'No sections were named. Give `pages` (["home"]), `sections` (["home/hero"]) or `all: true`; an empty '
            "choice never means the whole site."
        )
        raise ContentError("empty-scope", message)
    if len(given) > 1:
        message = f"Give only one of pages, sections and all, not {' and '.join(given)}."
        raise ContentError("two-scopes", message)


def _sections_of(route: Route) -> list[Selected]:
    return [Selected(route, section) for section in route.sections]


def find_route(site: Site, name: str) -> Route:
    """The page with this id or path. Raises `ContentError` (unknown-page)."""
    route = site.routes_by_id.get(name) or site.routes_by_path.get(name)
    if route is None:
        candidates = [*site.routes_by_id, *site.routes_by_path]
        message = f'There is no page "{name}" in this site: {did_you_mean(name, candidates)}'
        raise ContentError("unknown-page", message)
    return route


def find_section(site: Site, name: str) -> Selected:
    """The section written `page/section`. Raises `ContentError` (unknown-page, unknown-section)."""
    page, slash, section_id = name.rpartition("/")
    if not slash or not section_id:
        message = f'"{name}" is no section. Write it as page/section, for example "{_example(site)}".'
        raise ContentError("unknown-section", message)
    route = find_route(site, page or "/")
    section = route.section(section_id)
    if section is None:
        candidates = [one.id for one in route.sections]
        message = f'There is no section "{section_id}" on the page "{route.id}": {did_you_mean(section_id, candidates)}'
        raise ContentError("unknown-section", message)
    return Selected(route, section)


def _example(site: Site) -> str:
    return next((f"{route.id}/{section.id}" for route in site.routes for section in route.sections), "home/hero")
