"""Links that lead nowhere: to no page of the site, to no place on a page, or to an address that nobody named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urljoin, urlsplit

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.site_checks.findings import Fault, Finding, Severity
from copydesk.content.site_checks.named_links import NamedLinks, texts_of_site

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site
    from copydesk.content.site_checks.site_copy import FieldText, SectionCopy, SiteCopy

__all__ = ["LinkTargets", "check_links", "is_link_field", "link_faults"]

_LINK_FIELD: Final = re.compile(r"(?:^|[_-])(?:href|url|link)s?$|(?:Href|Url|URL|Link)s?$")
_INLINE: Final = re.compile(r"(?<!!)\[[^\[\]]*\]\(\s*<?([^\s<>()]+(?:\([^\s()]*\)[^\s<>()]*)?)>?[^()]*\)")
_REFERENCE: Final = re.compile(r"^ {0,3}\[[^\[\]]+\]:\s*<?([^\s<>]+)", re.MULTILINE)
_HTML: Final = re.compile(r"""\bhref\s*=\s*["']([^"'<>]+)["']""", re.IGNORECASE)
_HTML_ID: Final = re.compile(r"""\b(?:id|name)\s*=\s*["']([^"'<>\s]+)["']""", re.IGNORECASE)
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+)$", re.MULTILINE)
_HEADING_FIELDS: Final = ("title", "headline", "heading", "name", "question")
_NOT_IN_SLUG: Final = re.compile(r"[^\w\- ]+")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LONGEST_TEXT: Final = 100_000


@dataclass(frozen=True, slots=True)
class _Link:
    """A link into the site: `page` is the id of the page it leads to, or `None` if there is no such page."""

    path: str
    page: str | None
    anchor: str


def check_links(copy: SiteCopy) -> Iterator[Finding]:
    """Links to a path that no page has, to an anchor that its page does not have, and to addresses nobody named.

    What the user wrote by hand may lead anywhere outside the site; of placeholders, addresses are placeholders too.
    """
    targets = LinkTargets(copy.site, copy.by_page, NamedLinks(tuple(texts_of_site(copy.site))))
    for section in copy.sections.values():
        own = section.is_by_hand or section.is_draft
        for text in section.texts:
            for fault in link_faults(text, section.page, targets):
                if not (own and fault.code == "unnamed-link"):
                    yield Finding.of(fault, section)


def link_faults(text: FieldText, page: str, targets: LinkTargets) -> Iterator[Fault]:
    """What is wrong with the links in one text of this page."""
    for written in _links_of(text):
        found = targets.fault(written, page)
        if found is not None:
            code, severity, said = found
            yield Fault(code, severity, text.path, f'links to "{written}", {said}')


def is_link_field(name: str) -> bool:
    """`href`, `url`, `link`, `ctaLink`, `button_url` …: the whole text is an address."""
    return _LINK_FIELD.search(name) is not None


class LinkTargets:
    """Where a link can lead: the pages by path, the anchors of each page, and what is named outside of the site."""

    def __init__(
        self, site: Site, by_page: Mapping[str, Sequence[SectionCopy]], named: NamedLinks, *, anchors: str = ""
    ) -> None:
        """`anchors` is a text whose anchors (`#prices`) are taken to be there."""
        self._site = site
        self._by_page = by_page
        self._named = named
        self._named_anchors = anchors
        self._own = _own_address(site)
        self._anchors: dict[str, frozenset[str]] = {}

    @cached_property
    def _pages(self) -> Mapping[str, str]:
        return {_plain(route.path): route.id for route in self._site.routes}

    def fault(self, written: str, page: str) -> tuple[str, Severity, str] | None:
        """Code, severity and what is wrong with a link as it is written on this page; `None` if nothing is."""
        link = self._link(written, page)
        if link is None:
            is_known = _is_no_address(written) or self._named.names(written)
            said = "which neither the site definition nor its sources name: see that it is right."
            return None if is_known else ("unnamed-link", Severity.WARNING, said)
        if link.page is None:
            said = (
                f"which is no page of this site: {did_you_mean(link.path, [route.path for route in self._site.routes])}"
            )
            return "broken-link", Severity.ERROR, said
        if link.anchor not in ("", "top") and not self._has_anchor(link.page, link.anchor):
            said = f'but the page "{link.page}" has no place "#{link.anchor}".'
            return "unknown-anchor", Severity.WARNING, said
        return None

    def _link(self, written: str, page: str) -> _Link | None:
        """The link, if it leads to a page of the site; files (`/prices.pdf`) are none."""
        address = written
        if self._own and written.startswith(self._own) and written[len(self._own) :][:1] in ("", "/", "?", "#"):
            address = "/" + written[len(self._own) :].removeprefix("/")
        elif written.startswith("//") or _SCHEME.match(written) or _is_no_address(written):
            return None
        if address.startswith("#"):
            return _Link("", page, address[1:])
        try:
            parts = urlsplit(urljoin(self._site.routes_by_id[page].path, address))
        except ValueError:
            return _Link(address, None, "")
        path = unquote(parts.path)
        known = self._pages.get(_plain(path))
        is_file = known is None and "." in path.rpartition("/")[2]
        return None if is_file else _Link(path, known, parts.fragment)

    def _has_anchor(self, page: str, anchor: str) -> bool:
        """Whether the page has such a place. A page without copy is not judged."""
        if page not in self._anchors:
            self._anchors[page] = frozenset(_anchors_of(self._by_page.get(page, ()), self._site, page))
        if f"#{anchor}" in self._named_anchors:
            return True
        return not self._by_page.get(page) or unquote(anchor).casefold() in self._anchors[page]


def _is_no_address(written: str) -> bool:
    """A single word in a field called `link` may be its label; a bare mail address is none of ours."""
    return not set(written) & set("/#?:.") or ("@" in written and ":" not in written)


def _links_of(text: FieldText) -> Iterator[str]:
    address = text.text.strip()
    if is_link_field(text.name) and not any(character.isspace() for character in address):
        if address:
            yield address
        return
    searched = text.text[:_LONGEST_TEXT]
    if "](" in searched or "]:" in searched or "href" in searched.lower():
        for pattern in (_INLINE, _REFERENCE, _HTML):
            yield from pattern.findall(searched)


def _anchors_of(copies: Sequence[SectionCopy], site: Site, page: str) -> Iterator[str]:
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
