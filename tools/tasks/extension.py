"""What the extension adds to the server: three methods, and tasks in place of the receipts of unfinished operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp_types import CallToolRequestParams, CallToolResult

from copydesk.content.desk import Desk
from copydesk.tools.tasks.creating import ENQUEUING, begun_operation
from copydesk.tools.tasks.declaring import EXTENSION, MODERN, declares_tasks
from copydesk.tools.tasks.methods import CancelTask, GetTask, TaskMethods, UpdateTask
from copydesk.tools.tasks.reading import Tasks

__all__ = ["TasksExtension"]


class TasksExtension(Extension):
    """Operations as tasks for clients that declare `io.modelcontextprotocol/tasks`.

    The task is the operation: its id, its state, its receipt. So nothing is kept for it here, and it outlives this
    process. `tools` names the tools that enqueue.
    """

    identifier = EXTENSION

    def __init__(self, tasks: Tasks | None = None, *, tools: frozenset[str] = ENQUEUING) -> None:
        self.tasks = tasks or Tasks()
        self._tools = tools

    def methods(self) -> Sequence[MethodBinding]:
        serve = TaskMethods(self.tasks)
        return (
            MethodBinding("tasks/get", GetTask, serve.get, MODERN),
            MethodBinding("tasks/update", UpdateTask, serve.update, MODERN),
            MethodBinding("tasks/cancel", CancelTask, serve.cancel, MODERN),
        )

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: ServerRequestContext[Desk, Any], call_next: CallNext
    ) -> HandlerResult:
        result = await call_next(ctx)
        if params.name not in self._tools or not declares_tasks(ctx) or not isinstance(result, CallToolResult):
            return result
        operation_id = begun_operation(result)
        return result if operation_id is None else await self.tasks.created(ctx, result, operation_id)
