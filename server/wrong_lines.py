"""Lines on standard input that are no messages: each is answered, as JSON-RPC asks.

The SDK's transport drops them, and a client whose request is malformed would wait for ever.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, RequestId
from pydantic import ValidationError

__all__ = ["answering_wrong_lines", "refusal"]

_NO_JSON: Final = "This line is no valid JSON: a message is one line of JSON, in UTF-8."
_NO_MESSAGE: Final = (
    "This is no message of JSON-RPC 2.0: a request has jsonrpc, id, method and maybe params, an object."
)
_BATCH: Final = "Batches are not served: send each message on a line of its own."


class Answers(Protocol):
    """Where messages to the client go."""

    async def send(self, item: SessionMessage, /) -> None: ...


@asynccontextmanager
async def answering_wrong_lines(
    lines: AsyncIterable[SessionMessage | Exception], answers: Answers
) -> AsyncIterator[MemoryObjectReceiveStream[SessionMessage | Exception]]:
    """The messages among the lines. What is none of them is answered and goes no further."""
    passing, messages = anyio.create_memory_object_stream[SessionMessage | Exception]()

    async def relay() -> None:
        async with passing:
            async for line in lines:
                if isinstance(line, SessionMessage):
                    await passing.send(line)
                elif isinstance(line, ValidationError) and (answer := refusal(line)):
                    await answers.send(SessionMessage(answer))

    async with messages, anyio.create_task_group() as tasks:
        tasks.start_soon(relay)
        yield messages
        tasks.cancel_scope.cancel()


def refusal(wrong: ValidationError) -> JSONRPCError | None:
    """The answer to a line; `None` for an empty one and for what answers us, which must not be answered."""
    details = wrong.errors(include_url=False)
    is_json = details[0]["type"] != "json_invalid"
    if not is_json and not details[0]["input"].strip():
        return None
    line = _first_whole(details) if is_json else _leniently(details[0]["input"])
    if isinstance(line, dict) and "method" not in line and ("result" in line or "error" in line):
        return None
    if not is_json:
        return _error(PARSE_ERROR, _NO_JSON, line)
    return _error(INVALID_REQUEST, _BATCH if isinstance(line, list) else _NO_MESSAGE, line)


def _first_whole(details: list[Any]) -> Any:
    """The line as JSON: what is missing or of the wrong kind is missed in the whole."""
    wholes = [one["input"] for one in details if one["type"] in ("missing", "model_type")]
    return wholes[0] if wholes else None


def _leniently(line: str) -> Any:
    """Python reads some JSON that is not valid, such as halves of surrogate pairs: enough to find the id."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _error(code: int, message: str, line: Any) -> JSONRPCError:
    given = line.get("id") if isinstance(line, dict) else None
    is_id = isinstance(given, str | int) and not isinstance(given, bool)
    number: RequestId | None = given if is_id else None
    return JSONRPCError(jsonrpc="2.0", id=number, error=ErrorData(code=code, message=message))
