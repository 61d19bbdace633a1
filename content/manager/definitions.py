"""Pages and sections as JSON-able models, so that a program can bring its own, and jobs can carry theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self, TypeAlias

from pydantic import Field

from copydesk.content.definition.models import Route, Section
from copydesk.content.operations.values import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Id: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=100)]


class SectionDefinition(Wire):
    """A place for copy on a page. `template` may be left to a resolver; `content` is fixed text, never generated."""

    id: Id
    template: str | None = None
    prompt: str | None = None
    content: str | None = None
    sources: tuple[str, ...] = ()

    @classmethod
    def of(cls, section: Section) -> Self:
        return cls(
            id=section.id,
            template=section.template or None,
            prompt=section.prompt,
            content=section.content,
            sources=section.sources,
        )

    def to_section(self) -> Section:
        return Section(self.id, self.template or "", self.prompt, self.content, self.sources)


class RouteDefinition(Wire):
    """A page: where it lives, what it is about, and its sections in order."""

    id: Id
    path: str
    title: str
    description: str = ""
    sections: tuple[SectionDefinition, ...] = ()

    @classmethod
    def of(cls, route: Route) -> Self:
        sections = tuple(SectionDefinition.of(section) for section in route.sections)
        return cls(id=route.id, path=route.path, title=route.title, description=route.description, sections=sections)

    def to_route(self) -> Route:
        sections = tuple(section.to_section() for section in self.sections)
        return Route(self.id, self.path, self.title, self.description, sections)


Routes: TypeAlias = "Sequence[RouteDefinition | Route]"
"""Pages that a program brings along, instead of the project's own."""

TemplateResolver: TypeAlias = "Callable[[SectionDefinition], str]"
"""Names the template that a section is written with. What it raises becomes that section's error."""
