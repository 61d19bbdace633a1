"""From the site and what the store holds to what the preview's pages show. One call sees one moment of the store."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from copydesk.content.preview.progress import read_progress
from copydesk.content.preview.sections import SectionReader, summarise
from copydesk.content.preview.views import FailureView, IndexView, PageSummary, PageView, SiteHead
from copydesk.content.reports.section_states import place_sections, read_held
from copydesk.store import operations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.content.definition.models import Route, Site
    from copydesk.content.reports.section_states import Held, Placed
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

__all__ = ["read_index", "read_page"]

_MOST_FAILURES: Final = 5


def read_index(db: Database, site: Site, *, at: Moment) -> IndexView:
    """The site's pages with the state of their copy, what runs, and what the last operation could not do."""
    held = read_held(db)
    failures, total = _last_failures(db, site)
    return IndexView(
        _head(site),
        tuple(_summaries(site, place_sections(site, held)).values()),
        orphans=_count_orphans(site, held),
        failures=failures,
        failures_total=total,
        progress=read_progress(db, at=at),
    )


def read_page(db: Database, site: Site, route: Route, *, at: Moment) -> PageView:
    """One page with the copy of its sections in both environments."""
    neighbours = _neighbours(site, route)
    wanted = [route.id, *(one.id for one in neighbours if one is not None)]
    placed = place_sections(site, read_held(db, wanted), wanted)
    summaries = _summaries(site, placed)
    reader = SectionReader(site)
    own = [one for one in placed if one.selected.route.id == route.id]
    before, after = (None if one is None else summaries[one.id] for one in neighbours)
    return PageView(
        _head(site),
        summaries[route.id],
        tuple(reader.section(db, one) for one in own),
        before=before,
        after=after,
        progress=read_progress(db, at=at),
    )


def _head(site: Site) -> SiteHead:
    return SiteHead(site.title, site.description, site.url)


def _neighbours(site: Site, route: Route) -> tuple[Route | None, Route | None]:
    index = site.routes.index(route)
    return (
        site.routes[index - 1] if index > 0 else None,
        site.routes[index + 1] if index + 1 < len(site.routes) else None,
    )


def _summaries(site: Site, placed: Sequence[Placed]) -> dict[str, PageSummary]:
    """Every page by its id, also one without sections."""
    groups = groupby(placed, key=lambda one: one.selected.route.id)
    sections = {page: tuple(summarise(one) for one in group) for page, group in groups}
    return {
        route.id: PageSummary(route.id, route.path, route.title, route.description, sections.get(route.id, ()))
        for route in site.routes
    }


def _count_orphans(site: Site, held: Held) -> int:
    defined = {(route.id, section.id) for route in site.routes for section in route.sections}
    return sum((one.page, one.section) not in defined for one in held.holdings)


def _last_failures(db: Database, site: Site) -> tuple[tuple[FailureView, ...], int]:
    """What the last operation could not do, of the sections that there still are."""
    latest = operations.latest(db)
    if latest is None or not latest.failed:
        return (), 0
    failed = operations.failed_jobs(db, latest.seq, limit=_MOST_FAILURES)
    shown = [FailureView(one.page, one.section, one.error or "") for one in failed if one.page in site.routes_by_id]
    return tuple(shown), latest.failed
