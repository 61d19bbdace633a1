"""take-brief: sections for the assistant to write."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import BeforeValidator, Field, WithJsonSchema

from copydesk.content.assistant.handing import MOST_BRIEFS
from copydesk.content.assistant.takers import Taker
from copydesk.content.assistant.views import HandedBriefs
from copydesk.content.desk import Desk
from copydesk.tools.answers import uncut_answer
from copydesk.tools.arguments import OperationId, as_number
from copydesk.tools.hints import TAKES_BRIEFS
from copydesk.tools.running import client_name, committed, desk_of

Count = Annotated[
    Annotated[int, Field(ge=1, le=MOST_BRIEFS)] | None,
    BeforeValidator(as_number),
    Field(description="At most; default 10. As many as fit are given."),
    WithJsonSchema({"type": "integer"}),
]


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        take_brief,
        name="take-brief",
        title="Take briefs to write",
        description=(
            "Sections that wait for you to write them (writer: agent): prompts and schemas. Yours for 10 minutes; "
            "those you took and did not submit come again first. Write the fields, then submit-content."
        ),
        annotations=TAKES_BRIEFS,
    )


async def take_brief(
    ctx: Context[Desk], count: Count = None, operation_id: OperationId = None
) -> Annotated[CallToolResult, HandedBriefs]:
    taking = desk_of(ctx).take_briefs(count, operation_id, taker=taker_of(ctx))
    return uncut_answer(await committed(taking))


def taker_of(ctx: Context[Desk]) -> Taker:
    """The assistant behind this call: its client, and its session where the transport has one."""
    headers = ctx.headers or {}
    return Taker(client_name(ctx), headers.get("mcp-session-id"))
