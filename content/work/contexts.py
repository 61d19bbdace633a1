"""What an attempt needs to know of its operation: what was asked, on which definition. Read once, then remembered."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from copydesk.content.definition.snapshot import read_snapshot
from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Generate, Regenerate, read_operation
from copydesk.store import operations

if TYPE_CHECKING:
    from copydesk.content.definition.models import Snapshot
    from copydesk.content.operations.values import WritingOperation
    from copydesk.store.database import Database
    from copydesk.store.store import Store

_REMEMBERED_OPERATIONS: Final = 64
_REMEMBERED_SNAPSHOTS: Final = 4


@dataclass(frozen=True, slots=True)
class OperationContext:
    """What all jobs of one operation have in common."""

    id: str
    request: WritingOperation
    snapshot: Snapshot


class Snapshots:
    """Stored site definitions, parsed; the last few are remembered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, Snapshot] = OrderedDict()

    def remember(self, snapshot: Snapshot) -> None:
        """Keep a definition that is already parsed, so that it is not parsed again."""
        self._known[snapshot.hash] = snapshot
        self._known.move_to_end(snapshot.hash)
        while len(self._known) > _REMEMBERED_SNAPSHOTS:
            self._known.popitem(last=False)

    async def get(self, snapshot_hash: str) -> Snapshot:
        """The definition with this hash. Raises `ContentError` (definition) if it is not stored or not readable."""
        if snapshot_hash not in self._known:
            document = await self._store.read(operations.snapshot_document, snapshot_hash)
            if document is None:
                message = f"The stored site definition {snapshot_hash[:12]} is gone. Generate the section again."
                raise ContentError("definition", message)
            self.remember(read_snapshot(snapshot_hash, document))
        return self._known[snapshot_hash]


class OperationContexts:
    """The contexts of the operations under way."""

    def __init__(self, store: Store, snapshots: Snapshots) -> None:
        self._store = store
        self._snapshots = snapshots
        self._known: OrderedDict[int, OperationContext] = OrderedDict()

    async def get(self, seq: int) -> OperationContext:
        if seq not in self._known:
            self._known[seq] = await self._read(seq)
            while len(self._known) > _REMEMBERED_OPERATIONS:
                self._known.popitem(last=False)
        return self._known[seq]

    async def _read(self, seq: int) -> OperationContext:
        operation_id, request, snapshot_hash = await self._store.read(_read_request, seq)
        return OperationContext(operation_id, request, await self._snapshots.get(snapshot_hash))


def _read_request(db: Database, seq: int) -> tuple[str, WritingOperation, str]:
    stored = operations.by_seq(db, seq)
    request = None if stored is None else read_operation(stored.request)
    if stored is None or not isinstance(request, Generate | Regenerate):
        message = f"Operation number {seq} is none that a writer works on. Generate the section again."
        raise ContentError("definition", message)
    return stored.id, request, stored.snapshot
