"""retry-failed: do again what is still failed."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult

from copydesk.content.desk import Desk
from copydesk.content.errors import ContentError
from copydesk.content.reports.receipts import Receipt
from copydesk.tools.arguments import Estimate, MaxTokens, OperationId, RequestId, WaitSeconds
from copydesk.tools.hints import WRITES_COPY
from copydesk.tools.running import Run, desk_of, run_asked

_EMPTY = (
    "retry-failed needs the operationId of what failed. check-generation-status without arguments shows the latest "
    "operation. Nothing was changed."
)


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        retry_failed,
        name="retry-failed",
        title="Retry what failed",
        description="Do again only what is still failed of an operation, as a new operation. What succeeded stays.",
        annotations=WRITES_COPY,
    )


async def retry_failed(
    ctx: Context[Desk],
    operation_id: OperationId = None,
    max_tokens: MaxTokens = None,
    dry_run: Estimate = False,
    wait_seconds: WaitSeconds = None,
    request_id: RequestId = None,
) -> Annotated[CallToolResult, Receipt]:
    if operation_id is None:
        raise ContentError("missing-operation", _EMPTY)
    desk = desk_of(ctx)
    how = Run(dry_run, wait_seconds, request_id)
    return await run_asked(
        ctx, how, lambda asked: desk.retry(operation_id, asked, dry_run=dry_run, max_tokens=max_tokens)
    )
