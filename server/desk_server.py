"""The MCP server around one desk: it holds the desk while it runs, and answers wrong calls in words that help."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import metadata
from typing import Any, Generic, TypeVar

import anyio
from anyio.abc import TaskStatus
from mcp import MCPError
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.extension import Extension
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError, UnexpectedResourceError
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import SubscriptionBus
from mcp_types import INVALID_PARAMS, CallToolResult, GetPromptResult, InputRequiredResult, Tool
from mcp_types.version import LATEST_MODERN_VERSION
from pydantic import AnyUrl

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.schema.storable import storable_problem
from copydesk.server.plain_schemas import without_empty_defaults, without_titles
from copydesk.server.result_schemas import first_level
from copydesk.server.tool_errors import as_tool_error, unknown_arguments, unusable_argument
from copydesk.server.wrong_lines import answering_wrong_lines
from copydesk.tools.prompts.arguments import as_given
from copydesk.tools.resources.failures import as_protocol_error, is_foreseen

__all__ = ["DeskServer", "OpenDesk"]

DeskT = TypeVar("DeskT")
OpenDesk = Callable[[], AbstractAsyncContextManager[DeskT]]
"""Opens the desk for as long as the server runs; its exit releases what the desk holds."""
Beside = Callable[[DeskT], Coroutine[Any, Any, None]]
"""What runs beside the requests for as long as the desk is held."""


class DeskServer(MCPServer[DeskT], Generic[DeskT]):
    """An `MCPServer` whose lifespan state is the desk that `open_desk` yields.

    Tools find it as `ctx.request_context.lifespan_context`. They register before the first call and stay the same.
    """

    def __init__(
        self,
        open_desk: OpenDesk[DeskT],
        *,
        instructions: str,
        extensions: Sequence[Extension] = (),
        subscriptions: SubscriptionBus | None = None,
        cache_hints: Mapping[CacheableMethod, CacheHint] | None = None,
        beside: Sequence[Beside[DeskT]] = (),
    ) -> None:
        super().__init__(
            "copydesk",
            title="copydesk",
            instructions=instructions,
            version=metadata.version("copydesk"),
            lifespan=self._hold_desk,
            log_level="WARNING",
            extensions=extensions,
            subscriptions=subscriptions,
            cache_hints=cache_hints,
        )
        self._open_desk = open_desk
        self._beside = beside
        self._letting_go = anyio.Event()
        self._released = anyio.Event()
        self._arguments: dict[str, list[str]] = {}  # tool -> its arguments on the wire; filled at the first call
        self.desk: DeskT | None = None
        """The desk while it is held."""
        self.failure: Exception | None = None
        """What kept the desk from opening, or broke it while it was open."""

    async def wait_released(self) -> None:
        """Return as soon as a desk that was held is held no longer, or could not be opened: see `failure`."""
        await self._released.wait()

    def let_go(self) -> None:
        """Release the desk now, before the transport has ended; `wait_released` tells when it is done."""
        self._letting_go.set()

    @asynccontextmanager
    async def _hold_desk(self, _server: MCPServer[DeskT]) -> AsyncIterator[DeskT]:
        """The desk has a task of its own, so that no call or session that ends slowly keeps it from being released."""
        async with anyio.create_task_group() as tasks:
            yield await tasks.start(self._hold)
            self.let_go()

    async def _hold(self, *, task_status: TaskStatus[DeskT]) -> None:
        try:
            async with self._open_desk() as desk:
                self.desk = desk
                async with _running_beside(desk, self._beside):
                    task_status.started(desk)
                    await self._letting_go.wait()
        except Exception as error:
            self.failure = error
            raise
        finally:
            self.desk = None
            self._released.set()

    async def run_stdio_async(self) -> None:
        """Serve one client over standard input and output; a line that is no message gets its error, too."""
        options = self._lowlevel_server.create_initialization_options()
        async with stdio_server() as (lines, answers), answering_wrong_lines(lines, answers) as messages:
            await self._lowlevel_server.run(messages, answers, options)

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

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[DeskT, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        """Read a resource. Raises `MCPError`: what is not there, in the words of the client's protocol."""
        try:
            return await super().read_resource(uri, context)
        except ResourceError as error:
            version = LATEST_MODERN_VERSION if context is None else context.request_context.protocol_version
            if isinstance(error, UnexpectedResourceError) and not is_foreseen(error):
                raise
            raise as_protocol_error(error, str(uri), version) from error

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[DeskT, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        """Render a prompt. Raises `MCPError` (invalid params): no such prompt, an argument unknown or missing."""
        given = as_given(name, arguments or {}, await self.list_prompts())
        return await super().get_prompt(name, given, context)

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
            message = f'There is no tool "{tool}": {did_you_mean(tool, self._arguments)}'
            raise MCPError(code=INVALID_PARAMS, message=message)
        return self._arguments[tool]


@asynccontextmanager
async def _running_beside(desk: DeskT, beside: Sequence[Beside[DeskT]]) -> AsyncIterator[None]:
    async with anyio.create_task_group() as tasks:
        for each in beside:
            tasks.start_soon(each, desk)
        yield
        tasks.cancel_scope.cancel()


def _plain(tool: Tool) -> Tool:
    result = None if tool.output_schema is None else first_level(tool.output_schema)
    arguments = without_empty_defaults(without_titles(tool.input_schema))
    return tool.model_copy(update={"input_schema": arguments, "output_schema": result})
