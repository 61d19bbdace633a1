"""read-content: the copy of sections, where it comes from, and what happened to it."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import BeforeValidator, Field, WithJsonSchema

from copydesk.content.desk import Desk
from copydesk.content.reports import copy_reading
from copydesk.content.reports.content_views import ContentReading
from copydesk.content.reports.copy_reading import ReadQuery
from copydesk.store.states import Environment
from copydesk.tools.answers import PAGED, answer
from copydesk.tools.arguments import Cursor, Number, Page, Pages, Section, Sections, WholeSite, one_of
from copydesk.tools.hints import READS
from copydesk.tools.running import desk_of
from copydesk.tools.scopes import read_scope

WhichCopy = Annotated[
    Environment,
    BeforeValidator(one_of(tuple(Environment), Environment.PREVIEW)),
    Field(description="preview (default) is the draft, production is live."),
    WithJsonSchema({"type": "string", "enum": [each.value for each in Environment]}),
]
PastRevision = Annotated[Number, Field(description="An older version, by a number from the history.")]


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        read_content,
        name="read-content",
        title="Read copy",
        description=(
            "Copy section by section: its fields, its revision, who wrote it and what happened to it. Without a scope "
            "the whole site, a page of it at a time."
        ),
        annotations=READS,
    )


async def read_content(  # noqa: PLR0913  one parameter for each argument on the wire
    ctx: Context[Desk],
    *,
    pages: Pages = (),
    sections: Sections = (),
    whole: WholeSite = False,
    page: Page = None,
    section: Section = None,
    environment: WhichCopy = Environment.PREVIEW,
    revision: PastRevision = None,
    cursor: Cursor = None,
) -> Annotated[CallToolResult, ContentReading]:
    scope = read_scope(pages, sections, page, section, whole=whole)
    query = ReadQuery(scope=scope, environment=environment, revision=revision, cursor=cursor)
    return answer(await copy_reading.read_content(desk_of(ctx), query), whole=PAGED)
