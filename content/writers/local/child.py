"""The process that holds the model. It loads it, answers one request after another, and ends when nobody needs it.

It speaks JSON, a line each way: settings come in, `ready` or `failed` goes out; then requests and their answers.
It ends without ceremony, and so without a crash in the library: when its input closes, because whoever started it is
gone, and when nobody has asked for a while.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, Final

_LONGEST_SOCKET_PATH: Final = 100


def main() -> None:
    answers = _take_over_output()
    settings = json.loads(sys.stdin.buffer.readline() or "null")
    if settings is None:
        return
    work = _Work()
    threading.Thread(target=work.listen, daemon=True).start()
    try:
        server = _load(settings)
    except (RuntimeError, ValueError, OSError, ImportError, AttributeError) as error:
        _say(answers, {"failed": str(error)})
        os._exit(1)
    _say(answers, {"ready": True})
    while (request := work.next(settings["idle"])) is not None:
        _say(answers, _answer(server, request, work))
    os._exit(0)


def _take_over_output() -> BinaryIO:
    """Our own line to the parent: what the library prints must not get between the answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _say(answers: BinaryIO, message: dict[str, Any]) -> None:
    try:
        answers.write(json.dumps(message).encode() + b"\n")
        answers.flush()
    except OSError:  # nobody is there to hear it
        os._exit(0)


class _Work:
    """What has been asked, and which request has been called off."""

    def __init__(self) -> None:
        self._requests: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._called_off: int | None = None

    def listen(self) -> None:
        """Read until the input closes; then there is nobody left to work for."""
        for line in sys.stdin.buffer:
            message = json.loads(line)
            if "cancel" in message:
                self._called_off = message["cancel"]
            else:
                self._requests.put(message)
        # Destructors of a library that is generating crash; the system frees everything as well.
        os._exit(0)

    def is_called_off(self, number: int) -> bool:
        return self._called_off == number

    def next(self, idle: float) -> dict[str, Any] | None:
        """The next request; nothing after `idle` seconds without one."""
        try:
            return self._requests.get(timeout=idle)
        except Empty:
            return None


def _load(settings: dict[str, Any]) -> Any:
    # 30 MB of native code, without types, that only this process needs.
    import xllamacpp  # type: ignore[import-untyped]  # noqa: PLC0415

    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings["model"]
    parameters.n_ctx = settings["context"]
    parameters.n_batch = parameters.n_ubatch = settings["batch"]
    parameters.n_parallel = 1
    parameters.n_predict = settings["longest"]
    # It keeps prompts of the past in memory otherwise, by default up to 8 GB.
    parameters.cache_ram_mib = 0
    # Threads that wait by spinning take the cores from the server: with two of two cores busy, ten times slower.
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = settings["threads"]
        threads.poll = 0
    parameters.warmup = False
    parameters.verbosity = -1
    return _serve_to_nobody(xllamacpp, parameters)


def _serve_to_nobody(xllamacpp: Any, parameters: Any) -> Any:
    """The library insists on an HTTP server: on a socket file that nobody else may reach, gone once it is bound."""
    parameters.ui = False
    parameters.n_threads_http = 1
    parameters.endpoint_slots = False
    parameters.port = 0
    parameters.api_keys = [secrets.token_hex()]
    with tempfile.TemporaryDirectory(prefix="copydesk-model-") as folder:
        socket = Path(folder) / "model.sock"  # by the ending the library knows what it is
        parameters.hostnames = [str(socket) if _takes_socket_files(socket) else "127.0.0.1"]
        return xllamacpp.Server(parameters)


def _takes_socket_files(socket: Path) -> bool:
    return sys.platform != "win32" and len(os.fsencode(socket)) <= _LONGEST_SOCKET_PATH


def _answer(server: Any, request: dict[str, Any], work: _Work) -> dict[str, Any]:
    """What the model wrote, or why it did not: the library raises some errors and sends others as a piece."""
    number: int = request["id"]
    reply = _Reply()

    def receive(chunk: Any) -> bool:
        reply.take(chunk)
        return work.is_called_off(number)

    try:
        server.handle_chat_completions(json.dumps(request["body"]), receive)
    except (RuntimeError, ValueError) as error:
        reply.error = {"message": str(error)}
    if work.is_called_off(number):
        return {"id": number, "cancelled": True}
    return {"id": number, **reply.told()}


class _Reply:
    """The answer as it comes in, piece by piece."""

    def __init__(self) -> None:
        self.error: dict[str, Any] | None = None
        self._texts: list[str] = []
        self._finish: str | None = None
        self._usage: dict[str, Any] = {}

    def take(self, chunk: Any) -> None:
        data: Any = json.loads(chunk) if isinstance(chunk, str | bytes) else chunk
        for one in data if isinstance(data, list) else [data]:
            self._take_one(one)

    def _take_one(self, data: dict[str, Any]) -> None:
        if "error" in data:
            self.error = data["error"]
        for choice in data.get("choices", ()):
            self._texts.append(choice.get("delta", {}).get("content") or "")
            self._finish = choice.get("finish_reason") or self._finish
        self._usage = data.get("usage") or self._usage

    def told(self) -> dict[str, Any]:
        if self.error is not None:
            return {"error": self.error.get("message", ""), "kind": self.error.get("type")}
        return {"text": "".join(self._texts), "finish": self._finish, "usage": self._usage}


if __name__ == "__main__":
    main()
