"""One section compared: what its preview copy is to what it is compared with, and where its fields differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.reports.content_views import ChangeOfCopy, FieldDifference, SectionComparison
from copydesk.content.reports.cutting import cut_text, cut_value
from copydesk.content.reports.differences import Difference, differences
from copydesk.content.reports.paging import json_size
from copydesk.store import entities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copydesk.content.reports.section_states import Placed
    from copydesk.store.database import Database
    from copydesk.store.history import PreviousCopy

__all__ = ["Compared", "compare_sections", "read_difference"]

_LONGEST_INLINE: Final = 1_500
_LONGEST_VALUE: Final = 600
_OUTLINE: Final = 120


@dataclass(frozen=True, slots=True)
class Compared:
    """A section with the revisions that are compared; `None` is no copy."""

    page: str
    section: str
    change: ChangeOfCopy
    preview: int | None
    other: int | None
    is_draft: bool

    def __str__(self) -> str:
        return f"{self.page}/{self.section}"

    @property
    def differs(self) -> bool:
        return self.change in ("new", "changed", "removed")

    @property
    def summary(self) -> SectionComparison:
        return SectionComparison(
            page=self.page,
            section=self.section,
            change=self.change,
            preview_revision=self.preview,
            other_revision=self.other,
            is_draft=self.is_draft,
        )


def compare_sections(
    placed: Iterable[Placed], previous: Mapping[tuple[str, str], PreviousCopy] | None = None
) -> list[Compared]:
    """Each section's preview copy against its production copy; or, with `previous`, against the copy before it."""
    return [_compare(one, previous) for one in placed]


def _compare(placed: Placed, previous: Mapping[tuple[str, str], PreviousCopy] | None) -> Compared:
    preview, production = placed.preview, placed.production
    other: tuple[int, str | None] | None = None
    if previous is None:
        other = None if production is None else (production.revision, production.hash)
    elif (before := previous.get(placed.selected.key)) and before.revision is not None:
        other = (before.revision, before.hash)
    mine = None if preview is None else (preview.revision, preview.hash)
    return Compared(
        *placed.selected.key,
        change="static" if placed.is_static else _change(mine, other),
        preview=None if mine is None else mine[0],
        other=None if other is None else other[0],
        is_draft=preview is not None and preview.is_draft,
    )


def _change(mine: tuple[int, str] | None, other: tuple[int, str | None] | None) -> ChangeOfCopy:
    if mine is None:
        return "none" if other is None else "removed"
    if other is None:
        return "new"
    return "identical" if mine[1] == other[1] else "changed"


def read_difference(db: Database, compared: Compared, *, room: int) -> SectionComparison:
    """The section with its differences field by field, as many as fit."""
    found = differences(_fields(db, compared.other), _fields(db, compared.preview))
    room -= json_size(compared.summary) + _OUTLINE
    shown: list[FieldDifference] = []
    for difference in found:
        made = _wire(difference)
        room -= json_size(made) + 1
        if room < 0:
            break
        shown.append(made)
    note = None if len(shown) == len(found) else f"Only the first {len(shown)} of {len(found)} differences are shown."
    update = {"differences": tuple(shown), "differences_total": len(found), "note": note}
    return compared.summary.model_copy(update=update)


def _fields(db: Database, revision_id: int | None) -> dict[str, Any]:
    revision = None if revision_id is None else entities.revision(db, revision_id)
    return {} if revision is None else revision.fields


def _wire(difference: Difference) -> FieldDifference:
    inline = difference.inline
    if inline is not None:
        text = cut_text(inline, _LONGEST_INLINE).value
        return FieldDifference(path=difference.path, change=difference.change, inline=text)
    return FieldDifference(
        path=difference.path,
        change=difference.change,
        before=cut_value(difference.before, _LONGEST_VALUE).value,
        after=cut_value(difference.after, _LONGEST_VALUE).value,
    )
