"""What this process works on, and the means to interrupt it when somebody takes it away."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio

from copydesk.store import queue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from copydesk.store.models import Claim
    from copydesk.store.store import Store


class Running:
    """Claims under way, each with the scope around its work."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._scopes: dict[tuple[int, int, int], anyio.CancelScope] = {}
        self._writers: Counter[str] = Counter()
        self._freed = anyio.Event()

    def __len__(self) -> int:
        return len(self._scopes)

    def count_of(self, writer: str) -> int:
        """How many claims of this writer are under way."""
        return self._writers[writer]

    def add(self, claims: Sequence[Claim]) -> None:
        """They are ours from now on; each is worked on within `interruptible`."""
        self._scopes |= {claim.key: anyio.CancelScope() for claim in claims}
        self._writers.update(claim.writer for claim in claims)

    @contextmanager
    def interruptible(self, claim: Claim) -> Iterator[None]:
        """Work on a claim; what is inside ends early if the claim is lost. Afterwards its place is free."""
        try:
            with self._scopes[claim.key]:
                yield
        finally:
            del self._scopes[claim.key]
            self._writers[claim.writer] -= 1
            self._freed.set()

    async def wait_for_room(self, most: int) -> None:
        """Return as soon as fewer than `most` claims are under way."""
        while len(self._scopes) >= most:
            self._freed = anyio.Event()
            await self._freed.wait()

    async def interrupt_lost(self) -> None:
        """Interrupt the work on claims that somebody took away (cancelled, stopped, rescued)."""
        # Those that are added while the store is read are newer than what it says.
        known = dict(self._scopes)
        held = await self._store.read(queue.held, owner=self._store.owner) if known else set()
        for key, scope in known.items():
            if key not in held:
                scope.cancel()
