"""list-site: the pages with the state of their copy, the templates, or the sources."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import BeforeValidator, Field, WithJsonSchema

from copydesk.content.desk import Desk
from copydesk.content.reports import site_listing
from copydesk.content.reports.content_views import Shown, SiteListing
from copydesk.content.reports.site_listing import ListQuery
from copydesk.store.states import Environment
from copydesk.tools.answers import PAGED, answer
from copydesk.tools.arguments import Cursor, Pages, one_of
from copydesk.tools.hints import READS
from copydesk.tools.running import desk_of

Show = Annotated[
    Literal["routes", "templates", "sources"],
    BeforeValidator(one_of(get_args(Shown), "routes")),
    Field(description="Pages and sections, what copy can be made of, or files of facts."),
]
Missing = Annotated[
    Environment | None,
    BeforeValidator(one_of(tuple(Environment), None)),
    Field(description="Only sections that have no copy there."),
    WithJsonSchema({"type": "string", "enum": [each.value for each in Environment]}),
]


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        list_site,
        name="list-site",
        title="The site",
        description=(
            "The ids of pages and sections, and what copy each has: none, draft (a placeholder), written or edited, "
            "and whether that is live."
        ),
        annotations=READS,
    )


async def list_site(
    ctx: Context[Desk], show: Show = "routes", missing: Missing = None, pages: Pages = (), cursor: Cursor = None
) -> Annotated[CallToolResult, SiteListing]:
    query = ListQuery(show, missing, pages, cursor)
    return answer(await site_listing.list_site(desk_of(ctx), query), whole=PAGED)
