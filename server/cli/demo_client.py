"""The demo's MCP client: the SDK's own, speaking to a real server process over standard input and output."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Final

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import Implementation, TextContent

from copydesk.content.writers.base import UNASKED_WRITER
from copydesk.server.cli.progress import ProgressBar

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Answer", "DemoClient", "connect"]

_NAME: Final = "copydesk-demo"
_TIMEOUT: Final = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answered: its receipt, or (an error) its sentence."""

    receipt: dict[str, Any]
    error: str | None

    @property
    def is_good(self) -> bool:
        return self.error is None and bool(self.receipt.get("success"))

    @property
    def message(self) -> str:
        return self.error or str(self.receipt.get("message", ""))


class DemoClient:
    """Calls tools and shows their progress notifications as a bar."""

    def __init__(self, client: Client, console: Console) -> None:
        self._client = client
        self._console = console

    @property
    def server(self) -> str:
        """The name and version by which the server introduced itself."""
        info = self._client.server_info
        return "an unknown server" if info is None else f"{info.name} {info.version}"

    async def tools(self) -> list[str]:
        return [tool.name for tool in (await self._client.list_tools()).tools]

    async def call(self, tool: str, arguments: dict[str, Any]) -> Answer:
        """Call a tool. While it waits, its progress moves a bar."""
        with ProgressBar(self._console, tool) as bar:

            async def show(progress: float, total: float | None, message: str | None) -> None:
                bar.move(progress, total, (message or "").partition(": ")[2])

            result = await self._client.call_tool(
                tool, arguments, read_timeout_seconds=_TIMEOUT, progress_callback=show
            )
        text = " ".join(block.text for block in result.content if isinstance(block, TextContent))
        return Answer(result.structured_content or {}, text if result.is_error else None)


@asynccontextmanager
async def connect(project: Path, console: Console) -> AsyncIterator[DemoClient]:
    """Start `copydesk serve` for the project, as any MCP client would, and connect to it. It ends with the block."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "copydesk", "serve", "--project", str(project)],
        cwd=project,
        # A client passes few variables on: the server has to find the model where this process does. The writer that
        # an assistant's calls would have, the assistant itself, is not at hand in a demo.
        env={name: value for name, value in os.environ.items() if name == "COPYDESK_CACHE"}
        | {"COPYDESK_WRITER": UNASKED_WRITER},
    )
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        try:
            async with Client(
                stdio_client(server, errlog=log), client_info=Implementation(name=_NAME, version="1")
            ) as client:
                yield DemoClient(client, console)
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read())
            raise
