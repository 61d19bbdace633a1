"""What the manager's methods can be told, and the operations that this comes to."""

from __future__ import annotations

from typing import TypeVar

from copydesk.content.errors import ContentError
from copydesk.content.operations.values import (
    WHOLE_SITE,
    Generate,
    MaxTokens,
    Mode,
    Promote,
    Regenerate,
    Rollback,
    Scope,
    Wire,
)
from copydesk.store.states import Environment

_FILTERS = frozenset({"page", "section", "pages", "sections", "all"})


class Options(Wire):
    """What all options have in common: which sections, who asks, and whether to plan only.

    `section` is `page/section`, or a section's id beside `page`. `request_id` makes a repeated call harmless: it
    answers with what the first one made. `dry_run` plans and stores nothing.
    """

    page: str | None = None
    section: str | None = None
    pages: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    all: bool = False
    request_id: str | None = None
    user_id: str | None = None
    dry_run: bool = False

    @property
    def scope(self) -> Scope:
        pages, sections = self.pages, self.sections
        if self.section is not None:
            sections += (self.section if self.page is None else f"{self.page}/{self.section}",)
        elif self.page is not None:
            pages += (self.page,)
        return Scope(pages=pages, sections=sections, all=self.all)

    @property
    def names_nothing(self) -> bool:
        """Whether nothing was said about sections at all; an empty list is a choice of none."""
        return not (self.model_fields_set & _FILTERS)


OptionsT = TypeVar("OptionsT", bound=Options)


class WritingOptions(Options):
    """What generating and regenerating have in common. They write to preview; promoting takes copy to production."""

    environment: Environment = Environment.PREVIEW
    writer: str | None = None
    instructions: str | None = None
    max_tokens: MaxTokens = None


class GenerateOptions(WritingOptions):
    """Write sections without copy; `force` also those that have some, never hand edits."""

    force: bool = False


class RegenerateOptions(WritingOptions):
    """Replace copy. `keep` must survive literally; hand edits only fall with `overwrite_edits`."""

    mode: Mode = Mode.NEW
    keep: tuple[str, ...] = ()
    overwrite_edits: bool = False


class PromoteOptions(Options):
    """Publish the chosen sections, or exactly what a review showed."""

    review_id: str | None = None


class RollbackOptions(Options):
    """Undo the last release of the chosen sections, or whole operations."""

    operation_ids: tuple[str, ...] = ()
    force: bool = False


def everything(options: OptionsT | None, default: OptionsT) -> OptionsT:
    """The options with the whole site as their scope. Raises `ContentError` (two-scopes) if they name a part of it."""
    options = default if options is None else options
    if not (options.names_nothing or options.all):
        message = "This means the whole site: leave out page, section, pages and sections, or call the method for some."
        raise ContentError("two-scopes", message)
    return options.model_copy(update={"all": True})


def generation(options: GenerateOptions) -> Generate:
    """Nothing named means every section without copy; with `force`, which replaces copy, sections must be named."""
    _require_preview(options)
    scope = WHOLE_SITE if options.names_nothing and not options.force else options.scope
    return Generate(
        scope=scope,
        force=options.force,
        writer=options.writer,
        instructions=options.instructions,
        max_tokens=options.max_tokens,
    )


def regeneration(options: RegenerateOptions) -> Regenerate:
    _require_preview(options)
    return Regenerate(
        scope=options.scope,
        mode=options.mode,
        keep=options.keep,
        overwrite_edits=options.overwrite_edits,
        writer=options.writer,
        instructions=options.instructions,
        max_tokens=options.max_tokens,
    )


def promotion(options: PromoteOptions) -> Promote:
    return Promote(scope=options.scope, review_id=options.review_id)


def undoing(options: RollbackOptions) -> Rollback:
    return Rollback(scope=options.scope, operation_ids=options.operation_ids, force=options.force)


def _require_preview(options: WritingOptions) -> None:
    if options.environment is not Environment.PREVIEW:
        message = f"Copy is written to preview, not to {options.environment}: generate it, then promote it."
        raise ContentError("preview-only", message)
