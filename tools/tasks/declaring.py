"""Whether the client of a request knows tasks. It says so in each request, of the modern protocol only."""

from __future__ import annotations

from typing import Any, Final

from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import require_client_extension
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

__all__ = ["EXTENSION", "MODERN", "declares_tasks", "require_tasks"]

EXTENSION: Final = "io.modelcontextprotocol/tasks"
MODERN: Final = frozenset(MODERN_PROTOCOL_VERSIONS)


def declares_tasks(request: ServerRequestContext[Any, Any]) -> bool:
    """Whether this request may be answered with a task."""
    known = request.session.client_capabilities
    return request.protocol_version in MODERN and known is not None and EXTENSION in (known.extensions or {})


def require_tasks(request: ServerRequestContext[Any, Any]) -> None:
    """Refuse a client that does not know tasks. Raises `MCPError` (-32021) that names the extension."""
    require_client_extension(request, EXTENSION)
