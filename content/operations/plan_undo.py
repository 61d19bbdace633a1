"""Planning a rollback: a job for each section of which it takes changes back. Drift refuses the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError
from copydesk.content.operations.plans import Plan, Skip, SkipCode, named
from copydesk.content.operations.selection import select
from copydesk.store.models import NewJob
from copydesk.store.states import Environment
from copydesk.store.undo import describe_drift

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copydesk.content.definition.models import Site
    from copydesk.content.operations.standing import Standing
    from copydesk.content.operations.values import Rollback
    from copydesk.store.models import Change

__all__ = ["plan_undo_of_operations", "plan_undo_of_releases"]


def plan_undo_of_releases(operation: Rollback, site: Site, standing: Standing) -> Plan:
    _refuse_drift(operation, standing)
    changes = {(change.page, change.section): change for change in standing.changes}
    jobs: list[NewJob] = []
    skipped: list[Skip] = []
    for selected in select(operation.scope, site):
        busy = standing.in_progress(Environment.PRODUCTION, selected.key)
        if busy is not None:
            skipped.append(Skip.busy(selected, busy))
        elif selected.key in changes:
            jobs.append(_undoing([changes[selected.key]]))
        else:
            skipped.append(Skip.of(selected, SkipCode.NOT_RELEASED, "the last release that stands did not touch it"))
    return Plan(Environment.PRODUCTION, tuple(jobs), tuple(skipped))


def plan_undo_of_operations(operation: Rollback, standing: Standing) -> Plan:
    if not operation.scope.is_empty:
        message = "Give sections or pages, whose last release is undone, or operationIds, which are undone whole."
        raise ContentError("two-scopes", message)
    _refuse_what_is_undone(standing)
    _refuse_drift(operation, standing)
    by_entity: dict[tuple[Environment, str, str], list[Change]] = {}
    for change in standing.changes:
        by_entity.setdefault((change.environment, change.page, change.section), []).append(change)
    _refuse_busy(standing, by_entity)
    environments = {environment for environment, _, _ in by_entity}
    environment = Environment.PREVIEW if environments == {Environment.PREVIEW} else Environment.PRODUCTION
    return Plan(environment, jobs=tuple(_undoing(changes) for changes in by_entity.values()))


def _undoing(changes: list[Change]) -> NewJob:
    """The job that takes back these changes of one entity, newest first."""
    newest = changes[0]
    return NewJob(
        newest.environment,
        newest.page,
        newest.section,
        base=newest.after,
        undoes=tuple(change.id for change in changes),
    )


def _refuse_what_is_undone(standing: Standing) -> None:
    standing_operations = {change.operation for change in standing.changes}
    for undone in standing.undone:
        by = standing.undone_by.get(undone.id, ())
        if by and undone.seq not in standing_operations:
            message = (
                f"{undone.id} is already undone, by {named(by)}. To bring its copy back, roll back that operation."
            )
            raise ContentError("already-undone", message)


def _refuse_drift(operation: Rollback, standing: Standing) -> None:
    if standing.drift and not operation.force:
        message = (
            f"Nothing was rolled back: {named([describe_drift(one) for one in standing.drift])}. Undo the later change "
            "first, or set force to restore the copy from before over it."
        )
        raise ContentError("drift", message)


def _refuse_busy(standing: Standing, places: Iterable[tuple[Environment, str, str]]) -> None:
    busy = [standing.unfinished[place] for place in places if place in standing.unfinished]
    if busy:
        jobs = named([f"{job.page}/{job.section} ({job.id})" for job in busy])
        message = f"Nothing was rolled back: other operations still work on {jobs}. Cancel them or wait for them."
        raise ContentError("in-progress", message)
