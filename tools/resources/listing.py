"""`resources/list`: the site, then its pages, a hundred at a time.

Sections and operations are not listed: a site has thousands, and they come and go. Their addresses follow from the
templates, and completion offers them.
"""

from __future__ import annotations

from typing import Any, Final

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp_types import INVALID_PARAMS, Annotations, Resource

from copydesk.content.definition.models import Route, Site
from copydesk.content.desk import Desk
from copydesk.content.errors import ContentError
from copydesk.content.reports.addresses import SITE, page_uri
from copydesk.content.reports.paging import after_cursor, counted, shorten
from copydesk.store.states import Environment
from copydesk.tools.resources.reading import MIME_TYPE, read_site

__all__ = ["list_resources"]

_PAGE: Final = 100
_SHORT: Final = 100


async def list_resources(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware: the SDK's own list is static and has no pages."""
    result = await call_next(ctx)
    desk = ctx.lifespan_context
    if ctx.method != "resources/list" or not (isinstance(desk, Desk) and isinstance(result, dict)):
        return result
    cursor = (ctx.params or {}).get("cursor")
    listed, following = await _page(desk, cursor)
    wire = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in listed]
    return {**result, "resources": wire} | ({"nextCursor": following} if following else {})


async def _page(desk: Desk, cursor: str | None) -> tuple[list[Resource], str | None]:
    try:
        site = await desk.site()
    except ContentError:  # reading the resource says what is wrong with the file
        return [_site_resource(None, None)], None
    first = [] if cursor else [_site_resource(site, len((await read_site(desk)).encode()))]
    rest = _after(site, cursor)
    following = rest[_PAGE].id if len(rest) > _PAGE else None
    return [*first, *(_page_resource(route) for route in rest[:_PAGE])], following


def _after(site: Site, cursor: str | None) -> list[Route]:
    try:
        return after_cursor(list(site.routes), lambda route: route.id, cursor)
    except ContentError as error:
        raise MCPError(code=INVALID_PARAMS, message=error.message) from error


def _site_resource(site: Site | None, size: int | None) -> Resource:
    return Resource(
        uri=SITE,
        name="site",
        title="The site" if site is None else shorten(site.title, _SHORT),
        description="All pages and sections with the state of their copy in preview and production.",
        mime_type=MIME_TYPE,
        size=size,
        annotations=Annotations(audience=["user", "assistant"], priority=1.0),
    )


def _page_resource(route: Route) -> Resource:
    return Resource(
        uri=page_uri(Environment.PREVIEW, route.id),
        name=route.id,
        title=shorten(route.title, _SHORT),
        description=f"The preview copy of {shorten(route.path, _SHORT)}: {counted(len(route.sections), 'section')}.",
        mime_type=MIME_TYPE,
    )
