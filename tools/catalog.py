"""All tools, in the order in which clients list them."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer

from copydesk.content.desk import Desk
from copydesk.tools import (
    add_page,
    cancel_generation,
    check_generation_status,
    compare_content,
    edit_content,
    generate,
    generate_all,
    list_operations,
    list_site,
    promote,
    read_content,
    regenerate_all,
    regenerate_content,
    retry_failed,
    rollback,
    save_source,
    submit_content,
    take_brief,
)
from copydesk.tools.completions import asking as completions
from copydesk.tools.prompts import catalog as prompts
from copydesk.tools.resources import reading as resources

__all__ = ["register"]

_TOOLS = (
    generate,
    generate_all,
    regenerate_content,
    regenerate_all,
    promote,
    rollback,
    check_generation_status,
    list_operations,
    cancel_generation,
    retry_failed,
    list_site,
    read_content,
    compare_content,
    edit_content,
    take_brief,
    submit_content,
    add_page,
    save_source,
)


def register(server: MCPServer[Desk]) -> None:
    """Add every tool to the server, and with them resources, prompts and completion."""
    for tool in _TOOLS:
        tool.register(server)
    resources.register(server)
    prompts.register(server)
    completions.register(server)
