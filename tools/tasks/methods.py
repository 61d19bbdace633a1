"""The requests about a task: get, update, cancel."""

from __future__ import annotations

from typing import Annotated, Any, Final

from mcp.server.context import HandlerResult, ServerRequestContext
from mcp_types import RequestParams
from pydantic import Field

from copydesk.content.desk import Desk
from copydesk.tools.running import committed
from copydesk.tools.tasks.declaring import require_tasks
from copydesk.tools.tasks.reading import Tasks
from copydesk.tools.tasks.routing import check_route

__all__ = ["CancelTask", "GetTask", "TaskMethods", "UpdateTask"]

TaskId = Annotated[str, Field(validation_alias="taskId", max_length=300)]
_ACKNOWLEDGED: Final = {"resultType": "complete"}


class GetTask(RequestParams):
    """The parameters of `tasks/get`."""

    task_id: TaskId


class UpdateTask(RequestParams):
    """The parameters of `tasks/update`: answers by the keys of the requests that they belong to."""

    task_id: TaskId
    input_responses: Annotated[dict[str, Any], Field(validation_alias="inputResponses", max_length=100)]


class CancelTask(RequestParams):
    """The parameters of `tasks/cancel`."""

    task_id: TaskId


class TaskMethods:
    """Serves the requests. Each wants a client that declares tasks, and a route that agrees with the task."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def get(self, request: ServerRequestContext[Desk, Any], params: GetTask) -> HandlerResult:
        desk = _desk(request, params.task_id)
        return {
            "resultType": "complete",
            **await self._tasks.read(desk, params.task_id, request.session.client_capabilities),
        }

    async def update(self, request: ServerRequestContext[Desk, Any], params: UpdateTask) -> HandlerResult:
        desk = _desk(request, params.task_id)
        followed = await self._tasks.follow(desk, params.task_id)
        await committed(self._tasks.answer(desk, followed, params.input_responses))
        return dict(_ACKNOWLEDGED)

    async def cancel(self, request: ServerRequestContext[Desk, Any], params: CancelTask) -> HandlerResult:
        """Cancel what is unfinished of the operation. Finished copy stays; a task that has ended stays as it is."""
        desk = _desk(request, params.task_id)
        await self._tasks.follow(desk, params.task_id)
        await committed(desk.cancel(params.task_id))
        return dict(_ACKNOWLEDGED)


def _desk(request: ServerRequestContext[Desk, Any], task_id: str) -> Desk:
    require_tasks(request)
    check_route(request, task_id)
    request.lifespan_context.wake()
    return request.lifespan_context
