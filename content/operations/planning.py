"""Planning: what an operation comes to, as a pure function of the operation, the site and what stands.

A plan is shown (a dry run), performed at once or submitted to the queue; it is made the same way for all three.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.operations.plan_release import plan_promote
from copydesk.content.operations.plan_undo import plan_undo_of_operations, plan_undo_of_releases
from copydesk.content.operations.plan_writing import TemplateResolver, plan_writing
from copydesk.content.operations.plans import Plan
from copydesk.content.operations.values import Edit, Generate, Promote, Regenerate, Rollback
from copydesk.store.models import NewJob
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from copydesk.content.definition.models import Section, Site
    from copydesk.content.operations.standing import Standing
    from copydesk.content.operations.values import Operation

__all__ = ["make_plan"]


def make_plan(
    operation: Operation, site: Site, standing: Standing, *, writer: str, resolve: TemplateResolver | None = None
) -> Plan:
    """Plan an operation. Changes nothing; raises `ContentError` when the operation as a whole cannot be done."""
    resolve = resolve or _own_template
    match operation:
        case Generate() | Regenerate():
            return plan_writing(operation, site, standing, writer, resolve)
        case Promote():
            return plan_promote(operation, site, standing)
        case Rollback(operation_ids=ids) if ids:
            return plan_undo_of_operations(operation, standing)
        case Rollback():
            return plan_undo_of_releases(operation, site, standing)
        case Edit():
            job = NewJob(Environment.PREVIEW, operation.page, operation.section)
            return Plan(Environment.PREVIEW, jobs=(job,))


def _own_template(section: Section) -> str:
    return section.template
