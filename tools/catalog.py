"""All tools, in the order in which clients list them."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer

from copydesk.content.desk import Desk
from copydesk.tools import (
    cancel_generation,
    check_generation_status,
    generate,
    generate_all,
    promote,
    regenerate_all,
    regenerate_content,
    retry_failed,
    rollback,
)

__all__ = ["register"]

_TOOLS = (
    generate,
    generate_all,
    regenerate_content,
    regenerate_all,
    promote,
    rollback,
    check_generation_status,
    cancel_generation,
    retry_failed,
)


def register(server: MCPServer[Desk]) -> None:
    """Add every tool to the server."""
    for tool in _TOOLS:
        tool.register(server)
