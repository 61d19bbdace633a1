"""Subscribing to resources in both eras: `resources/subscribe` with a session, `subscriptions/listen` without.

The SDK serves listen streams, and knows nothing of who listens to what; `resources/subscribe` it leaves to us. So this
stands in front of it, and has the handshake say what is true: resources change, tools and prompts do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp_types import INVALID_PARAMS

from copydesk.content.desk import Desk
from copydesk.content.reports.addresses import read_address
from copydesk.tools.eras import is_modern
from copydesk.tools.resources.failures import no_such_resource
from copydesk.tools.resources.notices import ChangeNotices

if TYPE_CHECKING:
    from mcp.server.connection import Connection

__all__ = ["Subscribing"]

_MOST: Final = 1_000
"""Addresses that one client may follow."""
_HELLO: Final = frozenset({"initialize", "server/discover"})
_NEVER: Final = frozenset({"toolsListChanged", "promptsListChanged"})


class Subscribing:
    """Middleware around what has to do with changes; every other request passes."""

    def __init__(self, notices: ChangeNotices) -> None:
        self._notices = notices
        self.interests = notices.interests

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        modern = is_modern(ctx.protocol_version)
        match ctx.method:
            case method if method in _HELLO:
                return _true_capabilities(await call_next(ctx))
            case "subscriptions/listen" if modern:
                return await self._listen(ctx, call_next)
            case "resources/subscribe" | "resources/unsubscribe" if not modern:
                return await self._subscribe(ctx)
            case "resources/list" if not modern:
                return await self._list(ctx, call_next)
            case _:
                return await call_next(ctx)

    async def _listen(self, request: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        params = request.params or {}
        wanted = params.get("notifications")
        if not isinstance(wanted, Mapping):
            return await call_next(request)  # which refuses it
        promised = _promised(wanted)
        uris = promised.get("resourceSubscriptions") or []
        if not _are_texts(uris):
            return await call_next(request)  # which refuses it
        if len(uris) > _MOST:
            raise _too_many()
        with self.interests.listening(uris, to_list=bool(promised.get("resourcesListChanged"))):
            await self._begin(request)
            return await call_next(replace(request, params={**params, "notifications": promised}))

    async def _subscribe(self, request: ServerRequestContext[Any, Any]) -> HandlerResult:
        uri = (request.params or {}).get("uri")
        if not isinstance(uri, str) or read_address(uri) is None:
            raise no_such_resource(str(uri), request.protocol_version)
        session = _connection(request)
        if request.method == "resources/unsubscribe":
            self.interests.unsubscribe(session, uri)
            return {}
        if len(self.interests.followed_by(session)) >= _MOST:
            raise _too_many()
        self.interests.subscribe(session, uri)
        await self._begin(request)
        return {}

    async def _list(self, request: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Whoever has the list is told when there is another."""
        result = await call_next(request)
        self.interests.follow_list(_connection(request))
        await self._begin(request)
        return result

    async def _begin(self, request: ServerRequestContext[Any, Any]) -> None:
        if isinstance(request.lifespan_context, Desk):
            await self._notices.begin(request.lifespan_context)


def _promised(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What of it can ever come: the acknowledgement names just that."""
    promised = {key: value for key, value in wanted.items() if key not in _NEVER}
    uris = promised.get("resourceSubscriptions")
    if _are_texts(uris):
        promised["resourceSubscriptions"] = [uri for uri in dict.fromkeys(uris) if read_address(uri) is not None]
    return promised


def _are_texts(values: Any) -> TypeGuard[list[str]]:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _true_capabilities(hello: HandlerResult) -> HandlerResult:
    """Which lists change, and that resources can be followed, in the words of the handshake."""
    if not isinstance(hello, dict):
        return hello
    capabilities = {
        **hello.get("capabilities", {}),
        "resources": {"subscribe": True, "listChanged": True},
        "tools": {"listChanged": False},
        "prompts": {"listChanged": False},
    }
    return {**hello, "capabilities": capabilities}


def _connection(request: ServerRequestContext[Any, Any]) -> Connection:
    """The connection behind a request: sessions are made anew for each request, and only this says when it ends."""
    return request.session._connection  # noqa: SLF001  the SDK hands it out to nobody else


def _too_many() -> MCPError:
    return MCPError(code=INVALID_PARAMS, message=f"One client can follow {_MOST} resources at most.")
