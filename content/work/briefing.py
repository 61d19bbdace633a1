"""Briefs of stored jobs: what a writer is asked, from the definition that the operation was planned on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.briefs import Brief, build_brief
from copydesk.content.operations.keeping import standing_in
from copydesk.content.operations.values import Generate, Mode, Regenerate
from copydesk.store import entities

if TYPE_CHECKING:
    from copydesk.content.definition.models import Fields
    from copydesk.content.work.contexts import OperationContext, OperationContexts
    from copydesk.store.models import Claim
    from copydesk.store.store import Store

__all__ = ["Briefings"]


class Briefings:
    """Makes the briefs of one store's jobs. Raises `ContentError` as the definition or the template make it."""

    def __init__(self, store: Store, contexts: OperationContexts) -> None:
        self._store = store
        self._contexts = contexts

    async def brief(self, claim: Claim) -> Brief:
        """What the writer is asked for this job."""
        _, brief = await self.with_context(claim)
        return brief

    async def with_context(self, claim: Claim) -> tuple[OperationContext, Brief]:
        """The same, with what is known of the operation."""
        context = await self._contexts.get(claim.operation)
        request = context.request
        base = await self._base(claim, request)
        brief = build_brief(
            context.snapshot.site,
            claim.page,
            claim.section,
            template=claim.template,
            instructions=request.instructions,
            keep=standing_in(request.keep, base or {}) if isinstance(request, Regenerate) else (),
            current=base if isinstance(request, Regenerate) and request.mode is Mode.WITH_CURRENT else None,
        )
        return context, brief

    async def _base(self, claim: Claim, request: Generate | Regenerate) -> Fields | None:
        """The copy that the job was planned on, where the request needs it."""
        needs_it = isinstance(request, Regenerate) and (request.keep or request.mode is Mode.WITH_CURRENT)
        if claim.base is None or not needs_it:
            return None
        revision = await self._store.read(entities.revision, claim.base)
        return None if revision is None else revision.fields
