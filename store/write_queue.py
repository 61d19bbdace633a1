"""The writer: one task that owns the write connection. What arrives together shares a commit."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Concatenate, Final, Generic, ParamSpec, TypeVar

import anyio

from copydesk.store.commit import Failure, Success, Write, commit_batch
from copydesk.store.connection import Connection, Patience
from copydesk.store.database import Database, Topic
from copydesk.store.errors import StoreClosed, StoreError

__all__ = ["WriteQueue"]

P = ParamSpec("P")
T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_LARGEST_BATCH: Final = 1_000
_PATIENCE_WHILE_CLOSING: Final = 2.0


class _Waiting(Generic[T]):
    """A write and the bell of the caller who waits for it."""

    __slots__ = ("answered", "write")

    def __init__(self, write: Write[T]) -> None:
        self.write = write
        self.answered = anyio.Event()


class WriteQueue:
    """Takes writes from any task and commits them. `run` is the writer task and must be started once."""

    def __init__(
        self,
        connection: Connection,
        *,
        tell: Callable[[frozenset[Topic]], None],
        patience: Patience | None = None,
    ) -> None:
        self._connection = connection
        self._tell = tell
        self._patience = patience or Patience()
        self._waiting: deque[_Waiting[Any]] = deque()
        self._arrived = anyio.Event()
        self._finished = anyio.Event()
        self._closing = False

    async def write(self, function: Callable[Concatenate[Database, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(database, …)` returns, once it is committed and on the disk.

        Cancelled before its turn, the write is skipped whole; later, it stands whole, though nobody hears of it.
        Raises what the function raised, or a `StoreError`; then nothing of it is stored.
        """
        waiting = self._accept(lambda database: function(database, *args, **kwargs))
        try:
            await waiting.answered.wait()
        finally:
            waiting.write.withdrawn = True
        return _unwrap(waiting.write)

    async def write_regardless(
        self, function: Callable[Concatenate[Database, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`write`, but a caller who is cancelled leaves it behind: it is done at the latest when the queue closes."""
        waiting = self._accept(lambda database: function(database, *args, **kwargs))
        await waiting.answered.wait()
        return _unwrap(waiting.write)

    def _accept(self, function: Callable[[Database], T]) -> _Waiting[T]:
        if self._closing:
            raise StoreClosed
        waiting = _Waiting(Write(function))
        self._waiting.append(waiting)
        self._arrived.set()
        return waiting

    async def run(self) -> None:
        """Commit what arrives, until `close`. Neither a caller's cancellation nor this task's reaches a commit."""
        try:
            with anyio.CancelScope(shield=True):
                while batch := await self._next_batch():
                    await self._commit(batch)
        finally:
            self._closing = True
            self._finished.set()

    async def close(self) -> None:
        """Take no more writes, and wait until the accepted ones are finished."""
        self._closing = True
        self._patience.seconds = min(self._patience.seconds, _PATIENCE_WHILE_CLOSING)
        self._arrived.set()
        await self._finished.wait()

    async def _next_batch(self) -> list[_Waiting[Any]]:
        """Everything that waits, up to a limit. Empty once the queue is closed and nothing is left."""
        while not self._waiting and not self._closing:
            await self._arrived.wait()
            self._arrived = anyio.Event()
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), _LARGEST_BATCH))]

    async def _commit(self, batch: list[_Waiting[Any]]) -> None:
        writes = [waiting.write for waiting in batch]
        try:
            topics = await self._connection.run(commit_batch, writes, self._patience)
        except StoreError as error:
            _LOG.warning("%d writes failed: %s", len(writes), error)
            for write in writes:
                write.outcome = Failure(_copy(error))
        else:
            if topics:
                self._tell(topics)
        for waiting in batch:
            waiting.answered.set()


def _copy(error: StoreError) -> StoreError:
    """One for each caller: an exception that several tasks raise collects all their tracebacks."""
    copy = type(error)(str(error))
    copy.__cause__ = error.__cause__
    return copy


def _unwrap(write: Write[T]) -> T:
    match write.outcome:
        case Success(value):
            return value
        case Failure(error):
            raise error
        case None:
            raise StoreClosed
