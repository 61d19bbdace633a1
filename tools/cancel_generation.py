"""cancel-generation: stop what is unfinished."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult

from copydesk.content.desk import Desk
from copydesk.content.reports.receipts import CancelReceipt
from copydesk.content.reports.reporting import cancel_receipt
from copydesk.tools.answers import answer
from copydesk.tools.arguments import JobIds, OperationId
from copydesk.tools.hints import STOPS
from copydesk.tools.running import committed, desk_of


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        cancel_generation,
        name="cancel-generation",
        title="Stop",
        description=(
            "Stop unfinished jobs: those of an operation, or the ones named; without arguments everything "
            "unfinished. Finished copy stays; rollback takes that back."
        ),
        annotations=STOPS,
    )


async def cancel_generation(
    ctx: Context[Desk], operation_id: OperationId = None, job_ids: JobIds = ()
) -> Annotated[CallToolResult, CancelReceipt]:
    desk = desk_of(ctx)
    return answer(cancel_receipt(await committed(desk.cancel(operation_id, job_ids))))
