"""The answers of the tools that read: the site, its copy, comparisons and past operations, as they travel."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from pydantic import Field

from copydesk.content.operations.values import Wire
from copydesk.content.reports.receipts import Counts, NextStep, Outcome, UsageSummary, is_none
from copydesk.store.states import Environment, OperationKind, OperationStatus, Origin

PreviewState: TypeAlias = Literal["none", "draft", "written", "edited", "static"]
"""`draft`: placeholder copy; `edited`: by hand, protected; `static`: fixed in the site definition."""
ProductionState: TypeAlias = Literal["none", "current", "differs", "static"]
"""`current`: production says the same as preview."""
Shown: TypeAlias = Literal["routes", "templates", "sources"]
ChangeOfCopy: TypeAlias = Literal["new", "changed", "identical", "removed", "none", "static"]


class SectionState(Wire):
    """One section and the state of its copy in both environments.

    `job_id` names the job under way: that of the preview, else that of production.
    """

    section: str
    template: str
    preview: PreviewState
    production: ProductionState
    preview_revision: int | None = None
    production_revision: int | None = None
    job_id: str | None = None


class RouteState(Wire):
    """A page with the sections of it that this answer shows."""

    page: str
    path: str
    title: str
    sections: tuple[SectionState, ...]
    sections_total: int


class TemplateState(Wire):
    """A template: what its copy is made of, and how many sections use it."""

    name: str
    description: str
    generate: bool
    fields: tuple[str, ...] = Field(description="Top-level fields; a star marks those that are required.")
    sources: tuple[str, ...]
    sections: int


class SourceState(Wire):
    """A file of facts, and whose briefs it goes into: `site`, templates, sections."""

    name: str
    characters: int
    used_by: tuple[str, ...]
    used_by_total: int
    begins: str


class OrphanedCopy(Wire):
    """Copy of a section that the site definition does not have any more."""

    page: str
    section: str
    environment: Environment
    revision: int


class SiteTotals(Wire):
    """Sections by state, over everything that the filters let through."""

    pages: int
    sections: int
    missing_preview: int
    missing_production: int
    drafts: int
    edited: int
    differing: int = Field(description="Preview and production say different things.")
    in_progress: int


class SiteListing(Wire):
    """The site: its pages with the state of their copy, or its templates, or its sources."""

    site: str
    title: str
    show: Shown
    totals: SiteTotals
    routes: tuple[RouteState, ...] = ()
    templates: tuple[TemplateState, ...] = ()
    sources: tuple[SourceState, ...] = ()
    orphans: tuple[OrphanedCopy, ...] = ()
    orphans_total: int = 0
    cursor: str | None = Field(default=None, description="Pass it to get what follows.")
    message: str
    next_step: NextStep | None = None


class Provenance(Wire):
    """Where a revision comes from. `operation_id` leads to everything else about it."""

    origin: Origin
    written_by: str = Field(description="In words: a writer with its model, hand, the assistant.")
    writer: str | None
    model: str | None
    is_draft: bool
    started_by: str | None = Field(description="Who asked for it.")
    snapshot: str = Field(description="Hash of the site definition it was written from.")
    brief_hash: str | None = Field(description="Hash of the prompt and schema; null for what is written by hand.")
    usage: UsageSummary
    operation_id: str
    created_at: str


class HistoryEntry(Wire):
    """One change of a section: the revision before and after it (null: no copy), and the operation that made it."""

    operation_id: str
    operation: OperationKind
    before: int | None
    after: int | None
    at: str
    undone: bool


class SectionReading(Wire):
    """The copy of one section."""

    page: str
    section: str
    entity_id: str
    template: str
    state: Literal["copy", "static", "none"]
    revision: int | None = None
    fields: dict[str, Any] | None = None
    markdown: str | None = Field(default=None, description="Rendered copy, on request; the text of a static section.")
    provenance: Provenance | None = None
    history: tuple[HistoryEntry, ...] = ()
    note: str | None = Field(default=None, description="What was left out of a large section.")


class ContentReading(Wire):
    """Copy, section by section."""

    environment: Environment
    sections: tuple[SectionReading, ...]
    sections_total: int
    cursor: str | None = Field(default=None, description="Pass it to get what follows.")
    message: str
    next_step: NextStep | None = None


class FieldDifference(Wire):
    """One difference. Long texts are in `inline` alone: [-taken out-] {+put in+}; what is not there is absent."""

    path: str
    change: Literal["added", "removed", "changed"]
    before: Any = Field(default=None, exclude_if=is_none)
    after: Any = Field(default=None, exclude_if=is_none)
    inline: str | None = Field(default=None, exclude_if=is_none)


class SectionComparison(Wire):
    """How the preview copy of a section relates to what it is compared with."""

    page: str
    section: str
    change: ChangeOfCopy
    preview_revision: int | None = None
    other_revision: int | None = None
    is_draft: bool = False
    differences: tuple[FieldDifference, ...] | None = Field(
        default=None, exclude_if=is_none, description="Only with detail."
    )
    differences_total: int | None = Field(default=None, exclude_if=is_none)
    note: str | None = Field(default=None, exclude_if=is_none)


class ComparisonCounts(Wire):
    """Sections of the whole scope by what a promotion would do to them."""

    new: int = 0
    changed: int = 0
    identical: int = 0
    removed: int = Field(default=0, description="Only in production; promoting leaves it there.")
    none: int = 0
    static: int = 0


class CheckFinding(Wire):
    """Something the site's checks found. An error is something that visitors would notice."""

    code: str
    severity: Literal["error", "warning"]
    page: str
    section: str
    path: str
    message: str


class CheckReport(Wire):
    """The findings in the sections of a scope, worst first."""

    errors: int
    warnings: int
    findings: tuple[CheckFinding, ...]
    message: str


class Comparison(Wire):
    """Preview against production or against what stood before: all that differs, and counts of the rest."""

    against: Literal["production", "previous"]
    detail: bool
    review_id: str | None = Field(
        default=None, description="Promotes exactly this, the whole scope, and refuses if any of it changed since."
    )
    review_expires_at: str | None = None
    sections_total: int
    counts: ComparisonCounts
    sections: tuple[SectionComparison, ...] = Field(description="What differs, in the order of the site.")
    cursor: str | None = Field(default=None, description="Pass it to get what follows, of the same review.")
    checks: CheckReport | None = Field(default=None, description="On the first page of a list only.")
    message: str
    next_step: NextStep | None = None


class PastOperation(Wire):
    """One operation: what was asked for, by whom, how it went and what it took."""

    operation_id: str
    operation: OperationKind
    scope: str
    status: OperationStatus
    outcome: Outcome | None
    environment: Environment
    writer: str | None
    started_by: str | None
    retry_of: str | None
    counts: Counts
    changed: int
    usage: UsageSummary
    created_at: str
    finished_at: str | None


class WriterTotal(Wire):
    """What the operations of one writer come to."""

    writer: str
    operations: int
    sections_done: int
    usage: UsageSummary


class OperationsTotal(Wire):
    """All operations that the filters let through. Tokens and cost are null while none is known."""

    operations: int
    sections_done: int
    sections_failed: int
    changed: int
    usage: UsageSummary
    writers: tuple[WriterTotal, ...] = Field(default=(), description="By writer; most tokens first.")


class OperationListing(Wire):
    """What was done, newest first."""

    operations: tuple[PastOperation, ...]
    totals: OperationsTotal
    cursor: str | None = Field(default=None, description="Pass it to get older ones.")
    message: str
    next_step: NextStep | None = None


LONGEST_ADDED: Final = 4_000
"""Characters of what was put into the site definition that an answer shows."""


class AddedPage(Wire):
    """A page that was, or in a dry run would be, put into the site definition: the text, and the line it begins on."""

    page: str
    file: str
    line: int
    added: str
    sections: int
    dry_run: bool
    message: str
    next_step: NextStep | None = None


class SavedSource(Wire):
    """A file of facts that was, or in a dry run would be, written. `added` is what the site definition got."""

    name: str
    characters: int
    created: bool
    changed: bool
    sections: int = Field(description="How many sections have it in their briefs from now on.")
    site_file_changed: bool
    added: str
    dry_run: bool
    message: str
    next_step: NextStep | None = None
