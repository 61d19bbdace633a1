"""What can be read as a resource. The bodies are those of the tools, uncut as far as that is sensible."""

from __future__ import annotations

from typing import Final, cast

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.resources import ResourceSecurity

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.desk import Desk
from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Scope, Wire
from copydesk.content.reports.addresses import OPERATION, PAGE, SECTION, SITE
from copydesk.content.reports.copy_reading import ReadQuery, read_content
from copydesk.content.reports.paging import BOUNDLESS
from copydesk.content.reports.site_listing import ListQuery, list_site
from copydesk.content.reports.status import StatusQuery
from copydesk.store.states import Environment
from copydesk.tools.answers import compact

__all__ = ["MIME_TYPE", "read_site", "register"]

MIME_TYPE: Final = "application/json"
_LARGE: Final = 200_000
"""Characters of a body that grows with the site; behind them goes a cursor."""
_JOBS: Final = 500
_OWN_CHECKS: Final = ResourceSecurity(exempt_params=frozenset({"page", "cursor"}))
"""A page may be named by its path, which looks like that of a file and is none."""


def register(server: MCPServer[Desk]) -> None:
    server.resource(
        f"{SITE}{{?cursor}}",
        name="site",
        title="The site",
        description="All pages and sections with the state of their copy in preview and production.",
        mime_type=MIME_TYPE,
        security=_OWN_CHECKS,
    )(site_resource)
    server.resource(
        OPERATION,
        name="operation",
        title="An operation",
        description="How far an operation is, what failed and why: as check-generation-status tells it.",
        mime_type=MIME_TYPE,
    )(operation_resource)
    server.resource(
        f"{PAGE}{{?cursor}}",
        name="page",
        title="The copy of a page",
        description="All sections of a page in preview or production: fields, rendered Markdown, revision, history.",
        mime_type=MIME_TYPE,
        security=_OWN_CHECKS,
    )(page_resource)
    server.resource(
        SECTION,
        name="section",
        title="The copy of a section",
        description="Its fields however long, rendered Markdown, revision, provenance and history.",
        mime_type=MIME_TYPE,
        security=_OWN_CHECKS,
    )(section_resource)


async def site_resource(ctx: Context, cursor: str = "") -> str:
    return await read_site(_desk_of(ctx), cursor)


async def read_site(desk: Desk, cursor: str = "") -> str:
    """The body of `copydesk://site`."""
    return _body(await list_site(desk, ListQuery(cursor=cursor or None, room=_LARGE)))


async def operation_resource(ctx: Context, id: str) -> str:  # noqa: A002  the name in the address
    return _body(await _desk_of(ctx).status(StatusQuery(operation_id=id, limit=_JOBS)))


async def page_resource(ctx: Context, environment: str, page: str, cursor: str = "") -> str:
    query = ReadQuery(
        scope=Scope(pages=(page,)),
        environment=_environment(environment),
        rendered=True,
        cursor=cursor or None,
        room=_LARGE,
    )
    return _body(await read_content(_desk_of(ctx), query))


async def section_resource(ctx: Context, environment: str, page: str, section: str) -> str:
    query = ReadQuery(
        scope=Scope(sections=(f"{page}/{section}",)),
        environment=_environment(environment),
        rendered=True,
        room=BOUNDLESS,
    )
    reading = await read_content(_desk_of(ctx), query)
    return _body(reading.sections[0])


def _environment(name: str) -> Environment:
    if name not in tuple(Environment):
        message = f'There is no environment "{name}": {did_you_mean(name, Environment)}'
        raise ContentError("unknown-environment", message)
    return Environment(name)


def _desk_of(ctx: Context) -> Desk:
    return cast("Desk", ctx.request_context.lifespan_context)  # resources get the bare context


def _body(model: Wire) -> str:
    return compact(model.model_dump(mode="json", by_alias=True))
