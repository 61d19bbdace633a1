"""The header by which proxies route requests about a task: over HTTP it names the task, as the body does."""

from __future__ import annotations

from typing import Any

from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp_types import HEADER_MISMATCH

__all__ = ["check_route"]


def check_route(request: ServerRequestContext[Any, Any], task_id: str) -> None:
    """Refuse a request whose header names another task than its body. Raises `MCPError` (-32020).

    A request without the header is served: it says nothing false, any server of the project can answer it, and
    clients that send extension methods through a general client library cannot set it.
    """
    if request.request is None:  # standard input and output: no headers
        return
    named = request.request.headers.get(MCP_NAME_HEADER)
    if named is not None and decode_header_value(named) != task_id:
        raise MCPError(HEADER_MISMATCH, f"the {MCP_NAME_HEADER} header does not name the task of the body")
