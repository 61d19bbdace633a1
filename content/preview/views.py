"""What the preview's pages show, as values. HTML in them has been sanitised already; everything else is plain text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

__all__ = [
    "CopyView",
    "FailureView",
    "FieldChange",
    "IndexView",
    "MessageView",
    "PageSummary",
    "PageView",
    "ProgressView",
    "SectionSummary",
    "SectionView",
    "SiteHead",
    "Standing",
    "page_file",
    "section_anchor",
]


class Standing(StrEnum):
    """How a section's preview copy relates to what is live."""

    LIVE = "live"
    """Preview and production say the same."""
    CHANGED = "changed"
    """Both have copy, and it differs."""
    NEW = "new"
    """Preview has copy, production has none."""
    REMOVED = "removed"
    """Production has copy, preview has none."""
    EMPTY = "empty"
    """No copy anywhere."""
    FIXED = "fixed"
    """The text stands in the site definition."""


STANDING_WORDS: Final = {
    Standing.LIVE: "live",
    Standing.CHANGED: "changed",
    Standing.NEW: "new",
    Standing.REMOVED: "only live",
    Standing.EMPTY: "empty",
    Standing.FIXED: "fixed",
}


def page_file(page: str) -> str:
    """The file of a page, which is its address beside the index too."""
    return f"page-{quote(page, safe='')}.html"


def section_anchor(section: str) -> str:
    """The id of a section's element."""
    return f"section-{quote(section, safe='')}"


@dataclass(frozen=True, slots=True)
class SiteHead:
    """What every page says about the site. `url` is shown as a link, and only if it is one of the web."""

    title: str
    description: str = ""
    url: str | None = None

    @property
    def link(self) -> str | None:
        return self.url if self.url and self.url.startswith(("https://", "http://")) else None


@dataclass(frozen=True, slots=True)
class ProgressView:
    """How far the running operations are: finished sections of all, how many of them failed, and where they are."""

    finished: int
    total: int
    failed: int
    latest: str
    """The section that changed last, with what happened to it; empty before the first."""
    note: str
    """How long the rest takes, or why nothing moves; may be empty."""


@dataclass(frozen=True, slots=True)
class FailureView:
    """A section that the last operation could not write, and why."""

    page: str
    section: str
    reason: str

    @property
    def href(self) -> str:
        return f"{page_file(self.page)}#{section_anchor(self.section)}"


@dataclass(frozen=True, slots=True)
class SectionSummary:
    """A section on the index: a mark in its page's row."""

    id: str
    standing: Standing
    is_draft: bool = False
    is_edited: bool = False
    is_busy: bool = False

    @property
    def words(self) -> str:
        """`hero: new, draft`"""
        extra = [name for name, holds in (("draft", self.is_draft), ("edited", self.is_edited)) if holds]
        busy = ["being written"] if self.is_busy else []
        return f"{self.id}: {', '.join([STANDING_WORDS[self.standing], *extra, *busy])}"


@dataclass(frozen=True, slots=True)
class PageSummary:
    """A page on the index."""

    id: str
    path: str
    title: str
    description: str
    sections: tuple[SectionSummary, ...]

    @property
    def href(self) -> str:
        return page_file(self.id)

    @property
    def counts(self) -> list[tuple[Standing, str]]:
        """`3 live`, `1 changed` …: what its sections come to, in a fixed order."""
        return _counts(self.sections)


def _counts(sections: tuple[SectionSummary, ...]) -> list[tuple[Standing, str]]:
    tally = Counter(one.standing for one in sections)
    return [(one, f"{tally[one]} {STANDING_WORDS[one]}") for one in Standing if tally[one]]


@dataclass(frozen=True, slots=True)
class IndexView:
    """All pages of the site with the state of their copy."""

    site: SiteHead
    pages: tuple[PageSummary, ...]
    orphans: int = 0
    failures: tuple[FailureView, ...] = ()
    failures_total: int = 0
    progress: ProgressView | None = None

    @property
    def sections(self) -> tuple[SectionSummary, ...]:
        return tuple(section for page in self.pages for section in page.sections)

    @property
    def figures(self) -> list[tuple[Standing, int, str]]:
        """How many sections stand how: those that there are, in a fixed order."""
        tally = Counter(one.standing for one in self.sections)
        return [(one, tally[one], STANDING_WORDS[one]) for one in Standing if tally[one]]

    @property
    def remarks(self) -> list[str]:
        """What the figures do not say."""
        drafts = sum(one.is_draft for one in self.sections)
        edited = sum(one.is_edited for one in self.sections)
        said = [
            (drafts, "placeholder draft", "placeholder drafts"),
            (edited, "edited by hand", "edited by hand"),
            (self.orphans, "piece of copy without a section", "pieces of copy without a section"),
        ]
        return [f"{number} {one if number == 1 else many}" for number, one, many in said if number]


@dataclass(frozen=True, slots=True)
class CopyView:
    """Copy of a section in one environment: the sanitised HTML, where and when it comes from, what is wrong with it."""

    html: Markup
    origin: str = ""
    time: str = ""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs, with the words that were taken out and put in marked."""

    path: str
    before: Markup | None
    after: Markup | None


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section with its copy in both environments."""

    summary: SectionSummary
    template: str
    preview: CopyView | None = None
    production: CopyView | None = None
    changes: tuple[FieldChange, ...] = ()
    is_rewritten: bool = False
    """So much is different that no single words are marked."""

    @property
    def anchor(self) -> str:
        return section_anchor(self.summary.id)

    @property
    def is_one(self) -> bool:
        """There is nothing to compare: both environments show the same."""
        return self.summary.standing in (Standing.LIVE, Standing.FIXED, Standing.EMPTY)


@dataclass(frozen=True, slots=True)
class PageView:
    """A page with its sections, and the pages beside it."""

    site: SiteHead
    page: PageSummary
    sections: tuple[SectionView, ...]
    before: PageSummary | None = None
    after: PageSummary | None = None
    progress: ProgressView | None = None


@dataclass(frozen=True, slots=True)
class MessageView:
    """A page that only says something: what was not found, or why nothing can be shown."""

    title: str
    lines: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()
    """Where to go instead: address and text."""
    site: SiteHead | None = None
    progress: ProgressView | None = None
