"""The state of each section's copy in both environments, from what the store holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.content.operations.selection import Selected
from copydesk.content.reports.content_views import PreviewState, ProductionState, SectionState
from copydesk.store import entities, operations
from copydesk.store.states import Environment, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from copydesk.content.definition.models import Site
    from copydesk.store.database import Database
    from copydesk.store.models import Holding, UnfinishedJob

__all__ = ["Held", "Placed", "place_sections", "read_held"]


@dataclass(frozen=True, slots=True)
class Held:
    """What stands in every section, and the jobs under way."""

    holdings: Sequence[Holding]
    jobs: Sequence[UnfinishedJob]


def read_held(db: Database, pages: Sequence[str] = ()) -> Held:
    """What stands in these pages; in all if none is named."""
    return Held(entities.holdings(db, pages), operations.unfinished_jobs(db, pages))


@dataclass(frozen=True, slots=True)
class Placed:
    """A section of the definition with what stands in it."""

    selected: Selected
    preview: Holding | None
    production: Holding | None
    preview_job: str | None
    """The id of the unfinished job that writes or undoes the preview."""
    production_job: str | None
    """The id of the unfinished job that publishes or undoes production."""

    @property
    def job_id(self) -> str | None:
        return self.preview_job or self.production_job

    @property
    def is_static(self) -> bool:
        return self.selected.section.content is not None

    @property
    def preview_state(self) -> PreviewState:
        if self.is_static:
            return "static"
        if self.preview is None:
            return "none"
        if self.preview.origin is Origin.HAND:
            return "edited"
        return "draft" if self.preview.is_draft else "written"

    @property
    def production_state(self) -> ProductionState:
        if self.is_static:
            return "static"
        if self.production is None:
            return "none"
        is_same = self.preview is not None and self.preview.hash == self.production.hash
        return "current" if is_same else "differs"

    def lacks(self, environment: Environment) -> bool:
        """There could be copy here, and there is none."""
        held = self.preview if environment is Environment.PREVIEW else self.production
        return held is None and not self.is_static

    @property
    def state(self) -> SectionState:
        return SectionState(
            section=self.selected.section.id,
            template=self.selected.section.template,
            preview=self.preview_state,
            production=self.production_state,
            preview_revision=None if self.preview is None else self.preview.revision,
            production_revision=None if self.production is None else self.production.revision,
            job_id=self.job_id,
        )


def place_sections(site: Site, held: Held, pages: Iterable[str] = ()) -> list[Placed]:
    """The sections of these pages (of all if none is named) in the order of the site, with what stands in them."""
    wanted = set(pages)
    standing = {(one.environment, one.page, one.section): one for one in held.holdings}
    jobs = _jobs_by_section(held.jobs)
    return [
        Placed(
            Selected(route, section),
            standing.get((Environment.PREVIEW, route.id, section.id)),
            standing.get((Environment.PRODUCTION, route.id, section.id)),
            jobs.get((Environment.PREVIEW, route.id, section.id)),
            jobs.get((Environment.PRODUCTION, route.id, section.id)),
        )
        for route in site.routes
        if not wanted or route.id in wanted
        for section in route.sections
    ]


def _jobs_by_section(jobs: Sequence[UnfinishedJob]) -> Mapping[tuple[Environment, str, str], str]:
    return {(job.environment, job.page, job.section): job.id for job in jobs}
