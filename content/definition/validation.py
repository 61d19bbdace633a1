"""From the data of a site file to a `Site`, with every problem on the way found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from copydesk.content.definition.core_pack import core_templates
from copydesk.content.definition.entries import Entry, opened, quote
from copydesk.content.definition.models import Route, Section, Site, Template, Terms
from copydesk.content.definition.problems import Findings
from copydesk.content.definition.source_names import RESERVED
from copydesk.content.definition.sources import Sources
from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.definition.templates import CORE, check_id, read_templates

__all__ = ["build_site"]

_PATH = re.compile(r"/(?:[^/\s?#\\]+(?:/[^/\s?#\\]+)*/?)?")
_LONGEST_TERM = 100
_URL = re.compile(r"https?://[^\s/]\S*")


def build_site(data: object, findings: Findings, sources: Sources) -> Site | None:
    """The site that the data describes. It may be used only if nothing was added to `findings`.

    `sources` afterwards knows every pattern that the file names.
    """
    top = opened(data, (), "the file", findings)
    if top is None:
        return None
    top.check_keys(("site", "templates", "routes"), ("site", "routes"))
    reading = _Reading(findings, sources)
    about = opened(top.values.get("site", {}), ("site",), "the site", findings)
    site_id = reading.site_id(about) if about else ""
    templates = read_templates(top, site_id, reading.sources_of)
    routes = reading.routes(top, _Names(site_id, templates))
    return reading.site(about, site_id, _in_use(templates, routes), routes) if about else None


def _in_use(own: dict[str, Template], routes: tuple[Route, ...]) -> dict[str, Template]:
    used = {section.template for route in routes for section in route.sections}
    return own | {name: template for name, template in core_templates().items() if name in used}


@dataclass(slots=True)
class _Names:
    """Which templates there are, and what a section may call them."""

    namespace: str
    own: dict[str, Template]
    suggested: dict[str, str] = field(default_factory=dict)

    def qualified(self, written: str) -> str | None:
        """The full name of a template, or None if there is no such template."""
        prefix, colon, bare = written.rpartition(":")
        # While the id of the site is missing, what is wrong with a prefix cannot be told.
        known = colon and (self.namespace or prefix == CORE)
        name = written if known else f"{self.namespace}:{bare}"
        return name if name in self.own or name in core_templates() else None

    def suggestion(self, written: str) -> str:
        """Worked out once for each wrong name: a large site may use it a thousand times."""
        if written not in self.suggested:
            self.suggested[written] = did_you_mean(written, self._all())
        return self.suggested[written]

    def _all(self) -> list[str]:
        return [*(name.removeprefix(f"{self.namespace}:") for name in self.own), *core_templates()]


@dataclass(slots=True)
class _Reading:
    findings: Findings
    sources: Sources

    def site_id(self, about: Entry) -> str:
        """The id of the site, which is the namespace of its templates; empty if it has none."""
        about.check_keys(("id", "title", "description", "url", "voice", "sources", "terms"), ("id", "title"))
        value = about.text("id")
        if value is None:
            return ""
        check_id(about, "id", value, "site id")
        if value == CORE:
            about.problem("id", f'The site id "{CORE}" is taken by the bundled templates; choose another.')
            return ""
        return value

    def site(self, about: Entry, site_id: str, templates: dict[str, Template], routes: tuple[Route, ...]) -> Site:
        url = about.text("url")
        if url and _URL.fullmatch(url) is None:
            about.problem("url", f'The url "{quote(url)}" must begin with https:// or http:// and hold no spaces.')
        return Site(
            id=site_id,
            title=about.text("title") or "",
            description=about.text("description", may_be_empty=True) or "",
            url=url,
            voice=about.text("voice"),
            sources=self.sources_of(about),
            templates=templates,
            routes=routes,
            terms=self._terms(about),
        )

    def _terms(self, about: Entry) -> Terms:
        """The words to use and to avoid; a word cannot be both."""
        if "terms" not in about.values:
            return Terms()
        entry = opened(about.values["terms"], (*about.path, "terms"), "the list of terms", self.findings)
        if entry is None:
            return Terms()
        entry.check_keys(("use", "avoid"))
        use, avoid = _each_once(entry, "use"), _each_once(entry, "avoid")
        wanted = {term.casefold() for term in use}
        for term, index in avoid.items():
            if term.casefold() in wanted:
                message = f'"{quote(term)}" is both to use and to avoid; remove it from one of the lists.'
                self.findings.add((*entry.path, "avoid", index), message)
        return Terms(tuple(use), tuple(avoid))

    def sources_of(self, entry: Entry) -> tuple[str, ...]:
        """The files that the entry's `sources` name, each once and in the order of the patterns."""
        names: dict[str, None] = {}
        for index, pattern in entry.texts("sources"):
            names.update(dict.fromkeys(self.sources.matching(pattern)))
            refusal = self.sources.refusals.get(pattern)
            if refusal:
                path = (*entry.path, "sources", index)
                self.findings.add(path, f'The source "{quote(pattern)}" of {entry.name} {refusal}.')
        return tuple(names)

    def routes(self, top: Entry, names: _Names) -> tuple[Route, ...]:
        placed: list[tuple[int, Route]] = []
        for index, value in top.items("routes"):
            entry = opened(value, ("routes", index), _name_of("page", value, index), self.findings)
            if entry:
                placed.append((index, self._route(entry, names)))
        self._refuse_repeated_routes(placed)
        return tuple(route for _, route in placed)

    def _route(self, entry: Entry, names: _Names) -> Route:
        entry.check_keys(("id", "path", "title", "description", "sections"), ("id", "path", "title", "sections"))
        route = Route(
            id=entry.text("id") or "",
            path=entry.text("path") or "",
            title=entry.text("title") or "",
            description=entry.text("description", may_be_empty=True) or "",
            sections=self._sections(entry, names),
        )
        if route.id:
            _check_id_of_files(entry, route.id, "page id")
        if route.path:
            _check_path(entry, route.path)
        return route

    def _sections(self, page: Entry, names: _Names) -> tuple[Section, ...]:
        sections: list[Section] = []
        first: dict[str, int] = {}
        for index, value in page.items("sections"):
            path = (*page.path, "sections", index)
            entry = opened(value, path, f"{_name_of('section', value, index)} of {page.name}", self.findings)
            if entry is None:
                continue
            section = self._section(entry, names)
            if section.id and section.id in first:
                line = self.findings.lines.at((*page.path, "sections", first[section.id]))
                entry.problem("id", f"{entry.title} has an id that is taken on line {line}; choose another.")
            first.setdefault(section.id, index)
            sections.append(section)
        return tuple(sections)

    def _section(self, entry: Entry, names: _Names) -> Section:
        entry.check_keys(("id", "template", "prompt", "content", "sources"), ("id",))
        section_id = entry.text("id") or ""
        if section_id:
            _check_id_of_files(entry, section_id, "section id")
        return Section(
            id=section_id,
            template=self._template(entry, names),
            prompt=entry.text("prompt"),
            content=entry.text("content"),
            sources=self.sources_of(entry),
        )

    def _template(self, entry: Entry, names: _Names) -> str:
        if "template" not in entry.values:
            entry.problem(None, f"{entry.title} has no template; name one, for example template: core:prose.")
            return ""
        written = entry.text("template")
        if not written:
            return ""
        name = names.qualified(written)
        if name is None:
            unknown = f'{entry.title} uses the unknown template "{quote(written)}"'
            entry.problem("template", f"{unknown}; {names.suggestion(written)}")
        return name or ""

    def _refuse_repeated_routes(self, placed: list[tuple[int, Route]]) -> None:
        ids: dict[str, int] = {}
        paths: dict[str, int] = {}
        for index, route in placed:
            self._refuse_repeated(ids, route.id, index, "id")
            # `/about` and `/about/` are one page to a visitor.
            self._refuse_repeated(paths, route.path.rstrip("/") or route.path, index, "path")

    def _refuse_repeated(self, first: dict[str, int], value: str, index: int, key: str) -> None:
        if value and value in first:
            line = self.findings.lines.at(("routes", first[value]))
            message = f'The page {key} "{quote(value)}" is taken by the page on line {line}; choose another.'
            self.findings.add(("routes", index, key), message)
        first.setdefault(value, index)


def _each_once(entry: Entry, key: str) -> dict[str, int]:
    """The terms of a list, with the index of each in it."""
    terms: dict[str, int] = {}
    for index, written in entry.texts(key):
        term = " ".join(written.split())
        if len(term) > _LONGEST_TERM:
            message = (
                f'The term "{quote(term)}" is longer than {_LONGEST_TERM} characters; list single words or phrases.'
            )
            entry.findings.add((*entry.path, key, index), message)
        terms.setdefault(term, index)
    return terms


def _name_of(what: str, value: Any, index: int) -> str:
    """`page "home"`, or `page 3` while its id cannot be told."""
    known = value.get("id") if isinstance(value, dict) else None
    return f'{what} "{quote(known)}"' if isinstance(known, str) and known else f"{what} {index + 1}"


def _check_id_of_files(entry: Entry, value: str, what: str) -> None:
    """Exports name files and folders after pages and sections, and must be able to do so on every system."""
    if RESERVED.fullmatch(value):
        entry.problem("id", f'The {what} "{quote(value)}" is a name that Windows keeps for itself; choose another.')
        return
    check_id(entry, "id", value, what)
    if value.endswith("."):
        entry.problem("id", f'The {what} "{quote(value)}" may not end in a dot: not every system has such file names.')


def _check_path(entry: Entry, path: str) -> None:
    if not path.startswith("/"):
        entry.problem("path", f'The path "{quote(path)}" of {entry.name} must begin with "/"; write "/{quote(path)}".')
    elif _PATH.fullmatch(path) is None or {".", ".."} & set(path.split("/")):
        message = f'The path "{quote(path)}" of {entry.name} may not hold spaces, "?", "#", "\\", "//", "." or "..".'
        entry.problem("path", message)
