"""The baseline for memory: a run that keeps every job and every result until the end, and then writes them.

As the plan's `generateAsyncComplete` has it: all jobs are queued in memory, each with its request and its section; one
waits for all of them; then the entities are made of the results. What they share (site, routes, templates) is shared
here too, so only what a run adds is counted.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import anyio

from benchmarks.writers import OUTLINE
from copydesk.content.briefs import Brief, build_brief
from copydesk.content.writers.base import Written
from copydesk.store.ids import entity_id, entity_type, new_id
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from pathlib import Path

    from copydesk.content.definition.models import Route, Section, Site

_CONCURRENCY: Final = 16


@dataclass(slots=True)
class _Job:
    """The plan's SiteContentJob with its ContentGenerationRequest."""

    job_id: str
    route: Route
    section: Section
    brief: Brief
    context: dict[str, Any]
    state: str = "pending"


@dataclass(frozen=True, slots=True)
class _Result:
    job_id: str
    prompt: str
    answer: Written


@dataclass(frozen=True, slots=True)
class _Entity:
    id: str
    page: str
    section: str
    job_id: str
    template: str
    brief: str
    content: str


@dataclass(frozen=True, slots=True)
class _Generated:
    """One line of the plan's GenerateResult."""

    page: str
    section: str
    entity_id: str
    entity_type: str
    job_id: str


async def write_all_held(site: Site, target: Path) -> int:
    """Write all sections of the site to one file; how many they were."""
    jobs = [_job(site, route, section) for route in site.routes for section in route.sections]
    results = await _wait_for_all(jobs)
    entities = [_entity(job, results[job.job_id]) for job in jobs]
    with target.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(asdict(entity), ensure_ascii=False)}\n" for entity in entities)
    generated = [_generated(entity) for entity in entities]
    return len(generated)


def _job(site: Site, route: Route, section: Section) -> _Job:
    brief = build_brief(site, route.id, section.id)
    context = {"prompt": brief.text, "data": {"route": route, "section": section, "siteConfig": site}}
    return _Job(new_id("job"), route, section, brief, context)


async def _wait_for_all(jobs: list[_Job]) -> dict[str, _Result]:
    results: dict[str, _Result] = {}
    places = anyio.Semaphore(_CONCURRENCY)

    async def run(job: _Job) -> None:
        async with places:
            answer = await OUTLINE.write(job.brief)
        assert isinstance(answer, Written), f"{job.job_id} was not written"
        job.state = "completed"
        results[job.job_id] = _Result(job.job_id, job.context["prompt"], answer)

    async with anyio.create_task_group() as tasks:
        for job in jobs:
            tasks.start_soon(run, job)
    return results


def _entity(job: _Job, result: _Result) -> _Entity:
    return _Entity(
        entity_id(Environment.PREVIEW, job.route.id, job.section.id),
        job.route.id,
        job.section.id,
        job.job_id,
        job.brief.template.name,
        job.brief.hash,
        json.dumps(result.answer.fields, ensure_ascii=False),
    )


def _generated(entity: _Entity) -> _Generated:
    kind = entity_type(Environment.PREVIEW)
    return _Generated(entity.page, entity.section, entity.id, kind, entity.job_id)
