"""promote: publish preview copy to production."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult

from copydesk.content.desk import Desk
from copydesk.content.operations.values import Promote
from copydesk.content.reports.receipts import Receipt
from copydesk.tools.arguments import (
    DryRun,
    Page,
    Pages,
    RequestId,
    ReviewId,
    Section,
    Sections,
    ShortWaitSeconds,
    WholeSite,
)
from copydesk.tools.hints import MOVES_COPY
from copydesk.tools.running import Run, run
from copydesk.tools.scopes import read_scope


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        promote,
        name="promote",
        title="Publish to production",
        description=(
            "Publish preview copy to production, which is live: all or nothing. Publishes now, cannot schedule; ask "
            "the user first. Exactly one of reviewId (from compare-content), pages, sections, all."
        ),
        annotations=MOVES_COPY,
    )


async def promote(  # noqa: PLR0913  one parameter for each argument on the wire
    ctx: Context[Desk],
    *,
    pages: Pages = (),
    sections: Sections = (),
    whole: WholeSite = False,
    page: Page = None,
    section: Section = None,
    review_id: ReviewId = None,
    dry_run: DryRun = False,
    wait_seconds: ShortWaitSeconds = None,
    request_id: RequestId = None,
) -> Annotated[CallToolResult, Receipt]:
    operation = Promote(scope=read_scope(pages, sections, page, section, whole=whole), review_id=review_id)
    return await run(ctx, operation, Run(dry_run, wait_seconds, request_id))
