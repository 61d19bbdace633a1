"""The model's process, from the side of whoever uses it: started at the first request, one request at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import anyio
from anyio.streams.buffered import BufferedByteReceiveStream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from anyio.abc import Process

__all__ = ["Completion", "ModelFailed", "ModelProcess", "ModelSettings"]

IDLE: Final = 300.0
"""Seconds without a request after which the model leaves the memory."""
PATIENCE: Final = 0.5
"""Seconds that a request which is called off may take to stop, before its process is ended."""
_LONGEST_ANSWER: Final = 4 * 1024 * 1024
_GONE: Final = (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError, anyio.ClosedResourceError)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How a model is loaded and kept: `context`, `batch` (read at once) and `longest` (written) are tokens, `idle` and
    `patience` seconds."""

    model: Path
    context: int
    longest: int
    batch: int = 128
    threads: int = 1
    idle: float = IDLE
    patience: float = PATIENCE


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote; `finish` is `stop` when it came to its end, `length` when it ran out of room."""

    text: str
    finish: str | None
    input_tokens: int | None
    output_tokens: int | None


class ModelFailed(Exception):
    """The model cannot be used. `kind` is load, crash, or what its library calls the error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ModelProcess:
    """One model, loaded once for everybody in this process; requests wait for each other in order."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._turn = anyio.Lock()
        self._line: _Line | None = None
        self._number = 0

    @property
    def pid(self) -> int | None:
        """The process that holds the model; `None` while there is none."""
        return self._line.pid if self._line is not None and self._line.is_open else None

    async def complete(self, body: Mapping[str, Any]) -> Completion:
        """Have a chat completion written. Cancelled, it stops the model. Raises ModelFailed."""
        async with self._turn:
            try:
                return await self._ask(body)
            except _Retired:  # idle for so long that it had just left: a new one has not
                return await self._ask(body)

    async def wait_ended(self) -> None:
        """Return once the process is gone, if there is one: it leaves by itself when idle."""
        if self._line is not None:
            await self._line.wait_ended()

    async def aclose(self) -> None:
        """End the process; a later request starts another one."""
        line, self._line = self._line, None
        if line is not None:
            await line.end()

    async def _ask(self, body: Mapping[str, Any]) -> Completion:
        line = await self._open_line()
        self._number += 1
        try:
            return _completion(await line.ask(self._number, body))
        except _Retired:
            await self.aclose()
            raise
        except ModelFailed:
            if not line.is_open:
                await self.aclose()
            raise

    async def _open_line(self) -> _Line:
        if self._line is None or not self._line.is_open:
            await self.aclose()
            self._line = await _call(self._settings)
        return self._line


class _Retired(Exception):
    """The process left of its own will before it took up the request."""


async def _call(settings: ModelSettings) -> _Line:
    """Start the process and wait until the model is loaded. Raises ModelFailed."""
    # Cancelled in between, nobody would know of the process; and it takes milliseconds.
    with anyio.CancelScope(shield=True):
        line = _Line(await _start(), settings.patience)
    try:
        await line.send(_as_wire(settings))
        answer = await line.receive()
    except BaseException:
        await line.end()
        raise
    if "ready" not in answer:
        await line.end()
        raise ModelFailed("load", str(answer.get("failed", "")))
    return line


async def _start() -> Process:
    # -P: a module of that name in the folder where we happen to run must not take the place of a library's.
    command = (sys.executable, "-P", "-m", "copydesk.content.writers.local.child")
    return await anyio.open_process(
        command,
        stderr=subprocess.DEVNULL,
        # An interrupt from the keyboard is for us: we end it.
        start_new_session=os.name == "posix",
    )


def _as_wire(settings: ModelSettings) -> dict[str, Any]:
    return {
        "model": str(settings.model),
        "context": settings.context,
        "longest": settings.longest,
        "batch": settings.batch,
        "threads": settings.threads,
        "idle": settings.idle,
    }


def _completion(answer: dict[str, Any]) -> Completion:
    if "error" in answer:
        raise ModelFailed(answer.get("kind") or "request", str(answer["error"]))
    usage = answer["usage"]
    return Completion(answer["text"], answer["finish"], usage.get("prompt_tokens"), usage.get("completion_tokens"))


class _Line:
    """JSON messages to and from one process."""

    def __init__(self, process: Process, patience: float) -> None:
        assert process.stdin is not None, "the process was started with a pipe"
        assert process.stdout is not None, "the process was started with a pipe"
        self._process = process
        self._patience = patience
        self._input = process.stdin
        self._output = BufferedByteReceiveStream(process.stdout)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_open(self) -> bool:
        return self._process.returncode is None

    async def wait_ended(self) -> None:
        await self._process.wait()

    async def ask(self, number: int, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            await self.send({"id": number, "body": body})
            return await self.receive()
        except anyio.get_cancelled_exc_class():
            await self._call_off(number)
            raise

    async def send(self, message: Mapping[str, Any]) -> None:
        try:
            await self._input.send(json.dumps(message).encode() + b"\n")
        except _GONE:
            await self._explain_end()

    async def receive(self) -> dict[str, Any]:
        try:
            line = await self._output.receive_until(b"\n", _LONGEST_ANSWER)
        except _GONE:
            await self._explain_end()
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def _explain_end(self) -> None:
        """Raises what the end of the process means."""
        code = await self._process.wait()
        if code == 0:
            raise _Retired
        reason = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise ModelFailed("crash", f"the model's process ended unexpectedly ({reason})")

    async def _call_off(self, number: int) -> None:
        """Stop the model and read what it still says: the next request must not get it for an answer."""
        with anyio.move_on_after(self._patience, shield=True):
            try:
                await self.send({"cancel": number})
                await self.receive()
            except (_Retired, ModelFailed):
                pass
            return
        # It is still reading the prompt, where nothing can interrupt it.
        await self.end()

    async def end(self) -> None:
        """Kill the process: it holds nothing that could be lost, and its library does not end well while it writes."""
        with anyio.CancelScope(shield=True):
            if self.is_open:
                self._process.kill()
            await self._process.aclose()
