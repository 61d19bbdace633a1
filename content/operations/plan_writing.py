"""Planning what is written: a job for each section of the scope whose copy may be made or replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from copydesk.content.errors import ContentError
from copydesk.content.operations.plans import Plan, Refusal, Skip, SkipCode
from copydesk.content.operations.selection import Selected, select
from copydesk.content.operations.values import Generate, Mode, Regenerate
from copydesk.content.writers.base import AGENT
from copydesk.store.models import NewJob
from copydesk.store.states import Environment, Origin

if TYPE_CHECKING:
    from copydesk.content.definition.models import Section, Site
    from copydesk.content.operations.standing import Standing
    from copydesk.store.models import Holding

__all__ = ["TemplateResolver", "plan_writing"]

TemplateResolver: TypeAlias = Callable[["Section"], str]
"""The name of the template that a section is written with."""


def plan_writing(
    operation: Generate | Regenerate, site: Site, standing: Standing, writer: str, resolve: TemplateResolver
) -> Plan:
    jobs, skipped, refused = [], [], []
    waiting_for = AGENT if writer == AGENT else None
    for selected in select(operation.scope, site):
        planned = _plan_section(operation, site, standing, selected, resolve)
        match planned:
            case Skip():
                skipped.append(planned)
            case Refusal():
                refused.append(planned)
            case NewJob():
                jobs.append(replace(planned, writer=writer, waiting_for=waiting_for))
    return Plan(Environment.PREVIEW, tuple(jobs), tuple(skipped), tuple(refused))


def _plan_section(
    operation: Generate | Regenerate, site: Site, standing: Standing, selected: Selected, resolve: TemplateResolver
) -> NewJob | Skip | Refusal:
    if selected.section.content is not None:
        return Skip.of(selected, SkipCode.STATIC, "its text is fixed in the site definition")
    busy = standing.in_progress(Environment.PREVIEW, selected.key)
    if busy is not None:
        return Skip.busy(selected, busy)
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
                return Skip.of(selected, SkipCode.HAS_COPY, "it has preview copy; force rewrites it")
            overwrites_edits = False
        case Regenerate(mode=mode, overwrite_edits=overwrites_edits):
            if held is None:
                return Skip.of(selected, SkipCode.NO_COPY, "it has no preview copy yet; generate it first")
            if mode is Mode.LEAVE:
                return Skip.of(selected, SkipCode.HAS_COPY, "its copy is left as it is")
    if held is not None and held.origin is Origin.HAND and not overwrites_edits:
        return Skip.of(selected, SkipCode.EDITED, "it was edited by hand; only overwriteEdits replaces it")
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
        return Skip.of(selected, SkipCode.NO_TEMPLATE, f'its template "{name}" is not in the site definition')
    if not template.generate:
        return Skip.of(selected, SkipCode.NOT_GENERATED, f"the template {name} is never generated; edit the section")
    base = None if held is None else held.revision
    return NewJob(Environment.PREVIEW, *selected.key, template=name, base=base)
