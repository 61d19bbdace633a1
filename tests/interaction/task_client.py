"""A client that knows tasks, as far as the tests need it: it sees each answer as it travels."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.client.client import ConnectMode
from mcp.client.context import ClientRequestContext
from mcp.client.extension import advertise
from mcp_types import CreateMessageRequestParams, CreateMessageResult, ErrorData, Request, Result
from pydantic import ConfigDict

from copydesk.content.desk import Desk
from copydesk.content.project import Project
from copydesk.content.writers.base import Writer
from copydesk.server.app import create_server
from copydesk.server.serve import working_desk
from copydesk.tools.catalog import register

EXTENSION = "io.modelcontextprotocol/tasks"
SECONDS = 30


class _AsItIs(Result):
    model_config = ConfigDict(extra="allow")


@dataclass(slots=True)
class TaskTalk:
    """A conversation with a server, and the desk behind it."""

    client: Client
    desk: Desk

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The result as it travels, without what the SDK says of the server."""
        request = Request[dict[str, Any], str](method=method, params=params)
        with anyio.fail_after(SECONDS):
            result = await self.client.session.send_request(request, _AsItIs)
        return {key: value for key, value in result.model_dump(by_alias=True).items() if key != "_meta"}

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return await self.ask("tools/call", name=tool, arguments=arguments)

    async def task(self, task_id: str) -> dict[str, Any]:
        return await self.ask("tasks/get", taskId=task_id)

    async def until(self, task_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The task as soon as this holds of it."""
        with self.desk.store.signals.watch() as watch, anyio.fail_after(SECONDS):
            while not holds(task := await self.task(task_id)):
                await watch.wait(1)
        return task

    async def ended(self, task_id: str) -> dict[str, Any]:
        return await self.until(task_id, lambda task: task["status"] in ("completed", "failed", "cancelled"))

    async def error(self, method: str, **params: Any) -> MCPError:
        with pytest.raises(MCPError) as refused:
            await self.ask(method, **params)
        return refused.value


async def _never(context: ClientRequestContext, params: CreateMessageRequestParams) -> CreateMessageResult | ErrorData:
    pytest.fail("a request to the model came by itself: those of a task travel in the task")


@asynccontextmanager
async def task_client(
    project: Project,
    by: Writer,
    era: ConnectMode = "2026-07-28",
    *,
    declares: bool = True,
    samples: bool = False,
    **settings: object,
) -> AsyncIterator[TaskTalk]:
    """Connects in memory to a server with the writer `by`. `declares` and `samples`: what the client says it can do."""
    desks: list[Desk] = []

    @asynccontextmanager
    async def open_desk() -> AsyncIterator[Desk]:
        async with working_desk(project, settings, writers={by.name: by}) as desk:
            desks.append(desk)
            yield desk

    client = Client(
        create_server(open_desk, register),
        mode=era,
        extensions=[advertise(EXTENSION)] if declares else None,
        sampling_callback=_never if samples else None,
    )
    async with client:
        yield TaskTalk(client, desks[-1])
