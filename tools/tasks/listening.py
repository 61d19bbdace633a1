"""`notifications/tasks`: clients that listen hear of their tasks, whichever process works on them.

The SDK serves `subscriptions/listen` and knows no tasks. So this stands in front of it: it reads the `taskIds` that
the SDK drops, adds them to the acknowledgement that the SDK sends, and tells about the tasks on the same stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import anyio
from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    Notification,
    ServerNotification,
    SubscriptionsAcknowledgedNotification,
)
from pydantic import ValidationError

from copydesk.content.desk import Desk
from copydesk.store.database import Topic
from copydesk.store.errors import StoreError
from copydesk.tools.tasks import wire
from copydesk.tools.tasks.declaring import MODERN, require_tasks
from copydesk.tools.tasks.reading import Tasks
from copydesk.tools.tasks.wire import Json

if TYPE_CHECKING:
    from mcp.server.session import ServerSession

__all__ = ["TaskListening"]

_MOST_TASKS: Final = 100
_SHORTEST_INTERVAL: Final = 0.1
"""Seconds between two looks: every commit of a busy worker wakes those who wait."""
_LOOK_AGAIN: Final = 1.0
"""Seconds after which to look without a wake-up: a worker that dies tells nobody."""
_TOLD_ANEW: Final = ("status", "statusMessage", "ttlMs", "inputRequests")
"""What makes a task worth telling again. Its suggested pause grows by itself."""


class TaskNotification(Notification[dict[str, Any], Literal["notifications/tasks"]]):
    """A task as `tasks/get` would show it at this moment."""

    method: Literal["notifications/tasks"] = "notifications/tasks"
    params: dict[str, Any]


class TaskListening:
    """Middleware around `subscriptions/listen`; every other request passes."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method != "subscriptions/listen" or ctx.protocol_version not in MODERN:
            return await call_next(ctx)
        asked = _task_ids(ctx.params)
        if not asked:
            return await call_next(ctx)
        require_tasks(ctx)
        known = await self._known(ctx, asked)
        return await self._serve(ctx, call_next, known)

    async def _known(self, request: ServerRequestContext[Desk, Any], asked: Sequence[str]) -> list[str]:
        """Those that there are: the acknowledgement says which are listened to."""
        known = []
        for task_id in asked:
            with suppress(MCPError):
                await self._tasks.follow(request.lifespan_context, task_id)
                known.append(task_id)
        return known

    async def _serve(
        self, request: ServerRequestContext[Desk, Any], call_next: CallNext, known: list[str]
    ) -> HandlerResult:
        """The SDK's own stream, and beside it what is told of tasks. The first of them that fails ends both."""
        session = _Acknowledging(request.session, known)
        result: HandlerResult = None
        failures: list[Exception] = []
        async with anyio.create_task_group() as tasks:

            async def tell() -> None:
                try:
                    await self._tell(request, known, session.acknowledged)
                except StoreError as error:
                    failures.append(MCPError(INTERNAL_ERROR, str(error)))
                    tasks.cancel_scope.cancel()

            tasks.start_soon(tell)
            try:
                result = await call_next(replace(request, session=cast("ServerSession", session)))
            except (MCPError, ValidationError) as error:
                failures.append(error)
            tasks.cancel_scope.cancel()
        for failure in failures:
            raise failure
        return result

    async def _tell(
        self, request: ServerRequestContext[Desk, Any], task_ids: Sequence[str], acknowledged: anyio.Event
    ) -> None:
        """Tell how the tasks stand, then of each change, until the last of them has ended."""
        await acknowledged.wait()
        told: dict[str, Json] = {}
        desk = request.lifespan_context
        with desk.store.signals.watch(Topic.PROGRESS) as watch:
            while len(told) < len(task_ids) or not all(wire.has_ended(task) for task in told.values()):
                await self._tell_changes(request, [one for one in task_ids if not _has_ended(told.get(one))], told)
                await anyio.sleep(_SHORTEST_INTERVAL)
                await watch.wait(_LOOK_AGAIN)

    async def _tell_changes(
        self, request: ServerRequestContext[Desk, Any], task_ids: Sequence[str], told: dict[str, Json]
    ) -> None:
        for task_id in task_ids:
            task = await self._tasks.read(request.lifespan_context, task_id, request.session.client_capabilities)
            if _essence(task) != _essence(told.get(task_id)):
                told[task_id] = task
                await _send(request, task)


class _Acknowledging:
    """The session of a listening client, which adds the tasks to the acknowledgement that passes through it."""

    def __init__(self, session: ServerSession, task_ids: Sequence[str]) -> None:
        self._session = session
        self._task_ids = list(task_ids)
        self.acknowledged = anyio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def send_notification(self, notification: Any, related_request_id: Any = None) -> None:
        if not isinstance(notification, SubscriptionsAcknowledgedNotification):
            await self._session.send_notification(notification, related_request_id)
            return
        await self._session.send_notification(_with_tasks(notification, self._task_ids), related_request_id)
        self.acknowledged.set()


def _with_tasks(
    notification: SubscriptionsAcknowledgedNotification, task_ids: Sequence[str]
) -> SubscriptionsAcknowledgedNotification:
    honoured = notification.params.notifications.model_copy(update={"taskIds": list(task_ids)})
    params = notification.params.model_copy(update={"notifications": honoured})
    return notification.model_copy(update={"params": params})


async def _send(request: ServerRequestContext[Desk, Any], task: Json) -> None:
    params = {"_meta": {SUBSCRIPTION_ID_META_KEY: request.request_id}, **task}
    notification = cast("ServerNotification", TaskNotification(params=params))
    await request.session.send_notification(notification, related_request_id=request.request_id)


def _task_ids(params: Mapping[str, Any] | None) -> list[str]:
    """The tasks that a client asks to hear of. Raises `MCPError` (invalid params) for what is no list of ids."""
    notifications = (params or {}).get("notifications")
    asked = notifications.get("taskIds") if isinstance(notifications, Mapping) else None
    if asked is None:
        return []
    if not isinstance(asked, list) or not all(isinstance(one, str) for one in asked) or len(asked) > _MOST_TASKS:
        raise MCPError(INVALID_PARAMS, f"notifications.taskIds should be a list of at most {_MOST_TASKS} task ids")
    return list(dict.fromkeys(asked))


def _has_ended(task: Json | None) -> bool:
    return task is not None and wire.has_ended(task)


def _essence(task: Json | None) -> Json:
    return {key: (task or {}).get(key) for key in _TOLD_ANEW}
