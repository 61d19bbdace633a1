"""A provider that allows so many requests: `python -m benchmarks.limited_provider RATE BURST LATENCY`.

A token bucket of BURST that fills at RATE a second, behind HTTP: it speaks OpenAI's chat completions, answers after
LATENCY seconds, and at once with 429 and Retry-After in whole seconds when the bucket is empty. Prints its port.
"""

from __future__ import annotations

import json
import math
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

_MESSAGE: Final = {"role": "assistant", "content": json.dumps({"text": "Fresh bread, every morning."})}
_ANSWER: Final[dict[str, Any]] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 0,
    "model": "limited",
    "choices": [{"index": 0, "message": _MESSAGE, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
}


@dataclass(slots=True)
class Bucket:
    """What is allowed, and what was asked."""

    rate: float
    burst: float
    latency: float
    tokens: float = field(init=False)
    filled: float = 0.0
    began: float | None = None
    ended: float = 0.0
    accepted: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    async def complete(self, _: Request) -> JSONResponse:
        now = time.monotonic()
        self.began = now if self.began is None else self.began
        self.tokens = min(self.burst, self.tokens + (now - self.filled) * self.rate)
        self.filled = now
        if self.tokens < 1:
            self.refused += 1
            wait = math.ceil((1 - self.tokens) / self.rate)
            error = {"error": {"message": "Rate limit reached.", "type": "requests", "code": "rate_limit_exceeded"}}
            return JSONResponse(error, status_code=429, headers={"retry-after": str(wait)})
        self.tokens -= 1
        self.accepted += 1
        self.ended = now
        await anyio.sleep(self.latency)
        return JSONResponse(_ANSWER)

    async def figures(self, _: Request) -> JSONResponse:
        """How much of what was allowed from the first request to the last was used."""
        allowed = self.burst + self.rate * (self.ended - (self.began or 0.0))
        share = self.accepted / allowed
        return JSONResponse({"accepted": self.accepted, "refused": self.refused, "share": share})


def main() -> None:
    rate, burst, latency = (float(one) for one in sys.argv[1:])
    bucket = Bucket(rate, burst, latency)
    routes = [Route("/v1/chat/completions", bucket.complete, methods=["POST"]), Route("/figures", bucket.figures)]
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="critical"))
    anyio.run(server.serve, [listener])


if __name__ == "__main__":
    main()
