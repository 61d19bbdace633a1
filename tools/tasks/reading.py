"""Reading operations as tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp import MCPError
from mcp.server.context import HandlerResult, ServerRequestContext
from mcp_types import INVALID_PARAMS, CallToolResult, ClientCapabilities

from copydesk.content.desk import Desk
from copydesk.content.errors import ContentError
from copydesk.content.reports.following import Followed, follow
from copydesk.tools.tasks import wire
from copydesk.tools.tasks.asking import Asking, can_be_asked, waits_for_assistant
from copydesk.tools.tasks.wire import Json

__all__ = ["Tasks"]

_UNKNOWN = 'There is no task "{}". A task has the id of its operation, as the answer that began it says.'
"""Names no other: whoever knows the id of a task may see and stop it."""


class Tasks:
    """The tasks of a desk: its operations."""

    def __init__(self) -> None:
        self._asking = Asking()

    async def created(
        self, request: ServerRequestContext[Desk, Any], result: CallToolResult, task_id: str
    ) -> HandlerResult:
        """The beginning of a task in place of the `result` of a call; the final result if all is done by now.

        The `result` stays where only this client's assistant can go on, and the client would wait for it in vain.
        """
        desk = request.lifespan_context
        followed = await self.follow(desk, task_id)
        task = self.bare(desk, followed)
        if wire.has_ended(task):
            return await self.result_of(desk, followed)
        if waits_for_assistant(followed) and not can_be_asked(request.session.client_capabilities):
            return result
        return {"resultType": "task", **task}

    async def read(self, desk: Desk, task_id: str, capabilities: ClientCapabilities | None) -> Json:
        """The task as it stands, with what it asks of a client with these capabilities, or how it ended.

        Raises `MCPError` (invalid params) for an operation that there is not.
        """
        followed = await self.follow(desk, task_id)
        task = self.bare(desk, followed)
        if task["status"] == "working":
            return wire.asking(task, await self.input_requests(desk, followed, capabilities))
        if task["status"] != "completed":
            return task
        try:
            return wire.completed(task, await self.result_of(desk, followed))
        except MCPError as error:
            return wire.failed(task, error)

    async def follow(self, desk: Desk, task_id: str) -> Followed:
        """The operation behind a task. Raises `MCPError` (invalid params)."""
        try:
            missing_key = desk.writers.missing_key
            return await desk.store.read(follow, task_id, at=desk.now(), drafts=desk.drafts, missing_key=missing_key)
        except ContentError as error:
            raise MCPError(INVALID_PARAMS, _UNKNOWN.format(task_id)) from error

    async def input_requests(self, desk: Desk, followed: Followed, capabilities: ClientCapabilities | None) -> Json:
        """What the operation waits for that this client could give: requests by keys that are never used again."""
        if not (waits_for_assistant(followed) and can_be_asked(capabilities)):
            return {}
        return await self._asking.requests(desk, followed)

    async def answer(self, desk: Desk, followed: Followed, responses: Mapping[str, Any]) -> None:
        """Take what a client gave, by the keys of the requests; other keys are ignored."""
        if waits_for_assistant(followed):
            await self._asking.answer(desk, followed, responses)

    async def result_of(self, desk: Desk, followed: Followed) -> CallToolResult:
        """What the call that began the task would have answered at its end.

        A call that would have ended in an error of the protocol raises that, as an `MCPError`.
        """
        return wire.receipt_result(followed)

    def bare(self, desk: Desk, followed: Followed) -> Json:
        return wire.task(followed, now=desk.now().now, retention=desk.settings.retention)
