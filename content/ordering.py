"""From what somebody asks for to an order: who writes, on which definition, within which budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from copydesk.content.operations.budgets import budget_of
from copydesk.content.operations.policy import Policy
from copydesk.content.operations.recording import Order
from copydesk.content.operations.standing import find_operation
from copydesk.content.operations.values import Generate, Regenerate
from copydesk.content.reports.estimating import tokens_to_reserve
from copydesk.content.secrets import refuse_secrets
from copydesk.content.writers.base import AGENT, UNASKED_WRITER

if TYPE_CHECKING:
    from copydesk.content.definition.models import Snapshot
    from copydesk.content.operations.plan_writing import TemplateResolver
    from copydesk.content.operations.policy import Via
    from copydesk.content.operations.values import Operation
    from copydesk.content.settings import LoadedSettings, Settings
    from copydesk.content.writers.registry import Writers
    from copydesk.store.store import Store

__all__ = ["NOBODY", "Asked", "Orders"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and the circumstances of it."""

    started_by: str | None = None
    via: Via = "library"
    request_id: str | None = None
    retry_of: str | None = None
    snapshot: Snapshot | None = None
    """The definition to use instead of the project's own."""
    resolve: TemplateResolver | None = None
    """Chooses templates instead of the definition."""


NOBODY: Final = Asked()


class Orders:
    """Makes the orders of one project."""

    def __init__(self, loaded: LoadedSettings, store: Store, writers: Writers) -> None:
        self._settings: Settings = loaded.settings
        self._origins = loaded.origins
        self._store = store
        self._writers = writers
        self._searched: str | None = None  # the hash of the snapshot

    async def make(self, operation: Operation, asked: Asked, snapshot: Snapshot) -> Order:
        """The order. Raises `ContentError`: holds-secret, unknown-writer, outside-project, over-ceiling."""
        refuse_secrets(operation.model_dump_json())
        self._refuse_secrets_in(snapshot)
        order = Order(
            operation,
            snapshot,
            await self._writer_for(operation, asked),
            started_by=asked.started_by,
            request_id=asked.request_id,
            retry_of=asked.retry_of,
            budget=budget_of(operation, self._settings, self._origins),
            policy=Policy(self._settings.promotion, asked.via),
            resolve=asked.resolve,
        )
        if order.budget is None:
            return order
        if order.writer == AGENT:  # its tokens are the assistant's own: nobody here pays or counts them
            return replace(order, budget=None)
        return replace(order, estimates=tokens_to_reserve(self._writers.resolve(order.writer), order))

    def _refuse_secrets_in(self, snapshot: Snapshot) -> None:
        """The definition and its sources are stored, too; what was looked at once is not searched again."""
        if snapshot.hash != self._searched:
            refuse_secrets(snapshot.document)
            self._searched = snapshot.hash

    async def _writer_for(self, operation: Operation, asked: Asked) -> str:
        """The writer that is named, or set; it has to be there only for what a writer does."""
        if not isinstance(operation, Generate | Regenerate):
            return self._settings.writer or UNASKED_WRITER
        if operation.writer is not None:
            self._refuse_outside(operation.writer, asked)
        name = operation.writer or self._settings.writer or await self._usual_writer(asked)
        return self._writers.resolve(name).name

    def _refuse_outside(self, named: str, asked: Asked) -> None:
        """A call may not lead out of the project; the settings may, and whoever asked for what is now retried."""
        if asked.via == "mcp" and asked.retry_of is None and named != self._settings.writer:
            self._writers.refuse_outside(named)

    async def _usual_writer(self, asked: Asked) -> str:
        """Where nobody is named or set: who wrote the first time, the assistant that asks, else placeholder drafts."""
        before = None if asked.retry_of is None else await self._store.read(find_operation, asked.retry_of)
        if before is not None and before.writer is not None:
            return before.writer
        return AGENT if asked.via == "mcp" else UNASKED_WRITER
