"""Comparing: what a promotion would change, or what the last change of preview was; with the site's checks.

The first answer notes a review of the whole scope: the revisions of all its sections in both environments. The cursor
carries the review, so that every page of a long comparison shows the same state, or says that it has changed since.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from copydesk.content.errors import ContentError
from copydesk.content.operations.reviewing import open_review
from copydesk.content.operations.selection import select
from copydesk.content.operations.standing import pages_of
from copydesk.content.operations.values import WHOLE_SITE, Scope
from copydesk.content.reports.checks import check_release, check_report, counted_findings
from copydesk.content.reports.compared import Compared, compare_sections, read_difference
from copydesk.content.reports.content_views import CheckReport, Comparison, ComparisonCounts
from copydesk.content.reports.paging import (
    LARGEST_ANSWER,
    after_cursor,
    counted,
    fill,
    invalid_cursor,
    json_size,
)
from copydesk.content.reports.receipts import NextStep
from copydesk.content.reports.section_states import place_sections, read_held
from copydesk.content.reports.times import iso_time
from copydesk.store import history, reviews
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site
    from copydesk.content.desk import Desk
    from copydesk.content.reports.content_views import SectionComparison
    from copydesk.content.reports.section_states import Placed
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment
    from copydesk.store.reviews import Review

__all__ = ["CompareQuery", "compare_content"]

_ROOM: Final = LARGEST_ANSWER - 300
_EMPTY: Final = Scope()


@dataclass(frozen=True, slots=True)
class CompareQuery:
    """What to compare: a scope (empty: the whole site), against production or the copy before the current one."""

    scope: Scope = _EMPTY
    against: Literal["production", "previous"] = "production"
    detail: bool = False
    cursor: str | None = None
    room: int = _ROOM
    """Characters of JSON that the answer may have."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Everything in the scope as it stood at one moment."""

    compared: list[Compared]
    review: Review | None


async def compare_content(desk: Desk, query: CompareQuery) -> Comparison:
    """What differs in a scope, with counts of the rest; against production also a review that can be promoted.

    Raises `ContentError`: invalid-site, unknown-page, unknown-section, two-scopes, invalid-cursor, review-outdated.
    """
    site = await desk.site()
    scope = WHOLE_SITE if query.scope.is_empty else query.scope
    review_id, position = _read_cursor(query)
    if query.against == "previous":
        look = await desk.store.read(_look_back, site, scope)
    elif review_id is not None:
        look = await desk.store.read(_look_again, site, scope, review_id)
    else:
        look = await desk.store.write(_look_first, site, scope, at=desk.now())
    checks = None if query.cursor else check_report(await check_release(desk, scope))
    outline = _outline(query, look, checks)
    return await desk.store.read(_with_sections, query, look, outline, position)


def _look_first(db: Database, site: Site, scope: Scope, *, at: Moment) -> _Look:
    """Compare, and note in the same transaction what is compared; where nothing differs there is nothing to note."""
    compared = compare_sections(_placed(db, site, scope))
    is_worth_it = any(one.change in ("new", "changed") for one in compared)
    return _Look(compared, open_review(db, site, scope, at=at) if is_worth_it else None)


def _look_again(db: Database, site: Site, scope: Scope, review_id: str) -> _Look:
    """The same comparison, as long as everything stands as the review noted it."""
    review = reviews.find(db, review_id)
    placed = _placed(db, site, scope)
    if review is None or _revisions(placed) != [
        (one.page, one.section, one.preview, one.production) for one in review.sections
    ]:
        message = "The copy or the scope has changed since this comparison began. Compare again without a cursor."
        raise ContentError("review-outdated", message)
    return _Look(compare_sections(placed), review)


def _look_back(db: Database, site: Site, scope: Scope) -> _Look:
    pages = pages_of(scope, site)
    previous = history.previous_copies(db, Environment.PREVIEW, pages)
    return _Look(compare_sections(_placed(db, site, scope), previous), None)


def _placed(db: Database, site: Site, scope: Scope) -> list[Placed]:
    pages = pages_of(scope, site)
    wanted = {selected.key for selected in select(scope, site)}
    return [one for one in place_sections(site, read_held(db, pages), pages) if one.selected.key in wanted]


def _revisions(placed: list[Placed]) -> list[tuple[str, str, int | None, int | None]]:
    return [
        (
            *one.selected.key,
            None if one.preview is None else one.preview.revision,
            None if one.production is None else one.production.revision,
        )
        for one in placed
    ]


def _outline(query: CompareQuery, look: _Look, checks: CheckReport | None) -> Comparison:
    """The answer without its list of sections."""
    counts = Counter(one.change for one in look.compared)
    review = look.review
    step = _next_step(look, checks)
    return Comparison(
        against=query.against,
        detail=query.detail,
        review_id=None if review is None else review.id,
        review_expires_at=None if review is None else iso_time(review.expires_at),
        sections_total=len(look.compared),
        counts=ComparisonCounts.model_validate(counts),
        sections=(),
        checks=checks,
        message=_message(query, look, checks) + _what_now(look, step),
        next_step=step,
    )


def _with_sections(
    db: Database, query: CompareQuery, look: _Look, outline: Comparison, position: str | None
) -> Comparison:
    """The sections that differ, as many as fit."""
    differing = [one for one in look.compared if one.differs]
    room = query.room - json_size(outline)

    def entry(compared: Compared) -> SectionComparison:
        return read_difference(db, compared, room=room) if query.detail else compared.summary

    page = fill(after_cursor(differing, str, position), entry, str, room=room)
    cursor = None if page.cursor is None else f"{outline.review_id or query.against}@{page.cursor}"
    return outline.model_copy(update={"sections": page.entries, "cursor": cursor})


def _read_cursor(query: CompareQuery) -> tuple[str | None, str | None]:
    """The review that the cursor goes on with, and the section to begin at."""
    if not query.cursor:
        return None, None
    name, at, position = query.cursor.partition("@")
    if not at or not position or name.startswith("review_") != (query.against == "production" and name != "production"):
        raise invalid_cursor(query.cursor)
    return (name if name.startswith("review_") else None), position


def _message(query: CompareQuery, look: _Look, checks: CheckReport | None) -> str:
    counts = Counter(one.change for one in look.compared)
    other = "production" if query.against == "production" else "the copy before"
    parts = [f"{counts[change]} {change}" for change in ("new", "changed", "removed", "identical") if counts[change]]
    parts += [f"{counts['none']} without copy"] if parts and counts["none"] else []
    text = f"{counted(len(look.compared), 'section')} against {other}: {', '.join(parts) or 'no copy at all'}."
    if look.review is not None:
        text += " The reviewId covers the whole scope, also what this answer does not list."
    if counts["removed"] and query.against == "production":
        text += " Removed sections are live but have no preview copy; publishing leaves them live."
    if checks is not None and (checks.errors or checks.warnings):
        text += f" The checks found {counted_findings(checks.errors, checks.warnings)}."
    return text


def _what_now(look: _Look, step: NextStep | None) -> str:
    """What is for somebody to say before anything is published, with a blank before it."""
    if look.review is None:
        return ""
    if step is None:
        return " Placeholder drafts are no finished text: let another writer replace them (regenerate-content)."
    if step.tool == "promote":
        return " Show the user what changes, and ask before you call promote."
    return (
        " Visitors would notice the errors: correct them (edit-content, or regenerate-content with instructions), then "
        "compare again. Publish them only if the user says so."
    )


def _next_step(look: _Look, checks: CheckReport | None) -> NextStep | None:
    """Publish what was reviewed, unless visitors would notice something: then look at the first such place.

    Placeholder drafts get no advice to publish: whether they stay, or who writes better ones, is for somebody to say.
    """
    if look.review is None:
        return None
    if checks is None or not checks.errors:
        return NextStep(tool="promote", arguments={"reviewId": look.review.id})
    noticed = next(
        (one for one in checks.findings if one.code != "placeholder-draft" and one.severity == "error"), None
    )
    if noticed is None:
        return None
    return NextStep(tool="read-content", arguments={"sections": [f"{noticed.page}/{noticed.section}"]})
