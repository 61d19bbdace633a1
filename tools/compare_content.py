"""compare-content: what publishing would change, with a review of exactly that."""

from __future__ import annotations

from typing import Annotated, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import BeforeValidator, Field

from copydesk.content.desk import Desk
from copydesk.content.reports import comparison
from copydesk.content.reports.comparison import CompareQuery
from copydesk.content.reports.content_views import Comparison
from copydesk.tools.answers import PAGED, answer
from copydesk.tools.arguments import Cursor, Flag, Page, Pages, Section, Sections, WholeSite, one_of
from copydesk.tools.hints import READS
from copydesk.tools.running import committed, desk_of
from copydesk.tools.scopes import read_scope

Against = Annotated[
    Literal["production", "previous"],
    BeforeValidator(one_of(("production", "previous"), "production")),
    Field(description="What is live, or the preview copy before the current one."),
]
Detail = Annotated[Flag, Field(description="Also what differs, field by field.")]

_LOCKED = " Publishing is the operator's here: `copydesk promote` on the command line (promotion = locked)."


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        compare_content,
        name="compare-content",
        title="Review",
        description=(
            "What publishing would change, and what the checks find (broken links, duplicate titles, bad lengths). "
            "Show it to the user before promote; the reviewId publishes exactly this. Without a scope the whole site."
        ),
        annotations=READS,
    )


async def compare_content(  # noqa: PLR0913  one parameter for each argument on the wire
    ctx: Context[Desk],
    *,
    pages: Pages = (),
    sections: Sections = (),
    whole: WholeSite = False,
    page: Page = None,
    section: Section = None,
    against: Against = "production",
    detail: Detail = False,
    cursor: Cursor = None,
) -> Annotated[CallToolResult, Comparison]:
    desk = desk_of(ctx)
    scope = read_scope(pages, sections, page, section, whole=whole)
    compared = await committed(comparison.compare_content(desk, CompareQuery(scope, against, detail, cursor)))
    return answer(_allowed(desk, compared), whole=PAGED)


def _allowed(desk: Desk, compared: Comparison) -> Comparison:
    """The comparison without the advice to publish where no tool may."""
    step = compared.next_step
    if desk.settings.promotion != "locked" or step is None or step.tool != "promote":
        return compared
    return compared.model_copy(update={"next_step": None, "message": compared.message + _LOCKED})
