"""Reviews: exactly what somebody was shown, to be promoted as it was or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from copydesk.content.operations.selection import select
from copydesk.content.operations.standing import pages_of
from copydesk.store import entities, reviews
from copydesk.store.ids import new_id
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site
    from copydesk.content.operations.values import Scope
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

LIFETIME: Final = 24 * 60 * 60 * 1000
"""Milliseconds that a review can be promoted."""


def open_review(db: Database, site: Site, scope: Scope, *, at: Moment) -> reviews.Review:
    """Note the revisions that stand in the sections of a scope, in both environments."""
    held = entities.holdings(db, pages_of(scope, site))
    revisions = {(one.environment, one.page, one.section): one.revision for one in held}
    sections = [
        reviews.ReviewedSection(
            *selected.key,
            preview=revisions.get((Environment.PREVIEW, *selected.key)),
            production=revisions.get((Environment.PRODUCTION, *selected.key)),
        )
        for selected in select(scope, site)
    ]
    review = reviews.Review(new_id("review"), tuple(sections), at.now, at.now + LIFETIME)
    reviews.keep(db, review.id, sections, lifetime=LIFETIME, at=at)
    return review
