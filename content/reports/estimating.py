"""Estimates: what a plan will take, in tokens, money and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.briefs import build_brief
from copydesk.content.reports.receipts import EstimateSummary
from copydesk.store import operations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copydesk.content.operations.plans import Plan
    from copydesk.content.operations.recording import Order
    from copydesk.content.writers.base import Estimate, Writer
    from copydesk.content.writers.registry import Writers
    from copydesk.store.store import Store


def estimates_by_template(writer: Writer, order: Order) -> Mapping[str, int]:
    """Tokens that a section of each template takes, by the brief of the first section that uses it."""
    return {
        name: estimate.input_tokens + estimate.output_tokens for name, estimate in _by_template(writer, order).items()
    }


def _by_template(writer: Writer, order: Order) -> dict[str, Estimate]:
    site = order.snapshot.site
    estimates: dict[str, Estimate] = {}
    for route in site.routes:
        for section in route.sections:
            name = order.resolve(section) if order.resolve else section.template
            if section.content is None and name not in estimates and name in site.templates:
                brief = build_brief(site, route.id, section.id, template=name)
                estimates[name] = writer.estimate(brief)
    return estimates


async def estimate_plan(
    store: Store, writers: Writers, order: Order, plan: Plan, concurrency: int
) -> EstimateSummary | None:
    """What a plan will take; `None` if nobody writes in it. Time goes by the writer's last operations, if any."""
    writing = [job for job in plan.jobs if job.writer is not None]
    if not writing:
        return None
    estimates = _by_template(writers.resolve(order.writer), order)
    expected = [estimates[job.template] for job in writing if job.template in estimates]
    measured = await store.read(operations.milliseconds_a_job, order.writer, now=store.clock.now())
    guessed = sum(one.seconds for one in expected) / concurrency
    return EstimateSummary(
        input_tokens=sum(one.input_tokens for one in expected),
        output_tokens=sum(one.output_tokens for one in expected),
        cost=None,
        seconds=round(guessed if measured is None else measured * len(writing) / 1000, 3),
    )
