"""Planning a promote: a job for each section whose preview says something that production does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError
from copydesk.content.operations.plans import Plan, Skip, SkipCode, named
from copydesk.content.operations.selection import Selected, select
from copydesk.store.models import NewJob
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site
    from copydesk.content.operations.standing import Standing
    from copydesk.content.operations.values import Promote
    from copydesk.store.models import Holding

__all__ = ["plan_promote"]


def plan_promote(operation: Promote, site: Site, standing: Standing) -> Plan:
    selection = _reviewed(operation, site, standing) if operation.review_id else select(operation.scope, site)
    planned = [_plan_release(selected, standing) for selected in selection]
    jobs = tuple(one for one in planned if isinstance(one, NewJob))
    return Plan(
        Environment.PRODUCTION,
        jobs=jobs,
        skipped=tuple(one for one in planned if isinstance(one, Skip)),
        placeholders=sum(standing.preview[job.page, job.section].is_draft for job in jobs),
    )


def _plan_release(selected: Selected, standing: Standing) -> NewJob | Skip:
    preview = standing.preview.get(selected.key)
    production = standing.production.get(selected.key)
    if selected.section.content is not None:
        return Skip.of(selected, SkipCode.STATIC, "its text is fixed in the site definition")
    busy = standing.in_progress(Environment.PRODUCTION, selected.key)
    if busy is not None:
        return Skip.busy(selected, busy)
    if preview is None:
        return Skip.of(selected, SkipCode.NO_COPY, "it has no preview copy to publish")
    if production is not None and production.hash == preview.hash:
        return Skip.of(selected, SkipCode.IDENTICAL, "production already says the same")
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
