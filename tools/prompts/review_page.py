"""The prompt `review-page`: read one page with the user, correct it, publish it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from pydantic import Field

from copydesk.content.desk import Desk
from copydesk.content.operations.selection import find_route
from copydesk.content.reports.content_views import RouteState, SiteTotals
from copydesk.content.reports.site_listing import ListQuery, list_site
from copydesk.tools.prompts.wording import WRITING_YOURSELF, data, desk_for_prompt, steps

__all__ = ["register"]


def register(server: MCPServer[Desk]) -> None:
    server.prompt(
        name="review-page",
        title="Review a page",
        description="Read one page with the user, correct its copy, and publish it if the user agrees.",
    )(review_page)


async def review_page(ctx: Context, page: Annotated[str, Field(description="The page, by its id or path.")]) -> str:
    async with desk_for_prompt(ctx) as desk:
        route = find_route(await desk.site(), page)
        listing = await list_site(desk, ListQuery(pages=(route.id,)))
    return "\n\n".join(
        [
            f"Review the page {route.id} with the user.",
            data("The page as it stands", _state(listing.routes, listing.totals)),
            "Do this, and follow the nextStep of each answer where it says something else:",
            steps(_steps(route.id, listing.totals)),
        ]
    )


def _state(routes: tuple[RouteState, ...], totals: SiteTotals) -> dict[str, object]:
    return {
        "page": [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in routes],
        "totals": totals.model_dump(mode="json", by_alias=True, exclude={"pages"}),
    }


def _steps(page: str, totals: SiteTotals) -> Iterator[str]:
    if totals.missing_preview:
        yield (
            f"{totals.missing_preview} of {totals.sections} sections have no preview copy. Ask the user whether to "
            f'write them; if so, call generate with pages ["{page}"] and waitSeconds 20, and check-generation-status '
            "until it is finished."
        )
        yield WRITING_YOURSELF
    if totals.drafts:
        yield (
            f"{totals.drafts} sections are placeholder drafts and not meant to be published. Offer to have them "
            "written anew by a real writer with regenerate-content."
        )
    yield f'Call read-content with pages ["{page}"] and show the user the copy, section by section.'
    yield (
        f'Call compare-content with pages ["{page}"] and detail: true. Tell the user what publishing would change and '
        "what the checks found: links, lengths, terms, facts."
    )
    yield (
        "Ask what should be different. The user's own words go in with edit-content; for a new attempt call "
        "regenerate-content with instructions, and keep for what must survive. Then compare again."
    )
    yield "Only when the user agrees, call promote with the reviewId of the last comparison. rollback undoes it."
