"""rollback: undo the last release of some sections, or whole operations."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from copydesk.content.desk import Desk
from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Rollback
from copydesk.content.reports.receipts import Receipt
from copydesk.tools.arguments import (
    DryRun,
    Flag,
    OperationIds,
    Page,
    Pages,
    RequestId,
    Section,
    Sections,
    ShortWaitSeconds,
)
from copydesk.tools.hints import MOVES_COPY
from copydesk.tools.running import Run, run
from copydesk.tools.scopes import read_scope

_EMPTY = (
    "rollback needs to know what to undo: pages or sections, whose last release is undone, or operationIds, which are "
    "undone whole. An empty choice never means everything. Nothing was changed."
)


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        rollback,
        name="rollback",
        title="Undo",
        description=(
            "Undo, in one step: of pages or sections the last release (only theirs); with operationIds whole "
            "operations of any kind, also a rollback. Refuses to overwrite what changed since, unless force."
        ),
        annotations=MOVES_COPY,
    )


async def rollback(  # noqa: PLR0913  one parameter for each argument on the wire
    ctx: Context[Desk],
    *,
    pages: Pages = (),
    sections: Sections = (),
    page: Page = None,
    section: Section = None,
    operation_ids: OperationIds = (),
    force: Annotated[Flag, Field(description="Also over what changed since.")] = False,
    dry_run: DryRun = False,
    wait_seconds: ShortWaitSeconds = None,
    request_id: RequestId = None,
) -> Annotated[CallToolResult, Receipt]:
    operation = Rollback(scope=read_scope(pages, sections, page, section), operation_ids=operation_ids, force=force)
    if operation.scope.is_empty and not operation_ids:
        raise ContentError("empty-scope", _EMPTY)
    return await run(ctx, operation, Run(dry_run, wait_seconds, request_id))
