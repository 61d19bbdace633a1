"""What a site definition says, as values: the site, its templates, its routes and their sections.

These are read from `site.yaml` by `loader`, or from a stored snapshot by `snapshot`; nobody changes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema (2020-12)."""

Fields: TypeAlias = dict[str, Any]
"""The structured copy of one section: an instance of its template's schema."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of a site: spellings to use (`Wi-Fi`), and words to avoid."""

    use: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """What a section's copy is made of. `name` is qualified: `core:hero`, `rye-and-shine:hero`."""

    name: str
    description: str
    prompt: str
    schema: Schema
    format: str | None = None
    generate: bool = True
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A place for copy on a page. `content` makes it static: fixed text that is never generated."""

    id: str
    template: str
    prompt: str | None = None
    content: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A page: where it lives, what it is about, and its sections in order."""

    id: str
    path: str
    title: str
    description: str
    sections: tuple[Section, ...]

    def section(self, section_id: str) -> Section | None:
        return next((section for section in self.sections if section.id == section_id), None)


@dataclass(frozen=True)
class Site:
    """A whole, valid site definition. `templates` holds every template that a section uses or the site defines."""

    id: str
    title: str
    description: str
    url: str | None
    voice: str | None
    sources: tuple[str, ...]
    """Files whose facts go into every brief: keys of `source_texts`, resolved from the patterns of the file."""
    templates: dict[str, Template]
    routes: tuple[Route, ...]
    source_texts: dict[str, str] = field(default_factory=dict)
    """The text of each source file, by its path relative to the project (POSIX), in sorted order."""
    terms: Terms = Terms()

    @cached_property
    def routes_by_id(self) -> dict[str, Route]:
        return {route.id: route for route in self.routes}

    @cached_property
    def routes_by_path(self) -> dict[str, Route]:
        return {route.path: route for route in self.routes}

    @property
    def section_count(self) -> int:
        return sum(len(route.sections) for route in self.routes)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A site definition with its source texts, named by the hash of its content.

    `document` is the canonical JSON text from which `site` can be read again; `hash` its SHA-256 in hexadecimal.
    """

    hash: str
    document: str
    site: Site
