"""list-operations: what was done, when, by whom, and what it took."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from copydesk.content.desk import Desk
from copydesk.content.reports import operation_listing
from copydesk.content.reports.content_views import OperationListing
from copydesk.content.reports.operation_listing import OperationsQuery
from copydesk.tools.answers import PAGED, answer
from copydesk.tools.arguments import Cursor, Id, Names
from copydesk.tools.hints import READS
from copydesk.tools.running import desk_of


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        list_operations,
        name="list-operations",
        title="What was done",
        description=(
            "What was done, when and by whom, newest first, with tokens and cost, and the totals of all that fits. "
            "rollback takes the operationIds."
        ),
        annotations=READS,
    )


async def list_operations(
    ctx: Context[Desk],
    since: Annotated[Id, Field(description="A date, a time, or an age: 24h, 7d.")] = None,
    until: Annotated[Id, Field(description="The same.")] = None,
    kinds: Annotated[Names, Field(description="generate, regenerate, promote, rollback, edit.")] = (),
    started_by: Annotated[Id, Field(validation_alias="startedBy", description="A client or a person.")] = None,
    cursor: Cursor = None,
) -> Annotated[CallToolResult, OperationListing]:
    query = OperationsQuery(since, until, kinds, started_by, cursor)
    return answer(await operation_listing.list_operations(desk_of(ctx), query), whole=PAGED)
