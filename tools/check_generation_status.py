"""check-generation-status: how far the jobs are, what failed and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult

from copydesk.content.desk import Desk
from copydesk.content.reports.receipts import JobStatusSummary
from copydesk.content.reports.status import StatusQuery
from copydesk.tools.answers import answer, fits, fitted
from copydesk.tools.arguments import Cursor, JobIds, OperationId, States, WaitSeconds
from copydesk.tools.hints import READS
from copydesk.tools.running import bounded, desk_of, reporter, wait_warnings

_FEWER: Final = (8, 3, 1)
"""How many jobs to list where 20 do not fit beside the rest."""
_WHOLE: Final = frozenset({"jobs", "operations"})
"""Lists that are not cut: a cursor continues the jobs where they end, and no operation may go unseen."""


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        check_generation_status,
        name="check-generation-status",
        title="How far it is",
        description=(
            "How far the jobs are, what failed and why. Without ids: everything unfinished, else the latest "
            "operation. waitSeconds waits for the end with progress; still running is no error."
        ),
        annotations=READS,
    )


async def check_generation_status(
    ctx: Context[Desk],
    operation_id: OperationId = None,
    job_ids: JobIds = (),
    states: States = (),
    wait_seconds: WaitSeconds = None,
    cursor: Cursor = None,
) -> Annotated[CallToolResult, JobStatusSummary]:
    desk = desk_of(ctx)
    query = StatusQuery(operation_id, job_ids, states, cursor)
    summary = await desk.status(query, wait_seconds=bounded(wait_seconds), report=reporter(ctx))
    shorter = await _shorter(desk, query, summary)
    warned = shorter.model_copy(update={"warnings": wait_warnings(wait_seconds)})
    return answer(warned, whole=_WHOLE)


async def _shorter(desk: Desk, query: StatusQuery, summary: JobStatusSummary) -> JobStatusSummary:
    """The summary with as many jobs as fit into an answer; the cursor goes on after the last of them."""
    for limit in _FEWER:
        if fits(fitted(summary.model_dump(mode="json", by_alias=True), whole=_WHOLE)):
            break
        fewer = await desk.status(replace(query, limit=limit))
        summary = fewer.model_copy(update={"wait_ended": summary.wait_ended})
    return summary
