"""MCP Apps: the board as a `ui://` resource, and the tools whose results a host shows on it.

Answers are the same for everybody: who cannot show the board has lost nothing but the picture.
"""

from __future__ import annotations

from typing import Any, Final

from mcp.server.apps import EXTENSION_ID, Apps, ResourceCsp, client_supports_apps
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from copydesk.tools.board.page import board_page
from copydesk.tools.eras import is_modern

__all__ = ["BOARD_TOOLS", "BOARD_URI", "board_extension", "offer_board"]

BOARD_URI: Final = "ui://copydesk/board.html"
BOARD_TOOLS: Final = frozenset(
    {
        "generate",
        "generate-all",
        "regenerate-content",
        "regenerate-all",
        "promote",
        "rollback",
        "retry-failed",
        "compare-content",
    }
)
"""What begins something or shows it. check-generation-status is not among them: a host shows a board for each call,
and an assistant that waits makes many. A board that is there looks by itself how far its operation is."""
_META: Final = {"ui": {"resourceUri": BOARD_URI}, "ui/resourceUri": BOARD_URI}
"""In the words of the specification of January 2026, and in the flat ones of before, which some hosts still read."""


def board_extension() -> Apps:
    """The extension that serves the page. It fetches nothing from anywhere, and says so."""
    apps = Apps()
    apps.add_html_resource(
        BOARD_URI,
        board_page(),
        name="board",
        title="Review board",
        description="How far an operation is, what publishing would change, and buttons for both.",
        csp=ResourceCsp(connect_domains=[], resource_domains=[], frame_domains=[], base_uri_domains=[]),
        prefers_border=True,
    )
    return apps


async def offer_board(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware: tools with a board name it in `tools/list`; the handshake says that there is one.

    The SDK says it itself in 2026-07-28 only. The extension is for all versions, and some hosts look.
    """
    result = await call_next(ctx)
    if not isinstance(result, dict):
        return result
    if ctx.method == "initialize":
        return _advertised(result)
    if ctx.method == "tools/list" and _may_show(ctx):
        return {**result, "tools": [_with_board(tool) for tool in result["tools"]]}
    return result


def _advertised(welcome: dict[str, Any]) -> dict[str, Any]:
    capabilities = welcome.get("capabilities", {})
    extensions = {**capabilities.get("extensions", {}), EXTENSION_ID: {}}
    return {**welcome, "capabilities": {**capabilities, "extensions": extensions}}


def _may_show(ctx: ServerRequestContext[Any, Any]) -> bool:
    """Whether the client may be one that shows boards.

    In 2026-07-28 it says so with each request. Before, several hosts show them and do not say it in their handshake;
    the others ignore the two keys.
    """
    return client_supports_apps(ctx) or not is_modern(ctx.protocol_version)


def _with_board(tool: dict[str, Any]) -> dict[str, Any]:
    if tool["name"] not in BOARD_TOOLS:
        return tool
    return {**tool, "_meta": {**tool.get("_meta", {}), **_META}}
