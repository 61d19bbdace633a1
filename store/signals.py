"""Wake-ups inside this process. A wake-up says "look again", never what there is to see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import anyio

from copydesk.store.database import Topic

__all__ = ["Signals", "Watch"]


class Watch:
    """Someone's interest in topics. Nothing that is told between two waits is lost."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self.topics = frozenset(topics)
        self._woken = anyio.Event()

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109  (a deadline is an answer, not an error)
        """Return `True` at the first wake-up since the last wait, or `False` after `timeout` seconds without one."""
        with anyio.move_on_after(timeout):
            await self._woken.wait()
        if not self._woken.is_set():
            return False
        self._woken = anyio.Event()
        return True

    def wake(self) -> None:
        self._woken.set()


class Signals:
    """Who watches what in this process. Used from the event loop only."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()

    @property
    def watched(self) -> bool:
        """Whether anybody watches anything."""
        return bool(self._watches)

    @contextmanager
    def watch(self, *topics: Topic) -> Iterator[Watch]:
        """Watch topics. Watch first, then look at the store, then wait: so no change falls between."""
        watch = Watch(topics)
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    def tell(self, topics: Iterable[Topic]) -> None:
        """Wake everyone who watches one of these topics."""
        told = frozenset(topics)
        for watch in self._watches:
            if watch.topics & told:
                watch.wake()
