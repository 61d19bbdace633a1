"""generate-all: write preview copy for the whole site."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult

from copydesk.content.desk import Desk
from copydesk.content.operations.values import WHOLE_SITE, Generate
from copydesk.content.reports.receipts import Receipt
from copydesk.tools.arguments import Estimate, Force, Instructions, MaxTokens, RequestId, WaitSeconds, Writer
from copydesk.tools.hints import WRITES_COPY
from copydesk.tools.running import Run, run


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        generate_all,
        name="generate-all",
        title="Write the whole site",
        description=(
            "Write preview copy (drafts, not live) for every section of the site that has none yet. Answers at once "
            "with an operationId: a model writes in the background, or you do (blockedBy assistant): do nextStep. "
            "Repeating it queues nothing twice."
        ),
        annotations=WRITES_COPY,
    )


async def generate_all(
    ctx: Context[Desk],
    *,
    force: Force = False,
    writer: Writer = None,
    instructions: Instructions = None,
    max_tokens: MaxTokens = None,
    dry_run: Estimate = False,
    wait_seconds: WaitSeconds = None,
    request_id: RequestId = None,
) -> Annotated[CallToolResult, Receipt]:
    operation = Generate(scope=WHOLE_SITE, force=force, writer=writer, instructions=instructions, max_tokens=max_tokens)
    return await run(ctx, operation, Run(dry_run, wait_seconds, request_id))
