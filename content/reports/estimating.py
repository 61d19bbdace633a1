"""Estimates: what a plan will take, in tokens, money and time; and whether a budget is enough for it."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio.to_thread

from copydesk.content.briefs import build_brief
from copydesk.content.errors import ContentError
from copydesk.content.operations.keeping import standing_in
from copydesk.content.operations.selection import select
from copydesk.content.operations.values import Generate, Mode, Regenerate
from copydesk.content.reports.receipts import EstimateSummary
from copydesk.content.writers.base import Estimate
from copydesk.content.writers.prices import estimated_cost
from copydesk.store import entities, operations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from copydesk.content.definition.models import Fields
    from copydesk.content.operations.plans import Plan
    from copydesk.content.operations.recording import Order
    from copydesk.content.settings import Settings
    from copydesk.content.writers.base import Writer
    from copydesk.content.writers.registry import Writers
    from copydesk.store.database import Database
    from copydesk.store.models import NewJob
    from copydesk.store.store import Store

__all__ = ["budget_warnings", "estimate_plan", "key_warnings", "tokens_to_reserve"]

_LOOKED_AT: Final = 500
"""Sections of which each has its own brief read for a reservation: it is made while somebody waits for the handle."""
_OF_EACH_TEMPLATE: Final = 20
"""Beyond that, of how many sections of each template."""


async def estimate_plan(
    store: Store, writers: Writers, order: Order, plan: Plan, settings: Settings
) -> EstimateSummary | None:
    """What a plan will take, by the brief of each of its sections; `None` if nobody writes in it.

    Each section counts once: what a writer is asked again, after violations or failures, comes on top. Time goes by
    the writer's last operations, if any.
    """
    writing = [job for job in plan.jobs if job.writer is not None]
    if not writing:
        return None
    writer = writers.resolve(order.writer)
    current = await store.read(_read_current, order, writing)
    # A thread: thousands of briefs take a good part of a second, and calls of others go on meanwhile.
    total = await anyio.to_thread.run_sync(_total, writer, order, writing, current)
    measured = await store.read(operations.milliseconds_a_job, order.writer, now=store.clock.now())
    seconds = total.seconds / settings.concurrency if measured is None else measured * len(writing) / 1000
    return EstimateSummary(
        input_tokens=total.input_tokens,
        output_tokens=total.output_tokens,
        cost=estimated_cost(order.writer, total.input_tokens, total.output_tokens, settings),
        seconds=round(seconds, 3),
    )


def _read_current(db: Database, order: Order, jobs: Sequence[NewJob]) -> dict[int, Fields]:
    """The copy that the writer is shown, by revision, where it is shown some."""
    request = order.operation
    if not isinstance(request, Regenerate) or not (request.keep or request.mode is Mode.WITH_CURRENT):
        return {}
    found = (entities.revision(db, job.base) for job in jobs if job.base is not None)
    return {revision.id: revision.fields for revision in found if revision is not None}


def _total(writer: Writer, order: Order, jobs: Sequence[NewJob], current: Mapping[int, Fields]) -> Estimate:
    each = [_estimate(writer, order, (job.page, job.section), job.template, current.get(job.base or 0)) for job in jobs]
    return Estimate(
        sum(one.input_tokens for one in each),
        sum(one.output_tokens for one in each),
        sum(one.seconds for one in each),
    )


def _estimate(
    writer: Writer, order: Order, key: tuple[str, str], template: str | None, current: Fields | None = None
) -> Estimate:
    """A section whose brief cannot be made takes nothing: its job fails before the writer is asked."""
    request = order.operation
    assert isinstance(request, Generate | Regenerate), "only these have a writer"
    keep = standing_in(request.keep, current or {}) if isinstance(request, Regenerate) else ()
    shown = current if isinstance(request, Regenerate) and request.mode is Mode.WITH_CURRENT else None
    wishes = request.instructions
    try:
        brief = build_brief(order.snapshot.site, *key, template=template, instructions=wishes, keep=keep, current=shown)
    except ContentError:
        return Estimate()
    return writer.estimate(brief)


def tokens_to_reserve(writer: Writer, order: Order) -> Mapping[tuple[str, str], int]:
    """Tokens that an attempt at each section of the order is expected to take, by page and section: one at least.

    It is made before it is known which sections get a job. Of a large scope some sections of each template are looked
    at, and stand for the rest.
    """
    reserved: dict[tuple[str, str], int] = {}
    by_template = _keys_by_template(order)
    is_large = sum(len(keys) for keys in by_template.values()) > _LOOKED_AT
    for template, keys in by_template.items():
        step = -(-len(keys) // _OF_EACH_TEMPLATE) if is_large else 1
        looked_at = {key: _reserved(writer, order, key, template) for key in keys[::step]}
        usual = -(-sum(looked_at.values()) // len(looked_at))
        reserved |= {key: looked_at.get(key, usual) for key in keys}
    return reserved


def _keys_by_template(order: Order) -> Mapping[str, list[tuple[str, str]]]:
    """The sections of the scope that could be written. What is wrong with the scope, planning says."""
    request = order.operation
    assert isinstance(request, Generate | Regenerate), "only these have a writer"
    by_template: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    with suppress(ContentError):
        for one in select(request.scope, order.snapshot.site):
            # A resolver is the caller's own; where it fails, planning refuses the section.
            with suppress(ValueError, LookupError, ContentError):
                template = order.resolve(one.section) if order.resolve else one.section.template
                by_template[template].append(one.key)
    return by_template


def _reserved(writer: Writer, order: Order, key: tuple[str, str], template: str) -> int:
    """An attempt that is shown the current copy reads about as much more as it writes."""
    one = _estimate(writer, order, key, template)
    reads_copy = isinstance(order.operation, Regenerate) and order.operation.mode is Mode.WITH_CURRENT
    return max(1, one.input_tokens + one.output_tokens * (2 if reads_copy else 1))


def budget_warnings(estimate: EstimateSummary | None, budget: int | None, sections: int) -> tuple[str, ...]:
    """What to say of a plan that its budget will probably not do for."""
    tokens = 0 if estimate is None else estimate.input_tokens + estimate.output_tokens
    if budget is None or tokens <= budget:
        return ()
    warning = (
        f"The estimate of {tokens:,} tokens is more than the budget of {budget:,}: it will stop after about "
        f"{sections * budget // tokens:,} of {sections:,} sections."
    )
    return (warning,)


def key_warnings(writers: Writers, order: Order, plan: Plan) -> tuple[str, ...]:
    """What to say of a plan whose writer has no key in this process."""
    is_written = any(job.writer is not None for job in plan.jobs)
    variable = writers.missing_key(order.writer) if is_written else None
    if variable is None:
        return ()
    return (f"{order.writer} needs {variable}, which is not set here: the jobs would wait for a worker that has it.",)
