"""The prompt `write-site`: from an empty site, or a half-written one, to a review with the user."""

from __future__ import annotations

from collections.abc import Iterator

from mcp.server.mcpserver import Context, MCPServer

from copydesk.content.desk import Desk
from copydesk.content.reports.content_views import SiteListing, SiteTotals
from copydesk.content.reports.receipts import JobStatusSummary
from copydesk.content.reports.site_listing import list_site
from copydesk.tools.prompts.wording import WRITING_YOURSELF, data, desk_for_prompt, steps

__all__ = ["register"]

_MOST_OPERATIONS = 5


def register(server: MCPServer[Desk]) -> None:
    server.prompt(
        name="write-site",
        title="Write the whole site",
        description="Write all copy that is missing, review it with the user, and publish what the user agrees to.",
    )(write_site)


async def write_site(ctx: Context) -> str:
    async with desk_for_prompt(ctx) as desk:
        listing, status = await list_site(desk), await desk.status()
    totals = listing.totals
    return "\n\n".join(
        [
            "Write the copy of this website with copydesk.",
            data("The site as it stands", _state(listing, status)),
            "Do this, and follow the nextStep of each answer where it says something else:",
            steps(_steps(totals, status)),
        ]
    )


def _state(listing: SiteListing, status: JobStatusSummary) -> dict[str, object]:
    unfinished = [one for one in status.operations if one.outcome is None][:_MOST_OPERATIONS]
    return {
        "site": listing.site,
        "title": listing.title,
        "totals": listing.totals.model_dump(mode="json", by_alias=True),
        "unfinished": [
            {
                "operationId": one.operation_id,
                "operation": one.operation.value,
                "counts": one.counts.model_dump(mode="json", by_alias=True),
                "blockedBy": one.blocked_by,
            }
            for one in unfinished
        ],
        "failures": [
            {"section": f"{one.page}/{one.section}", "code": one.code, "fix": one.fix}
            for one in status.failures[:_MOST_OPERATIONS]
        ],
    }


def _steps(totals: SiteTotals, status: JobStatusSummary) -> Iterator[str]:
    if any(one.outcome is None for one in status.operations):
        yield "Work is under way already. Call check-generation-status with waitSeconds 20 until it is finished."
    if totals.missing_preview:
        yield (
            f"{totals.missing_preview} of {totals.sections} sections have no preview copy. Call generate-all with "
            "dryRun: true, tell the user how many sections it would write and what that is expected to take, and ask."
        )
        yield (
            "Call generate-all. It answers at once; call check-generation-status with waitSeconds 20, tell the user "
            "how far it is, and repeat until it is finished."
        )
    yield WRITING_YOURSELF
    yield "If sections failed, tell the user why; retry-failed does those again that a second attempt can help."
    yield (
        "Call compare-content with all: true. Show the user what publishing would change and what the checks found; "
        "correct what the user wants different with edit-content (their words) or regenerate-content."
    )
    yield "Only when the user agrees, call promote with the reviewId of the last comparison. rollback undoes it."
