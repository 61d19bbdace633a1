"""regenerate-content: replace preview copy of chosen sections."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult

from copydesk.content.desk import Desk
from copydesk.content.operations.values import Mode, Regenerate
from copydesk.content.reports.receipts import Receipt
from copydesk.tools.arguments import (
    Estimate,
    Instructions,
    Keep,
    MaxTokens,
    OverwriteEdits,
    Page,
    Pages,
    RegenerateMode,
    RequestId,
    Section,
    Sections,
    WaitSeconds,
    WholeSite,
    Writer,
)
from copydesk.tools.hints import REPLACES_COPY
from copydesk.tools.running import Run, run
from copydesk.tools.scopes import read_scope


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        regenerate_content,
        name="regenerate-content",
        title="Rewrite chosen sections",
        description=(
            "Replace preview copy: exactly one of pages, sections or all. What is live does not change. Hand edits "
            "are kept unless overwriteEdits. rollback brings the old copy back. For the user's own words: edit-content."
        ),
        annotations=REPLACES_COPY,
    )


async def regenerate_content(  # noqa: PLR0913  one parameter for each argument on the wire
    ctx: Context[Desk],
    *,
    pages: Pages = (),
    sections: Sections = (),
    whole: WholeSite = False,
    page: Page = None,
    section: Section = None,
    mode: RegenerateMode = "new",
    keep: Keep = (),
    overwrite_edits: OverwriteEdits = False,
    writer: Writer = None,
    instructions: Instructions = None,
    max_tokens: MaxTokens = None,
    dry_run: Estimate = False,
    wait_seconds: WaitSeconds = None,
    request_id: RequestId = None,
) -> Annotated[CallToolResult, Receipt]:
    operation = Regenerate(
        scope=read_scope(pages, sections, page, section, whole=whole),
        mode=Mode(mode),
        keep=keep,
        overwrite_edits=overwrite_edits,
        writer=writer,
        instructions=instructions,
        max_tokens=max_tokens,
    )
    return await run(ctx, operation, Run(dry_run, wait_seconds, request_id))
