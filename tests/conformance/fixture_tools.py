"""The tools that the scenarios call, by the names that the suite gives them, and their tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from mcp import MCPError
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import (
    INTERNAL_ERROR,
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    TextContent,
)

from copydesk.content.desk import Desk
from copydesk.content.operations.values import Generate, read_operation
from copydesk.content.reports.following import Followed
from copydesk.content.reports.receipts import Receipt
from copydesk.tools import catalog
from copydesk.tools.running import Run, run
from copydesk.tools.tasks.declaring import require_tasks
from copydesk.tools.tasks.reading import Tasks
from copydesk.tools.tasks.wire import Json
from tests.conformance.fixture_desk import FixtureWriter, Places, Wish, form

TOOLS: Final = (
    "slow_compute",
    "failing_job",
    "protocol_error_job",
    "confirm_delete",
    "multi_input",
    "test_tool_with_task",
)
"""Those that begin a task."""
_AT_ONCE: Final = Run(dry_run=False, wait_seconds=None, request_id=None)
_LONG_ENOUGH: Final = 0.5
"""Seconds: the job is still unfinished when the call is answered."""
_PLACES: Final = Places()


def register(server: MCPServer[Desk]) -> None:
    """The tools of copydesk, and those of the suite."""
    catalog.register(server)
    for tool in (greet, slow_compute, failing_job, protocol_error_job, confirm_delete, multi_input):
        server.add_tool(tool, description=tool.__doc__)
    server.add_tool(test_tool_with_task, description=test_tool_with_task.__doc__, structured_output=False)


async def greet(name: str) -> str:
    """Answers at once."""
    return f"Hello, {name}!"


async def slow_compute(
    ctx: Context[Desk], seconds: float = 0, label: str = "done"
) -> Annotated[CallToolResult, Receipt]:
    """Works for some seconds."""
    how = _AT_ONCE if seconds else Run(dry_run=False, wait_seconds=20, request_id=None)
    return await run(ctx, Wish(seconds, label).order(_PLACES.take(1)), how)


async def failing_job(ctx: Context[Desk]) -> Annotated[CallToolResult, Receipt]:
    """Fails, as a job whose writer refuses; only for clients that know tasks."""
    require_tasks(ctx.request_context)
    return await run(ctx, Wish(_LONG_ENOUGH, ends="refused").order(_PLACES.take(1)), _AT_ONCE)


async def protocol_error_job(ctx: Context[Desk]) -> Annotated[CallToolResult, Receipt]:
    """Fails in a way that ends in an error of the protocol."""
    return await run(ctx, Wish(_LONG_ENOUGH, ends="crashed").order(_PLACES.take(1)), _AT_ONCE)


async def confirm_delete(ctx: Context[Desk], filename: str) -> Annotated[CallToolResult, Receipt]:
    """Asks one question and waits for the answer."""
    return await run(ctx, Wish(text=filename, ends="asked").order(_PLACES.take(1)), _AT_ONCE)


async def multi_input(ctx: Context[Desk]) -> Annotated[CallToolResult, Receipt]:
    """Asks two questions at once and waits for both answers."""
    return await run(ctx, Wish(ends="asked").order(_PLACES.take(2)), _AT_ONCE)


async def test_tool_with_task(ctx: Context[Desk]) -> CallToolResult | InputRequiredResult:
    """Asks for a name before it begins, and writes it."""
    match (ctx.input_responses or {}).get("user_name"):
        case ElicitResult(action="accept", content={"name": str(name)}):
            return await run(ctx, Wish(_LONG_ENOUGH, f"Hello, {name}!").order(_PLACES.take(1)), _AT_ONCE)
        case _:
            schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
            asked = ElicitRequestFormParams(message="What is your name?", requested_schema=schema)
            return InputRequiredResult(input_requests={"user_name": ElicitRequest(params=asked)})


class FixtureTasks(Tasks):
    """Operations as tasks, with the ends that those of copydesk never come to."""

    def __init__(self, writer: FixtureWriter) -> None:
        super().__init__()
        self._writer = writer

    async def input_requests(self, desk: Desk, followed: Followed, capabilities: Any) -> Json:
        return {section: form() for section in self._waiting(followed)}

    async def answer(self, desk: Desk, followed: Followed, responses: Mapping[str, Any]) -> None:
        for section in self._waiting(followed) & responses.keys():
            self._writer.asked.pop(section).set()

    def _waiting(self, followed: Followed) -> set[str]:
        return {f"{job.page}/{job.section}" for job in followed.receipt.jobs} & self._writer.asked.keys()

    async def result_of(self, desk: Desk, followed: Followed) -> CallToolResult:
        if any(failure.code == "crashed" for failure in followed.receipt.failed):
            raise MCPError(INTERNAL_ERROR, "The fixture crashed.")
        written = read_operation(followed.operation.request)
        result = await super().result_of(desk, followed)
        if result.is_error or not isinstance(written, Generate):
            return result
        text = TextContent(type="text", text=Wish.of(written.instructions).text)
        return result.model_copy(update={"content": [text, *result.content]})
