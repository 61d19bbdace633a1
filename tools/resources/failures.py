"""Reading what is not there: the error that each era names, with the nearest address that is."""

from __future__ import annotations

from typing import Final

from mcp import MCPError
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from copydesk.content.definition.suggestions import nearest
from copydesk.content.errors import ContentError
from copydesk.content.reports.addresses import OPERATION, PAGE, SECTION, SITE
from copydesk.content.reports.paging import shorten
from copydesk.content.secrets import redact
from copydesk.store.errors import StoreError
from copydesk.tools.eras import is_modern

__all__ = ["as_protocol_error", "is_foreseen", "no_such_resource"]

_NOT_FOUND: Final = -32002
"""The code of 2025-11-25 and before; 2026-07-28 has invalid params for it (SEP-2164)."""
_SHOWN: Final = 200
"""Characters of a wrong address that its error repeats."""
_MISSING: Final = frozenset({"unknown-page", "unknown-section", "unknown-operation", "unknown-environment"})


def is_foreseen(error: ResourceError) -> bool:
    """Whether we have words for it. If not, the SDK logs it and tells the client no more than that it failed."""
    return isinstance(error, ResourceNotFoundError) or _first_of_ours(error) is not None


def as_protocol_error(error: ResourceError, uri: str, protocol_version: str) -> MCPError:
    """The error of the protocol for a resource that could not be read, for a reason that was foreseen."""
    cause = _first_of_ours(error)
    match cause:
        case ContentError(code=code) if code in _MISSING:
            return _error(_missing_code(protocol_version), cause.message, uri)
        case ContentError(code="invalid-cursor"):
            return _error(INVALID_PARAMS, cause.message, uri)
        case ContentError() | StoreError():
            return _error(INTERNAL_ERROR, str(cause), uri)
        case _:
            return no_such_resource(uri, protocol_version)


def no_such_resource(uri: str, protocol_version: str) -> MCPError:
    """Nothing can ever have this address."""
    near = nearest(uri.rstrip("/"), [SITE])
    hint = f"did you mean {near}?" if near else f"there are {SITE}, {OPERATION}, {PAGE} and {SECTION}"
    shown = shorten(uri, _SHOWN)
    ending = "" if near else " (environment is preview or production)."
    return _error(_missing_code(protocol_version), f'There is no resource "{shown}": {hint}{ending}', uri)


def _missing_code(protocol_version: str) -> int:
    return INVALID_PARAMS if is_modern(protocol_version) else _NOT_FOUND


def _error(code: int, message: str, uri: str) -> MCPError:
    return MCPError(code=code, message=redact(message), data={"uri": redact(uri)})


def _first_of_ours(error: BaseException | None) -> ContentError | StoreError | None:
    while error is not None and not isinstance(error, ContentError | StoreError):
        error = error.__cause__
    return error
