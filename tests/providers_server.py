"""A server that speaks as OpenAI's, Anthropic's, Google's and Ollama's do, and misbehaves on cue. On a real socket.

    async with serving(script) as server:
        … server.openai_url … server.requests …

A script is asked once for each request what to do: `Copy`, `Failure`, `Hang` … It needs no pytest.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import anyio
import anyio.abc

Interface: TypeAlias = Literal["openai", "anthropic", "google"]

TOKENS_IN = 120
TOKENS_OUT = 30
MODEL = "scripted-1"
"""The name of the model that every answer gives."""
NOT_JSON = "Certainly! Here is your copy."


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in."""

    number: int
    """From 0."""
    interface: Interface
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """Everything that is said in the request."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def last(self) -> str:
        """The last thing that the user says in it."""
        turns = self.body.get("messages") or self.body.get("contents") or []
        content = turns[-1].get("content") or turns[-1].get("parts")
        return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)

    @property
    def first(self) -> str:
        """The first thing that the user says in it: the brief."""
        turns = self.body.get("messages") or self.body.get("contents") or []
        turn = next(one for one in turns if one["role"] == "user")
        content = turn.get("content") or turn.get("parts")
        return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the fields, as the brief gives it."""
        found: dict[str, Any] = json.loads(self.first.partition("JSON Schema of the fields:\n")[2])
        return found


@dataclass(frozen=True, slots=True)
class Copy:
    """An answer with these fields: the arguments of the tool if there is one, else JSON as text."""

    fields: Any


@dataclass(frozen=True, slots=True)
class Text:
    """An answer of this text, `ended` for one of the reasons that OpenAI knows."""

    text: str
    ended: Literal["stop", "length", "content_filter"] = "stop"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The model does not want to."""

    reason: str = "I cannot help with that."


@dataclass(frozen=True, slots=True)
class Failure:
    """An error, in the words of the interface."""

    status: int
    message: str = "Something is wrong."
    code: str | None = None
    """OpenAI's `code`, Anthropic's `type`, Google's `status`."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raw:
    """Any body at all, with status 200."""

    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Hang:
    """Nothing more comes, before the headers or in the middle of the body."""

    where: Literal["headers", "body"] = "headers"


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is closed in the middle of the body."""


@dataclass(frozen=True, slots=True)
class Flood:
    """A body that is never at its end."""


Action: TypeAlias = Copy | Text | Refusal | Failure | Raw | Hang | Cut | Flood
Script: TypeAlias = Callable[[Received], Action]


def in_turn(*actions: Action) -> Script:
    """One after another; the last for all that come later."""
    return lambda request: actions[min(request.number, len(actions) - 1)]


class ProviderServer:
    """What came in, and how to get at it."""

    def __init__(self, script: Script, port: int) -> None:
        self.script = script
        self.requests: list[Received] = []
        self.asked = anyio.Event()
        """A request has come in."""
        self.hung_up = anyio.Event()
        """A client closed its connection while it was kept waiting."""
        self.url = f"http://127.0.0.1:{port}"

    @property
    def openai_url(self) -> str:
        """For OpenAI's interface, and for Ollama's, which is the same."""
        return f"{self.url}/v1"

    @property
    def settings(self) -> dict[str, dict[str, str]]:
        """For `open_desk(settings={"writers": …})`: one family for each interface, with keys from COPYDESK_KEY_TEST."""
        return {
            "like-openai": {"api": "openai", "base_url": self.openai_url, "key": "COPYDESK_KEY_TEST"},
            "like-anthropic": {"api": "anthropic", "base_url": self.url, "key": "COPYDESK_KEY_TEST"},
            "like-google": {"api": "google", "base_url": self.url, "key": "COPYDESK_KEY_TEST"},
            "like-ollama": {"api": "ollama", "base_url": self.openai_url},
        }

    async def serve(self, stream: anyio.abc.SocketStream) -> None:
        """Answer what comes over one connection."""
        async with stream:
            try:
                while (request := await self._receive(stream)) is not None:
                    await self._answer(stream, request)
            except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.ClosedResourceError):
                self.hung_up.set()

    async def _receive(self, stream: anyio.abc.SocketStream) -> Received | None:
        data = b""
        while b"\r\n\r\n" not in data:
            try:
                data += await stream.receive()
            except anyio.EndOfStream:
                return None
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += await stream.receive()
        path = first.split(" ")[1]
        content = json.loads(body) if body else {}
        request = Received(len(self.requests), _interface(path), path, headers, content)
        self.requests.append(request)
        self.asked.set()
        return request

    async def _answer(self, stream: anyio.abc.SocketStream, request: Received) -> None:
        match self.script(request):
            case Hang("headers"):
                await self._wait_for_the_end(stream)
            case Hang():
                await stream.send(_head(200, {"content-length": "1000"}) + b'{"id":')
                await self._wait_for_the_end(stream)
            case Cut():
                await stream.send(_head(200, {"content-length": "1000"}) + b'{"id":')
                await stream.aclose()
            case Flood():
                await stream.send(_head(200, {"content-length": str(10**12)}))
                while True:
                    await stream.send(b" " * 65_536)
            case Raw(body, content_type):
                await stream.send(_head(200, {"content-length": str(len(body)), "content-type": content_type}) + body)
            case action:
                status, headers, body = _said(request, action)
                await stream.send(_head(status, {**headers, "content-length": str(len(body))}) + body)

    async def _wait_for_the_end(self, stream: anyio.abc.SocketStream) -> None:
        await stream.receive()  # nothing comes but the end


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[ProviderServer]:
    """The server, for as long as the block lasts."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610  (that is Django's)
    server = ProviderServer(script, port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server.serve)
        yield server
        tasks.cancel_scope.cancel()


def _interface(path: str) -> Interface:
    if "generateContent" in path:
        return "google"
    return "anthropic" if path.startswith("/v1/messages") else "openai"


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
    if "content-type" not in headers:
        lines.append("content-type: application/json")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _said(request: Received, action: Copy | Text | Refusal | Failure) -> tuple[int, Mapping[str, str], bytes]:
    if isinstance(action, Failure):
        return action.status, action.headers, json.dumps(_ERRORS[request.interface](action)).encode()
    return 200, {}, json.dumps(_ANSWERS[request.interface](request, action)).encode()


def _text_of(action: Copy | Text) -> str:
    return action.text if isinstance(action, Text) else json.dumps(action.fields, ensure_ascii=False)


def _openai_answer(request: Received, action: Copy | Text | Refusal) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    ended = action.ended if isinstance(action, Text) else "stop"
    if isinstance(action, Refusal):
        message["refusal"] = action.reason
    elif isinstance(action, Copy) and request.body.get("tools"):
        name = request.body["tools"][0]["function"]["name"]
        call = {"name": name, "arguments": json.dumps(action.fields)}
        message["tool_calls"] = [{"id": f"call_{request.number}", "type": "function", "function": call}]
        ended = "stop"
    else:
        message["content"] = _text_of(action)
    return {
        "id": f"chatcmpl-{request.number}",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": ended, "logprobs": None}],
        "usage": {
            "prompt_tokens": TOKENS_IN,
            "completion_tokens": TOKENS_OUT,
            "total_tokens": TOKENS_IN + TOKENS_OUT,
        },
    }


def _anthropic_answer(request: Received, action: Copy | Text | Refusal) -> dict[str, Any]:
    content: list[dict[str, Any]]
    if isinstance(action, Refusal):
        content, ended = [], "refusal"
    elif isinstance(action, Copy) and request.body.get("tools"):
        name = request.body["tools"][0]["name"]
        content = [{"type": "tool_use", "id": f"toolu_{request.number}", "name": name, "input": action.fields}]
        ended = "tool_use"
    else:
        text = _text_of(action)
        content = [{"type": "text", "text": text}] if text else []
        is_cut = isinstance(action, Text) and action.ended == "length"
        ended = "max_tokens" if is_cut else "end_turn"
    return {
        "id": f"msg_{request.number}",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": content,
        "stop_reason": ended,
        "stop_sequence": None,
        "usage": {"input_tokens": TOKENS_IN, "output_tokens": TOKENS_OUT},
    }


_GOOGLE_ENDS = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}


def _google_answer(request: Received, action: Copy | Text | Refusal) -> dict[str, Any]:
    parts: list[dict[str, Any]]
    ended = action.ended if isinstance(action, Text) else "stop"
    if isinstance(action, Refusal):
        parts, ended = [], "content_filter"
    elif isinstance(action, Copy) and request.body.get("tools"):
        name = request.body["tools"][0]["functionDeclarations"][0]["name"]
        parts = [{"functionCall": {"name": name, "args": action.fields}}]
    else:
        parts = [{"text": _text_of(action)}]
    return {
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": _GOOGLE_ENDS[ended], "index": 0}],
        "usageMetadata": {
            "promptTokenCount": TOKENS_IN,
            "candidatesTokenCount": TOKENS_OUT,
            "totalTokenCount": TOKENS_IN + TOKENS_OUT,
        },
        "modelVersion": MODEL,
        "responseId": f"response-{request.number}",
    }


def _openai_error(failure: Failure) -> dict[str, Any]:
    return {"error": {"message": failure.message, "type": "error", "param": None, "code": failure.code}}


_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


def _anthropic_error(failure: Failure) -> dict[str, Any]:
    kind = failure.code or _ANTHROPIC_TYPES.get(failure.status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": failure.message}, "request_id": "req_1"}


_GOOGLE_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def _google_error(failure: Failure) -> dict[str, Any]:
    status = failure.code or _GOOGLE_STATUSES.get(failure.status, "UNKNOWN")
    return {"error": {"code": failure.status, "message": failure.message, "status": status}}


_ANSWERS: dict[Interface, Callable[[Received, Copy | Text | Refusal], dict[str, Any]]] = {
    "openai": _openai_answer,
    "anthropic": _anthropic_answer,
    "google": _google_answer,
}
_ERRORS: dict[Interface, Callable[[Failure], dict[str, Any]]] = {
    "openai": _openai_error,
    "anthropic": _anthropic_error,
    "google": _google_error,
}
