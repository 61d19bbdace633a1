"""One attempt at a job: make the brief (briefing), let the writer write (composing), store how it went (outcomes)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import anyio
import anyio.lowlevel

from copydesk.content.errors import ContentError
from copydesk.content.work.briefing import Briefings
from copydesk.content.work.composing import Composition
from copydesk.content.work.insisting import insist
from copydesk.content.work.outcomes import Attempted, Provenance, storing
from copydesk.content.work.timing import USUAL, Timing
from copydesk.content.writers.base import Answer, Invalid, Permanent, Transient, Usage
from copydesk.store import queue
from copydesk.store.errors import StoreClosed, StoreError
from copydesk.store.models import Spent
from copydesk.store.moments import Moment

if TYPE_CHECKING:
    from copydesk.content.settings import Settings
    from copydesk.content.work.contexts import OperationContexts
    from copydesk.content.writers.registry import Writers
    from copydesk.store.models import Claim
    from copydesk.store.store import Store

__all__ = ["Attempts"]

_LOG = logging.getLogger(__name__)
_LONGEST_COUNTING: Final = 0.3
"""Seconds that an interruption waits for the tokens to be counted. They are counted even if that takes longer."""


@dataclass(slots=True)
class _Tally:
    """What an attempt has spent so far, however it ends."""

    composition: Composition | None = None

    @property
    def usage(self) -> Usage:
        return Usage() if self.composition is None else self.composition.usage


class Attempts:
    """Does claimed jobs, one attempt at a time; several at once."""

    def __init__(
        self,
        store: Store,
        writers: Writers,
        contexts: OperationContexts,
        settings: Settings,
        timing: Timing = USUAL,
    ) -> None:
        self._store = store
        self._writers = writers
        self._briefings = Briefings(store, contexts)
        self._settings = settings
        self._timing = timing

    async def run(self, claim: Claim) -> None:
        """Write the section and store how it went.

        Cancelled at any point, it stores the whole outcome or nothing of it; the tokens count either way.
        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        tally = _Tally()
        try:
            await self._store_outcome(claim, await self._write(claim, tally))
        except StoreClosed:
            raise
        except anyio.get_cancelled_exc_class():
            await self._count(claim, tally.usage)
            raise
        except Exception as error:  # noqa: BLE001 - a defect that one job meets must not stop the others
            _LOG.exception("a defect stopped the work on %s/%s", claim.page, claim.section)
            await self._count(claim, tally.usage)
            await self._fail_by_defect(claim, error)

    async def _count(self, claim: Claim, usage: Usage) -> None:
        """Count what was spent on an attempt without outcome; an outcome that was stored has counted it already.

        It is left to the store's queue: an interruption does not wait long for it.
        """
        spent = Spent(None, usage.input_tokens, usage.output_tokens, usage.cost)
        if not spent.is_worth_a_row:
            return
        at = Moment.read(self._store.clock)
        with anyio.move_on_after(_LONGEST_COUNTING, shield=True):
            try:
                await self._store.write_regardless(queue.record_usage, claim, spent, at=at)
            except StoreError as error:
                _LOG.warning("the tokens of %s/%s could not be counted: %s", claim.page, claim.section, error)

    async def _store_outcome(self, claim: Claim, attempted: Attempted) -> None:
        at = Moment.read(self._store.clock)
        step = storing(claim, attempted, self._settings, self._timing, at=at)
        await insist(lambda: self._store.write(step))

    async def _fail_by_defect(self, claim: Claim, error: Exception) -> None:
        message = (
            f"copydesk itself failed at {claim.page}/{claim.section} ({type(error).__name__}). This is a defect: the "
            "traceback is in the log of the process that worked on it."
        )
        at = Moment.read(self._store.clock)
        await insist(lambda: self._store.write(queue.fail, claim, code="internal-error", message=message, at=at))

    async def _write(self, claim: Claim, tally: _Tally) -> Attempted:
        try:
            writer = self._writers.resolve(claim.writer)
        except ContentError as error:
            return Attempted(Permanent("writer-missing", str(error)))
        try:
            context, brief = await insist(lambda: self._briefings.with_context(claim))
        except ContentError as error:
            return Attempted(Permanent("definition", str(error)))
        async with self._writers.turn(claim.writer):
            tally.composition = Composition(writer, brief)
            outcome = await self._compose(claim, tally.composition)
            return Attempted(outcome, Provenance(context, brief, writer.is_draft))

    async def _compose(self, claim: Claim, composition: Composition) -> Answer | Invalid:
        try:
            with anyio.fail_after(self._settings.attempt_timeout):
                return await composition.run()
        except TimeoutError:
            seconds = self._settings.attempt_timeout
            message = f"{claim.writer} gave no answer for {claim.page}/{claim.section} within {seconds:g} s."
            return composition.usable or Transient("timeout", message, usage=composition.usage)
