"""The copy of a whole site as checks see it: one environment, with preview laid over some sections of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from copydesk.content.schema.sentences import json_path
from copydesk.store import entities
from copydesk.store.states import Environment, Origin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from copydesk.content.definition.models import Fields, Site
    from copydesk.store.database import Database
    from copydesk.store.models import Revision

__all__ = ["FieldText", "SectionCopy", "SiteCopy", "read_site_copy"]

SectionKey: TypeAlias = tuple[str, str]
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class FieldText:
    """One text of a section: where it stands, the name of its field, and whether it is nothing but a link."""

    path: str
    name: str
    text: str


@dataclass(frozen=True)
class SectionCopy:
    """The copy of one section. Static text is the field `content`."""

    page: str
    section: str
    template: str
    fields: Fields
    is_draft: bool = False
    is_static: bool = False
    is_by_hand: bool = False

    @cached_property
    def texts(self) -> tuple[FieldText, ...]:
        """Every text of the fields, in order."""
        return tuple(FieldText(json_path(path), _name(path), text) for path, text in _texts((), self.fields))

    @property
    def bare_template(self) -> str:
        """The template's name without its namespace."""
        return self.template.rpartition(":")[2]


@dataclass(frozen=True)
class SiteCopy:
    """A site definition with the copy that stands in it, in the order of the site."""

    site: Site
    sections: Mapping[SectionKey, SectionCopy]

    @cached_property
    def by_page(self) -> Mapping[str, tuple[SectionCopy, ...]]:
        pages: dict[str, list[SectionCopy]] = {route.id: [] for route in self.site.routes}
        for copy in self.sections.values():
            pages[copy.page].append(copy)
        return {page: tuple(copies) for page, copies in pages.items()}


def read_site_copy(
    db: Database, site: Site, environment: Environment, *, overlaid: Collection[SectionKey] = ()
) -> SiteCopy:
    """The copy of an environment; in the sections `overlaid`, the preview copy instead (where there is some).

    Production overlaid with what somebody is about to publish is the site as it would be afterwards. Orphans are left
    out; the text of static sections belongs to every environment.
    """
    standing = _by_section(entities.copies(db, environment))
    if overlaid and environment is not Environment.PREVIEW:
        preview = _by_section(entities.copies(db, Environment.PREVIEW))
        standing |= {key: preview[key] for key in overlaid if key in preview}
    return make_site_copy(site, standing)


def make_site_copy(site: Site, standing: Mapping[SectionKey, Revision]) -> SiteCopy:
    """The site with these revisions in its sections."""
    sections: dict[SectionKey, SectionCopy] = {}
    for route in site.routes:
        for section in route.sections:
            key = (route.id, section.id)
            if section.content is not None:
                sections[key] = SectionCopy(*key, section.template, {"content": section.content}, is_static=True)
            elif key in standing:
                revision = standing[key]
                sections[key] = SectionCopy(
                    *key,
                    section.template,
                    revision.fields,
                    is_draft=revision.is_draft,
                    is_by_hand=revision.origin is Origin.HAND,
                )
    return SiteCopy(site, sections)


def _by_section(copies: Iterable[Revision]) -> dict[SectionKey, Revision]:
    return {(copy.page, copy.section): copy for copy in copies}


def _texts(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts((*path, name), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts((*path, index), item)


def _name(path: Path) -> str:
    """The name of the field that holds the text; items of a list have their list's."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")
