"""regenerate-all: replace the preview copy of the whole site."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult

from copydesk.content.desk import Desk
from copydesk.content.operations.values import WHOLE_SITE, Mode, Regenerate
from copydesk.content.reports.receipts import Receipt
from copydesk.tools.arguments import (
    Estimate,
    Instructions,
    MaxTokens,
    OverwriteEdits,
    RegenerateMode,
    RequestId,
    WaitSeconds,
    Writer,
)
from copydesk.tools.hints import REPLACES_COPY
from copydesk.tools.running import Run, run


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        regenerate_all,
        name="regenerate-all",
        title="Rewrite the whole site",
        description=(
            "Replace all preview copy of the site. What is live does not change. Hand edits are kept unless "
            "overwriteEdits. rollback brings the old copy back. Costs as much as the first time: dryRun tells."
        ),
        annotations=REPLACES_COPY,
    )


async def regenerate_all(  # noqa: PLR0913  one parameter for each argument on the wire
    ctx: Context[Desk],
    *,
    mode: RegenerateMode = "new",
    overwrite_edits: OverwriteEdits = False,
    writer: Writer = None,
    instructions: Instructions = None,
    max_tokens: MaxTokens = None,
    dry_run: Estimate = False,
    wait_seconds: WaitSeconds = None,
    request_id: RequestId = None,
) -> Annotated[CallToolResult, Receipt]:
    operation = Regenerate(
        scope=WHOLE_SITE,
        mode=Mode(mode),
        overwrite_edits=overwrite_edits,
        writer=writer,
        instructions=instructions,
        max_tokens=max_tokens,
    )
    return await run(ctx, operation, Run(dry_run, wait_seconds, request_id))
