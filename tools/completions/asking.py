"""`completion/complete`, with the desk at hand: the SDK tells the handler what is asked, and not by whom."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp_types import (
    INTERNAL_ERROR,
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from copydesk.content.desk import Desk
from copydesk.content.errors import ContentError
from copydesk.tools.completions.values import MOST_COUNTED, Asked, candidates

__all__ = ["completing", "register"]

_DESK: ContextVar[Desk] = ContextVar("desk")
_MOST: Final = 100
"""Values of one answer; the protocol allows no more."""


async def completing(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware: keeps the desk of the request for the handler below."""
    if ctx.method != "completion/complete" or not isinstance(ctx.lifespan_context, Desk):
        return await call_next(ctx)
    token = _DESK.set(ctx.lifespan_context)
    try:
        return await call_next(ctx)
    finally:
        _DESK.reset(token)


def register(server: MCPServer[Desk]) -> None:
    # The SDK has no annotations here.
    server.completion()(complete)  # type: ignore[no-untyped-call]


async def complete(
    reference: PromptReference | ResourceTemplateReference,
    argument: CompletionArgument,
    context: CompletionContext | None,
) -> Completion:
    of = reference.name if isinstance(reference, PromptReference) else reference.uri
    beside = (context.arguments if context else None) or {}
    try:
        found = await candidates(_DESK.get(), Asked(of, argument.name, argument.value, beside))
    except ContentError as error:
        raise MCPError(code=INTERNAL_ERROR, message=error.message) from error
    total = None if len(found) > MOST_COUNTED else len(found)
    return Completion(values=list(found[:_MOST]), total=total, has_more=len(found) > _MOST)
