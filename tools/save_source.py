"""save-source: facts for all later writing."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from copydesk.content.authoring import sources
from copydesk.content.authoring.sources import SaveSource
from copydesk.content.desk import Desk
from copydesk.content.reports.content_views import SavedSource
from copydesk.tools.answers import answer
from copydesk.tools.arguments import Flag, Names
from copydesk.tools.hints import MOVES_COPY
from copydesk.tools.running import desk_of


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        save_source,
        name="save-source",
        title="Save facts",
        description=(
            "Save facts for all later writing, as a text file of the project. Copy that exists stays as it is until "
            "it is regenerated."
        ),
        annotations=MOVES_COPY,
    )


async def save_source(
    ctx: Context[Desk],
    name: Annotated[str, Field(description="Of the file: prices, or facts/prices.md.")],
    text: Annotated[str, Field(description="The facts, as text or Markdown.")],
    pages: Annotated[Names, Field(description="Only for these; default: the whole site.")] = (),
    overwrite: Annotated[Flag, Field(description="Replace all of a file that says something else.")] = False,
) -> Annotated[CallToolResult, SavedSource]:
    request = SaveSource(name, text, pages, overwrite=overwrite)
    return answer(await sources.save_source(desk_of(ctx), request))
