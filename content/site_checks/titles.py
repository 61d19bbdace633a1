"""Titles that two pages share: search results and tabs could not be told apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from copydesk.content.site_checks.findings import Finding

if TYPE_CHECKING:
    from copydesk.content.site_checks.site_copy import SectionCopy, SiteCopy

__all__ = ["check_titles", "is_metadata"]

_METADATA_WORDS: Final = frozenset({"seo", "meta", "metadata"})
_HEADS: Final = ("title", "headline", "heading")


def check_titles(copy: SiteCopy) -> Iterator[Finding]:
    """Pages whose metadata or whose first screen has the title of another page's.

    Both are looked at by themselves: a page may well have its search title as its headline.
    """
    for kind, is_of_kind in (("search title", is_metadata), ("headline", _is_hero)):
        yield from _repeated(kind, [section for section in copy.sections.values() if is_of_kind(section)])


def is_metadata(section: SectionCopy) -> bool:
    """What search engines show: by the name of its template, or of the section."""
    return bool(_METADATA_WORDS & _words(section.bare_template)) or section.section in _METADATA_WORDS


def _is_hero(section: SectionCopy) -> bool:
    return "hero" in _words(section.bare_template)


def _words(name: str) -> set[str]:
    return set(name.lower().replace("_", "-").replace(".", "-").split("-"))


def _repeated(kind: str, sections: list[SectionCopy]) -> Iterator[Finding]:
    first: dict[str, SectionCopy] = {}
    for section in sections:
        name = next((name for name in _HEADS if isinstance(section.fields.get(name), str)), None)
        title = "" if name is None else " ".join(str(section.fields[name]).split())
        if not title:
            continue
        other = first.setdefault(title.casefold(), section)
        if other.page != section.page:
            message = (
                f'The {kind} "{title[:80]}" is also that of {other.page}/{other.section}; say what only this page '
                "offers."
            )
            yield Finding.warning("duplicate-title", section, f"$.{name}", message)
