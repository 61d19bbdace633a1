"""What the TAB key offers: the names of the site as its file says them now, without loading or checking the site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from copydesk.content.errors import ContentError

if TYPE_CHECKING:
    import click

__all__ = ["complete_pages", "complete_places", "complete_profiles", "complete_sections"]


def complete_pages(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Page ids; paths once a slash has been typed."""
    key = "path" if incomplete.startswith("/") else "id"
    names = [str(route[key]) for route in _routes(ctx) if key in route]
    return [name for name in names if name.startswith(incomplete)]


def complete_sections(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """`page/section`"""
    return [name for route in _routes(ctx) for name in _sections(route) if name.startswith(incomplete)]


def complete_places(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Pages, and the sections of the page that is being typed."""
    pages = complete_pages(ctx, parameter, incomplete)
    return pages if pages and "/" not in incomplete else pages + complete_sections(ctx, parameter, incomplete)


def complete_profiles(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from copydesk.content.files.profiles import PROFILES  # noqa: PLC0415 - only at the TAB key

    return [name for name in PROFILES if name.startswith(incomplete)]


def _routes(ctx: click.Context) -> Iterator[dict[str, Any]]:
    """The pages of the site file, as far as it can be read: completion never complains."""
    from copydesk.content.definition.reader import read_yaml  # noqa: PLC0415 - only at the TAB key
    from copydesk.content.project import find_project  # noqa: PLC0415

    try:
        content = find_project(ctx.params.get("project")).site_file.read_bytes()
    except (ContentError, OSError):
        return
    data = read_yaml(content).data
    routes = data.get("routes") if isinstance(data, dict) else None
    yield from (route for route in (routes if isinstance(routes, list) else ()) if isinstance(route, dict))


def _sections(route: dict[str, Any]) -> Iterator[str]:
    sections = route.get("sections")
    for section in sections if isinstance(sections, list) else ():
        if isinstance(section, dict) and "id" in route and "id" in section:
            yield f"{route['id']}/{section['id']}"
