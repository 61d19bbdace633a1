"""Loading a site definition: read everything, find every problem, and only then answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from copydesk.content.definition.brief_sources import check_brief_sources
from copydesk.content.definition.models import Site, Snapshot
from copydesk.content.definition.problems import Findings, Problem, SiteInvalid
from copydesk.content.definition.reader import Lines, read_yaml
from copydesk.content.definition.snapshot import make_snapshot
from copydesk.content.definition.sources import Sources, UnreadableFile, read_bounded
from copydesk.content.definition.validation import build_site

__all__ = ["LARGEST_FILE", "Loaded", "examine", "examine_content", "load_site"]

LARGEST_FILE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Loaded:
    """How loading went. `snapshot` is None while there are problems; `sources` knows which files were looked at."""

    file: str
    snapshot: Snapshot | None
    problems: tuple[Problem, ...]
    sources: Sources

    def valid(self) -> Snapshot:
        """The snapshot. Raises `SiteInvalid` with every problem."""
        if self.snapshot is None:
            raise SiteInvalid(self.file, self.problems)
        return self.snapshot


def load_site(path: Path) -> Snapshot:
    """The site definition in the file `path`, with the source files that it names in the folder of that file.

    Raises `SiteInvalid` with every problem, also when the file is missing, unreadable, empty or larger than 16 MB.
    """
    return examine(path).valid()


def examine(path: Path) -> Loaded:
    """As `load_site`, with the problems as values."""
    sources = Sources(path.parent)
    try:
        content = read_bounded(path, LARGEST_FILE)
    except UnreadableFile as unreadable:
        findings = Findings(path.name, Lines(0))
        findings.add_line(0, f"The site definition {path} {unreadable}; {_NEXT_STEP}")
        return Loaded(path.name, None, tuple(findings.problems), sources)
    return examine_content(path.name, content, sources)


def examine_content(file: str, content: bytes, sources: Sources) -> Loaded:
    """As `examine`, of a definition that need not be written anywhere yet; `file` is how problems call it."""
    site, problems = _read(file, content, sources)
    snapshot = make_snapshot(site) if site and not problems else None
    return Loaded(file, snapshot, problems, sources)


_NEXT_STEP = "name the right project folder, or create the file there."


def _read(file: str, content: bytes, sources: Sources) -> tuple[Site | None, tuple[Problem, ...]]:
    document = read_yaml(content)
    findings = Findings(file, document.lines)
    for problem in document.problems:
        findings.add_line(problem.line, problem.message)
    if not document.complete:
        return None, tuple(findings.problems)
    if document.data is None:
        findings.add_line(0, 'The site definition is empty; it needs at least "site" and "routes".')
        return None, tuple(findings.problems)
    site = build_site(document.data, findings, sources)
    texts = _source_texts(sources, findings)
    if site is None:
        return None, tuple(findings.problems)
    whole = replace(site, source_texts=texts)
    if not findings.problems:
        check_brief_sources(whole, document.data, findings)
    return whole, tuple(findings.problems)


def _source_texts(sources: Sources, findings: Findings) -> dict[str, str]:
    texts, refused = sources.texts()
    for name, reason in refused.items():
        findings.add_file(name, f'The source "{name}" {reason}.')
    return texts
