"""generate: write preview copy for chosen sections."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult

from copydesk.content.desk import Desk
from copydesk.content.operations.values import Generate
from copydesk.content.reports.receipts import Receipt
from copydesk.tools.arguments import (
    Estimate,
    Force,
    Instructions,
    MaxTokens,
    Page,
    Pages,
    RequestId,
    Section,
    Sections,
    WaitSeconds,
    Writer,
)
from copydesk.tools.hints import WRITES_COPY
from copydesk.tools.running import Run, run
from copydesk.tools.scopes import read_scope, require

_EMPTY = (
    'generate needs to know what to write: pages (["home"]) or sections (["home/hero"]). For the whole site call '
    "generate-all. Nothing was changed."
)


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        generate,
        name="generate",
        title="Write chosen sections",
        description=(
            "Write preview copy (a draft, not live) for chosen pages or sections that have none yet. Answers at once "
            "with an operationId: a model writes in the background, or you do (blockedBy assistant): do nextStep."
        ),
        annotations=WRITES_COPY,
    )


async def generate(  # noqa: PLR0913  one parameter for each argument on the wire
    ctx: Context[Desk],
    *,
    pages: Pages = (),
    sections: Sections = (),
    page: Page = None,
    section: Section = None,
    force: Force = False,
    writer: Writer = None,
    instructions: Instructions = None,
    max_tokens: MaxTokens = None,
    dry_run: Estimate = False,
    wait_seconds: WaitSeconds = None,
    request_id: RequestId = None,
) -> Annotated[CallToolResult, Receipt]:
    scope = require(read_scope(pages, sections, page, section), _EMPTY)
    operation = Generate(scope=scope, force=force, writer=writer, instructions=instructions, max_tokens=max_tokens)
    return await run(ctx, operation, Run(dry_run, wait_seconds, request_id))
