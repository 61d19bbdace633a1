"""How much of the sources goes into one brief: bounded, since every section pays for all that its brief holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from copydesk.content.definition.entries import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copydesk.content.definition.models import Section, Site, Template
    from copydesk.content.definition.problems import Findings
    from copydesk.content.definition.reader import KeyPath

__all__ = ["MOST_SOURCE_CHARACTERS", "check_brief_sources"]

MOST_SOURCE_CHARACTERS: Final = 200_000
"""About 50,000 tokens: what most models can still read, and more than anybody wants to pay for with each section."""
_MOST_NAMED: Final = 3


def check_brief_sources(site: Site, data: Any, findings: Findings) -> None:
    """Find whose sources are too much for a brief: the site's, a template's with these, or a section's with both.

    `data` is the file as it was read. One finding for each culprit, at its `sources`.
    """
    if _report(site, site.sources, ("site", "sources"), "this site", findings):
        return
    crowded = {
        template.name
        for template in site.templates.values()
        if template.sources and _report_template(site, template, data, findings)
    }
    for path, section, name in _sections(site):
        template = site.templates[section.template]
        if section.sources and template.name not in crowded:
            names = (*site.sources, *template.sources, *section.sources)
            _report(site, names, (*path, "sources"), f'section "{name}"', findings)


def _report_template(site: Site, template: Template, data: Any, findings: Findings) -> bool:
    bare = template.name.rpartition(":")[2]
    written = bare if bare in data["templates"] else template.name
    path = ("templates", written, "sources")
    return _report(site, (*site.sources, *template.sources), path, f'template "{bare}"', findings)


def _sections(site: Site) -> Iterator[tuple[KeyPath, Section, str]]:
    """The sections that writers write, and where they stand."""
    for number, route in enumerate(site.routes):
        for place, section in enumerate(route.sections):
            if section.content is None and site.templates[section.template].generate:
                yield ("routes", number, "sections", place), section, f"{route.id}/{section.id}"


def _report(site: Site, names: Iterable[str], path: KeyPath, whose: str, findings: Findings) -> bool:
    """Whether these sources are too much together, which is told then."""
    sizes = {name: len(site.source_texts.get(name, "")) for name in names}
    total = sum(sizes.values())
    if total <= MOST_SOURCE_CHARACTERS:
        return False
    largest = sorted(sizes, key=lambda name: -sizes[name])[:_MOST_NAMED]
    listed = ", ".join(f"{quote(name)} with {sizes[name]:,}" for name in largest)
    findings.add(
        path,
        f"The briefs of {whose} would hold {total:,} characters of sources, and {MOST_SOURCE_CHARACTERS:,} at most fit "
        f"into one ({len(sizes)} files; the largest: {listed}). Shorten them, or name them only where they are needed: "
        "at single templates or sections.",
    )
    return True
