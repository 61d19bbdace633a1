"""A definition of the caller's own: the project's, with other routes, another resolver or another site config."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.definition.core_pack import core_templates
from copydesk.content.definition.models import Route, Section, Site
from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.content.manager.definitions import RouteDefinition, SectionDefinition
from copydesk.content.operations.selection import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copydesk.content.manager.definitions import Routes, TemplateResolver
    from copydesk.content.operations.plan_writing import TemplateResolver as SectionResolver
    from copydesk.content.operations.values import Scope

SITE_CONFIG: Final = ("title", "description", "url", "voice")
"""What a `site_config` may say; the rest of a site is its templates, sources and routes."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller brings along; `None` is the project's own."""

    routes: Routes | None = None
    template_resolver: TemplateResolver | None = None
    site_config: Mapping[str, Any] | None = None

    @property
    def is_nothing(self) -> bool:
        return self.routes is None and self.template_resolver is None and not self.site_config


def derive_site(site: Site, given: Given) -> Site:
    """The site as the caller wants it. The bundled templates are all at hand: a resolver may choose any.

    Raises `ContentError`: duplicate-id, unknown-template, unknown-source, unknown-site-config, invalid-site-config.
    """
    templates = {
        **site.templates,
        **{name: one for name, one in core_templates().items() if name not in site.templates},
    }
    derived = replace(site, templates=templates, **_checked_config(given.site_config or {}))
    if given.routes is None:
        return derived
    routes = tuple(_route(site, route) for route in given.routes)
    _check_routes(routes, derived, resolved=given.template_resolver is not None)
    return replace(derived, routes=routes)


def resolve_first(site: Site, scope: Scope, resolver: TemplateResolver) -> SectionResolver:
    """Ask the caller's resolver about every section in scope, now: planning runs in the store, where it must not.

    The answer is a resolver that repeats what was answered or raised.
    """
    outcomes = {one.section: _outcome(site, one.section, resolver) for one in select(scope, site)}

    def repeat(section: Section) -> str:
        outcome = outcomes[section]
        if isinstance(outcome, ContentError):
            raise outcome
        return outcome

    return repeat


def _outcome(site: Site, section: Section, resolver: TemplateResolver) -> str | ContentError:
    try:
        name: object = resolver(SectionDefinition.of(section))
    except Exception as error:  # noqa: BLE001 - the resolver is somebody else's code: its fault is one section's error
        return ContentError("no-template", f"the template resolver failed: {str(error) or type(error).__name__}")
    if not isinstance(name, str) or not name:
        return ContentError("no-template", f"the template resolver answered {name!r}, which is no template's name")
    qualified = _qualified(site, name)
    if qualified not in site.templates:
        return ContentError("unknown-template", _no_template(name, site.templates))
    return qualified


def _checked_config(config: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in config.items():
        if key not in SITE_CONFIG:
            message = f'site_config has an unknown key "{key}": {did_you_mean(key, SITE_CONFIG)}'
            raise ContentError("unknown-site-config", message)
        if not isinstance(value, str):
            message = f'"{key}" of site_config must be text, not {type(value).__name__}.'
            raise ContentError("invalid-site-config", message)
    return dict(config)


def _route(site: Site, route: RouteDefinition | Route) -> Route:
    found = route.to_route() if isinstance(route, RouteDefinition) else route
    sections = tuple(replace(one, template=_qualified(site, one.template)) for one in found.sections)
    return replace(found, sections=sections)


def _qualified(site: Site, name: str) -> str:
    """A bare name belongs to the site, as in the site file."""
    return name if ":" in name or not name else f"{site.id}:{name}"


def _check_routes(routes: tuple[Route, ...], site: Site, *, resolved: bool) -> None:
    _check_distinct([route.id for route in routes], "page")
    _check_distinct([route.path for route in routes], "path")
    for route in routes:
        _check_distinct([section.id for section in route.sections], f'section of the page "{route.id}"')
        for section in route.sections:
            _check_section(route, section, site, resolved=resolved)


def _check_distinct(names: list[str], what: str) -> None:
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise ContentError("duplicate-id", f'The {what} "{twice}" stands twice in the given routes.')


def _check_section(route: Route, section: Section, site: Site, *, resolved: bool) -> None:
    unknown = next((name for name in section.sources if name not in site.source_texts), None)
    if unknown is not None:
        message = f'{route.id}/{section.id} names the unknown source "{unknown}": '
        raise ContentError("unknown-source", message + did_you_mean(unknown, site.source_texts))
    if section.template not in site.templates and section.content is None and not resolved:
        message = f"{route.id}/{section.id}: {_no_template(section.template, site.templates)}"
        raise ContentError("unknown-template", message)


def _no_template(name: str, templates: Iterable[str]) -> str:
    if not name:
        return "it has no template; name one, or pass a template_resolver"
    return f'there is no template "{name}": {did_you_mean(name, templates)}'
