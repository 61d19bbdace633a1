"""Links inside the site that lead nowhere: to no page, or to no place on a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.site_checks.findings import Finding

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site
    from copydesk.content.site_checks.site_copy import FieldText, SectionCopy, SiteCopy

__all__ = ["check_links", "is_link_field"]

_LINK_FIELD: Final = re.compile(r"(?:^|[_-])(?:href|url|link)s?$|(?:Href|Url|URL|Link)s?$")
_INLINE: Final = re.compile(r"(?<!!)\[[^\[\]]*\]\(\s*<?([^\s<>()]+(?:\([^\s()]*\)[^\s<>()]*)?)>?[^()]*\)")
_REFERENCE: Final = re.compile(r"^ {0,3}\[[^\[\]]+\]:\s*<?([^\s<>]+)", re.MULTILINE)
_HTML: Final = re.compile(r"""\bhref\s*=\s*["']([^"'<>]+)["']""", re.IGNORECASE)
_HTML_ID: Final = re.compile(r"""\b(?:id|name)\s*=\s*["']([^"'<>\s]+)["']""", re.IGNORECASE)
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+)$", re.MULTILINE)
_HEADING_FIELDS: Final = ("title", "headline", "heading", "name", "question")
_NOT_IN_SLUG: Final = re.compile(r"[^\w\- ]+")
_LONGEST_TEXT: Final = 100_000


@dataclass(frozen=True, slots=True)
class _Link:
    """A link into the site: `page` is the id of the page it leads to, or `None` if there is no such page."""

    written: str
    path: str
    page: str | None
    anchor: str


def check_links(copy: SiteCopy) -> Iterator[Finding]:
    """Links with a path that no page has, and with an anchor that its page does not have."""
    places = _Places(copy)
    for section in copy.sections.values():
        for text in section.texts:
            for written in _links_of(text):
                yield from _check(section, text, written, places)


def is_link_field(name: str) -> bool:
    """`href`, `url`, `link`, `ctaLink`, `button_url` …: the whole text is an address."""
    return _LINK_FIELD.search(name) is not None


class _Places:
    """Where a link can lead: the pages by path, and the anchors of each page."""

    def __init__(self, copy: SiteCopy) -> None:
        self._copy = copy
        self._pages = {_plain(route.path): route.id for route in copy.site.routes}
        self._prefix = _own_address(copy.site)
        self._anchors: dict[str, frozenset[str]] = {}
        self.paths = [route.path for route in copy.site.routes]

    def link(self, written: str, page: str) -> _Link | None:
        """The link, if it leads into the site; files (`/prices.pdf`) are none of ours."""
        address = written.removeprefix(self._prefix) if self._prefix and written.startswith(self._prefix) else written
        if address.startswith("#"):
            return _Link(written, "", page, address[1:])
        if not address.startswith("/") or address.startswith("//"):
            return _Link(written, "/", self._pages.get("/"), "") if written == self._prefix else None
        try:
            parts = urlsplit(address)
        except ValueError:
            return _Link(written, address, None, "")
        path = unquote(parts.path)
        known = self._pages.get(_plain(path))
        is_file = known is None and "." in path.rpartition("/")[2]
        return None if is_file else _Link(written, path, known, parts.fragment)

    def has_anchor(self, page: str, anchor: str) -> bool:
        """Whether the page has such a place. A page without copy is not judged."""
        if page not in self._anchors:
            self._anchors[page] = frozenset(_anchors_of(self._copy.by_page.get(page, ()), self._copy.site, page))
        known = self._anchors[page]
        return not self._copy.by_page.get(page) or unquote(anchor).casefold() in known


def _check(section: SectionCopy, text: FieldText, written: str, places: _Places) -> Iterator[Finding]:
    link = places.link(written, section.page)
    if link is None:
        return
    if link.page is None:
        message = f'The link "{link.written}" leads to no page of this site: {did_you_mean(link.path, places.paths)}'
        yield Finding.error("broken-link", section, text.path, message)
    elif link.anchor not in ("", "top") and not places.has_anchor(link.page, link.anchor):
        message = f'The link "{link.written}" leads to "#{link.anchor}", but the page "{link.page}" has no such place.'
        yield Finding.warning("unknown-anchor", section, text.path, message)


def _links_of(text: FieldText) -> Iterator[str]:
    address = text.text.strip()
    if is_link_field(text.name) and not any(character.isspace() for character in address):
        yield address
        return
    searched = text.text[:_LONGEST_TEXT]
    if "/" in searched or "#" in searched:
        for pattern in (_INLINE, _REFERENCE, _HTML):
            yield from pattern.findall(searched)


def _anchors_of(copies: tuple[SectionCopy, ...], site: Site, page: str) -> Iterator[str]:
    """Ids of sections, of HTML elements, and headings as generators turn them into ids."""
    yield from (section.id for section in site.routes_by_id[page].sections)
    for copy in copies:
        for text in copy.texts:
            searched = text.text[:_LONGEST_TEXT]
            yield from (found.casefold() for found in _HTML_ID.findall(searched))
            yield from (_slug(heading) for heading in _HEADING.findall(searched))
            if text.name.lower().endswith(_HEADING_FIELDS):
                yield _slug(searched)


def _slug(heading: str) -> str:
    return _NOT_IN_SLUG.sub("", heading.casefold().rstrip("# \t")).strip().replace(" ", "-")


def _plain(path: str) -> str:
    return path.rstrip("/").casefold() or "/"


def _own_address(site: Site) -> str:
    return site.url.rstrip("/") if site.url else ""
