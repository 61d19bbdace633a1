"""Planning: what an operation comes to, as a pure function of the operation, the site and what stands.

A plan is shown (a dry run), performed at once or submitted to the queue; it is made the same way for all three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from copydesk.content.errors import ContentError
from copydesk.content.operations.selection import Selected, select
from copydesk.content.operations.values import Edit, Generate, Mode, Promote, Regenerate, Rollback
from copydesk.store.models import NewJob
from copydesk.store.states import Environment, Origin
from copydesk.store.undo import describe_drift

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copydesk.content.definition.models import Section, Site
    from copydesk.content.operations.standing import Standing
    from copydesk.content.operations.values import Operation
    from copydesk.store.models import Change, Holding, UnfinishedJob

TemplateResolver: TypeAlias = Callable[["Section"], str]
"""The name of the template that a section is written with."""

_MOST_NAMED = 5


class SkipCode(StrEnum):
    """Why a section of the scope gets no job."""

    HAS_COPY = "has-copy"
    NO_COPY = "no-copy"
    EDITED = "edited"
    STATIC = "static"
    NO_TEMPLATE = "no-template"
    NOT_GENERATED = "not-generated"
    IDENTICAL = "identical"
    NOT_RELEASED = "not-released"
    IN_PROGRESS = "in-progress"


@dataclass(frozen=True, slots=True)
class Skip:
    """A section that gets no job, and why. `job_id` and `operation_id` name the job that already has it."""

    page: str
    section: str
    code: SkipCode
    reason: str
    job_id: str | None = None
    operation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A section that cannot be done; the others are not held up by it."""

    page: str
    section: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation comes to. total = jobs + skipped + refused."""

    environment: Environment
    jobs: tuple[NewJob, ...] = ()
    skipped: tuple[Skip, ...] = ()
    refused: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return len(self.jobs) + len(self.skipped) + len(self.refused)


def make_plan(
    operation: Operation, site: Site, standing: Standing, *, writer: str, resolve: TemplateResolver | None = None
) -> Plan:
    """Plan an operation. Changes nothing; raises `ContentError` when the operation as a whole cannot be done."""
    resolve = resolve or _own_template
    match operation:
        case Generate() | Regenerate():
            return _plan_writing(operation, site, standing, writer, resolve)
        case Promote():
            return _plan_promote(operation, site, standing)
        case Rollback(operation_ids=ids) if ids:
            return _plan_undo_of_operations(operation, standing)
        case Rollback():
            return _plan_undo_of_releases(operation, site, standing)
        case Edit():
            job = NewJob(Environment.PREVIEW, operation.page, operation.section)
            return Plan(Environment.PREVIEW, jobs=(job,))


def _own_template(section: Section) -> str:
    return section.template


def _plan_writing(
    operation: Generate | Regenerate, site: Site, standing: Standing, writer: str, resolve: TemplateResolver
) -> Plan:
    jobs, skipped, refused = [], [], []
    for selected in select(operation.scope, site):
        planned = _plan_section(operation, site, standing, selected, resolve)
        match planned:
            case Skip():
                skipped.append(planned)
            case Refusal():
                refused.append(planned)
            case NewJob():
                jobs.append(replace(planned, writer=writer))
    return Plan(Environment.PREVIEW, tuple(jobs), tuple(skipped), tuple(refused))


def _plan_section(
    operation: Generate | Regenerate, site: Site, standing: Standing, selected: Selected, resolve: TemplateResolver
) -> NewJob | Skip | Refusal:
    if selected.section.content is not None:
        return _skip(selected, SkipCode.STATIC, "its text is fixed in the site definition")
    busy = standing.in_progress(Environment.PREVIEW, selected.key)
    if busy is not None:
        return _busy(selected, busy)
    held = standing.preview.get(selected.key)
    skip = _spared(operation, selected, held)
    if skip is not None:
        return skip
    return _resolved(site, selected, held, resolve)


def _spared(operation: Generate | Regenerate, selected: Selected, held: Holding | None) -> Skip | None:
    """The skip of a section whose copy, or lack of copy, the operation leaves alone."""
    match operation:
        case Generate(force=force):
            if held is not None and not force:
                return _skip(selected, SkipCode.HAS_COPY, "it has preview copy; force rewrites it")
            overwrites_edits = False
        case Regenerate(mode=mode, overwrite_edits=overwrites_edits):
            if held is None:
                return _skip(selected, SkipCode.NO_COPY, "it has no preview copy yet; generate it first")
            if mode is Mode.LEAVE:
                return _skip(selected, SkipCode.HAS_COPY, "its copy is left as it is")
    if held is not None and held.origin is Origin.HAND and not overwrites_edits:
        return _skip(selected, SkipCode.EDITED, "it was edited by hand; only overwriteEdits replaces it")
    return None


def _resolved(
    site: Site, selected: Selected, held: Holding | None, resolve: TemplateResolver
) -> NewJob | Skip | Refusal:
    try:
        name = resolve(selected.section)
    except (ValueError, LookupError, ContentError) as error:
        return Refusal(*selected.key, "no-template", f"{selected}: {error}")
    template = site.templates.get(name)
    if template is None:
        return _skip(selected, SkipCode.NO_TEMPLATE, f'its template "{name}" is not in the site definition')
    if not template.generate:
        return _skip(selected, SkipCode.NOT_GENERATED, f"the template {name} is never generated; edit the section")
    base = None if held is None else held.revision
    return NewJob(Environment.PREVIEW, *selected.key, template=name, base=base)


def _plan_promote(operation: Promote, site: Site, standing: Standing) -> Plan:
    selection = _reviewed(operation, site, standing) if operation.review_id else select(operation.scope, site)
    planned = [_plan_release(selected, standing) for selected in selection]
    return Plan(
        Environment.PRODUCTION,
        jobs=tuple(one for one in planned if isinstance(one, NewJob)),
        skipped=tuple(one for one in planned if isinstance(one, Skip)),
    )


def _plan_release(selected: Selected, standing: Standing) -> NewJob | Skip:
    preview = standing.preview.get(selected.key)
    production = standing.production.get(selected.key)
    if selected.section.content is not None:
        return _skip(selected, SkipCode.STATIC, "its text is fixed in the site definition")
    busy = standing.in_progress(Environment.PRODUCTION, selected.key)
    if busy is not None:
        return _busy(selected, busy)
    if preview is None:
        return _skip(selected, SkipCode.NO_COPY, "it has no preview copy to publish")
    if production is not None and production.hash == preview.hash:
        return _skip(selected, SkipCode.IDENTICAL, "production already says the same")
    base = None if production is None else production.revision
    return NewJob(
        Environment.PRODUCTION, *selected.key, template=preview.template, base=base, revision=preview.revision
    )


def _reviewed(operation: Promote, site: Site, standing: Standing) -> list[Selected]:
    """Exactly the sections that the review showed. Raises `ContentError` when any of them has changed since."""
    if not operation.scope.is_empty:
        message = "A reviewId already says which sections: leave out pages, sections and all."
        raise ContentError("two-scopes", message)
    review = standing.review
    if review is None:
        raise ContentError("unknown-review", f'There is no review "{operation.review_id}". Compare the content again.')
    by_key = {(route.id, section.id): Selected(route, section) for route in site.routes for section in route.sections}
    changed = [
        f"{one.page}/{one.section}"
        for one in review.sections
        if (one.page, one.section) not in by_key
        or _revision(standing.preview.get((one.page, one.section))) != one.preview
        or _revision(standing.production.get((one.page, one.section))) != one.production
    ]
    if changed:
        message = f"Changed since the review: {named(changed)}. Nothing was published; compare the content again."
        raise ContentError("review-outdated", message)
    return [by_key[one.page, one.section] for one in review.sections]


def _revision(held: Holding | None) -> int | None:
    return None if held is None else held.revision


def _plan_undo_of_releases(operation: Rollback, site: Site, standing: Standing) -> Plan:
    _refuse_drift(operation, standing)
    changes = {(change.page, change.section): change for change in standing.changes}
    jobs: list[NewJob] = []
    skipped: list[Skip] = []
    for selected in select(operation.scope, site):
        busy = standing.in_progress(Environment.PRODUCTION, selected.key)
        if busy is not None:
            skipped.append(_busy(selected, busy))
        elif selected.key in changes:
            jobs.append(_undoing([changes[selected.key]]))
        else:
            skipped.append(_skip(selected, SkipCode.NOT_RELEASED, "no release of it stands"))
    return Plan(Environment.PRODUCTION, tuple(jobs), tuple(skipped))


def _plan_undo_of_operations(operation: Rollback, standing: Standing) -> Plan:
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


def _skip(selected: Selected, code: SkipCode, reason: str) -> Skip:
    return Skip(*selected.key, code, reason)


def _busy(selected: Selected, job: UnfinishedJob) -> Skip:
    reason = f"{job.id} is already working on it"
    return Skip(*selected.key, SkipCode.IN_PROGRESS, reason, job_id=job.id, operation_id=job.operation_id)


def named(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
