"""The prompt `fix-failures`: why sections failed, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from pydantic import Field

from copydesk.content.desk import Desk
from copydesk.content.reports.receipts import Failure, JobStatusSummary
from copydesk.content.reports.status import StatusQuery
from copydesk.store import news
from copydesk.tools.prompts.wording import WRITING_YOURSELF, data, desk_for_prompt, steps

__all__ = ["register"]


def register(server: MCPServer[Desk]) -> None:
    server.prompt(
        name="fix-failures",
        title="Fix what failed",
        description="Find out why sections of an operation failed, and get them written.",
    )(fix_failures)


async def fix_failures(
    ctx: Context,
    operationId: Annotated[  # noqa: N803  the name on the wire: the SDK has no aliases here
        str, Field(description="The operation; without it the latest one with failures.")
    ] = "",
) -> str:
    async with desk_for_prompt(ctx) as desk:
        found = await _operation(desk, operationId)
        if found is None:
            return "Nothing has failed in this project. Tell the user so, and offer to check what is under way."
        status = await desk.status(StatusQuery(operation_id=found))
    if not status.failures:
        return f"{status.message}\n\nNo section of it is failed. Tell the user so."
    return "\n\n".join(
        [
            f"Sections of the operation {found} failed. Get them written.",
            data("What failed", _state(status)),
            "Do this, and follow the nextStep of each answer where it says something else:",
            steps(_steps(found, status.failures)),
        ]
    )


async def _operation(desk: Desk, named: str) -> str | None:
    if named:
        return named
    latest = await desk.store.read(news.operation_ids, "", only_failed=True, limit=1)
    return latest[0] if latest else None


def _state(status: JobStatusSummary) -> dict[str, object]:
    return {
        "failed": status.failed,
        "of": status.total,
        "failures": [
            {
                "section": f"{one.page}/{one.section}",
                "code": one.code,
                "message": one.message,
                "retryable": one.retryable,
                "fix": one.fix,
            }
            for one in status.failures
        ],
    }


def _steps(operation_id: str, failures: Sequence[Failure]) -> Iterator[str]:
    retryable = sum(one.retryable for one in failures)
    yield "Tell the user in a sentence what failed and why: group the sections by reason."
    if retryable < len(failures):
        yield (
            "What is not retryable fails again until something changes: do what its fix says, or ask the user to (a "
            "key, a budget, a template, the words of the site)."
        )
    yield (
        f'Call retry-failed with operationId "{operation_id}" and waitSeconds 20: it does again what is still failed, '
        "as a new operation. Then call check-generation-status until that is finished."
    )
    yield WRITING_YOURSELF
    yield (
        "If a section fails once more for the same reason, do not repeat it: offer regenerate-content with other "
        "instructions, or edit-content with the user's own words."
    )
