"""All prompts, in the order in which clients list them."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer

from copydesk.content.desk import Desk
from copydesk.tools.prompts import fix_failures, review_page, write_site

__all__ = ["register"]

_PROMPTS = (write_site, review_page, fix_failures)


def register(server: MCPServer[Desk]) -> None:
    """Add every prompt to the server."""
    for prompt in _PROMPTS:
        prompt.register(server)
