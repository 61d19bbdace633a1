"""The MCP server around one desk: it holds the desk while it runs, and answers wrong calls in words that help."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import metadata
from typing import Any, Generic, TypeVar

import anyio
from mcp import MCPError
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import INVALID_PARAMS, CallToolResult, InputRequiredResult, Tool

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.schema.storable import storable_problem
from copydesk.server.plain_schemas import without_empty_defaults, without_titles
from copydesk.server.result_schemas import first_level
from copydesk.server.tool_errors import as_tool_error, unknown_arguments, unusable_argument

__all__ = ["DeskServer", "OpenDesk"]

DeskT = TypeVar("DeskT")
OpenDesk = Callable[[], AbstractAsyncContextManager[DeskT]]
"""Opens the desk for as long as the server runs; its exit releases what the desk holds."""


class DeskServer(MCPServer[DeskT], Generic[DeskT]):
    """An `MCPServer` whose lifespan state is the desk that `open_desk` yields.

    Tools find it as `ctx.request_context.lifespan_context`. They register before the first call and stay the same.
    """

    def __init__(self, open_desk: OpenDesk[DeskT], *, instructions: str) -> None:
        super().__init__(
            "copydesk",
            title="copydesk",
            instructions=instructions,
            version=metadata.version("copydesk"),
            lifespan=self._hold_desk,
            log_level="WARNING",
        )
        self._open_desk = open_desk
        self._released = anyio.Event()
        self._arguments: dict[str, list[str]] = {}  # tool -> its arguments on the wire; filled at the first call
        self.failure: Exception | None = None
        """What kept the desk from opening, or broke it while it was open."""

    async def wait_released(self) -> None:
        """Return as soon as a desk that was held is held no longer, or could not be opened: see `failure`."""
        await self._released.wait()

    @asynccontextmanager
    async def _hold_desk(self, _server: MCPServer[DeskT]) -> AsyncIterator[DeskT]:
        try:
            async with self._open_desk() as desk:
                yield desk
        except Exception as error:
            self.failure = error
            raise
        finally:
            self._released.set()

    async def list_tools(self) -> list[Tool]:
        return [_plain(tool) for tool in await super().list_tools()]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[DeskT, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; beyond the SDK's check of types, a name that does not exist is refused rather than ignored.

        So is a value that neither the database nor an answer could hold.

        Raises:
            MCPError: there is no such tool (invalid params).
            ToolError: the call failed; the message is for the model and begins with a code.
        """
        await self._check_arguments(name, arguments)
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            raise as_tool_error(error, name) from error.__cause__

    async def _check_arguments(self, tool: str, arguments: dict[str, Any]) -> None:
        known = await self._arguments_of(tool)
        unknown = [name for name in arguments if name not in known]
        if unknown:
            raise unknown_arguments(tool, unknown, known)
        for name, value in arguments.items():
            if problem := storable_problem(value):
                raise unusable_argument(tool, name, problem)

    async def _arguments_of(self, tool: str) -> list[str]:
        if not self._arguments:
            self._arguments.update(
                {each.name: list(each.input_schema["properties"]) for each in await self.list_tools()}
            )
        if tool not in self._arguments:
            message = f'there is no tool "{tool}": {did_you_mean(tool, self._arguments)}'
            raise MCPError(code=INVALID_PARAMS, message=message)
        return self._arguments[tool]


def _plain(tool: Tool) -> Tool:
    result = None if tool.output_schema is None else first_level(tool.output_schema)
    arguments = without_empty_defaults(without_titles(tool.input_schema))
    return tool.model_copy(update={"input_schema": arguments, "output_schema": result})
