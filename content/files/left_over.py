"""What earlier exports left: files in the manifest that the site as it is now would not write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.content.files.manifest import Entry, content_hash
from copydesk.content.files.reports import LeftOver
from copydesk.content.files.safe_paths import folded, link_problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from copydesk.content.definition.models import Site
    from copydesk.content.operations.selection import Selected

__all__ = ["Remains", "find_left_over"]


@dataclass(frozen=True, slots=True)
class Remains:
    """One such file. It is removable only while it is just as it was written."""

    path: str
    reason: str
    is_missing: bool
    is_removable: bool

    def told(self, *, removed: bool) -> LeftOver:
        kept = "" if self.is_removable else " It was changed since it was exported, so it is never removed."
        return LeftOver(path=self.path, reason=self.reason + kept, removed=removed and self.is_removable)


def find_left_over(
    target: Path,
    known: Mapping[str, Entry],
    written: Collection[str],
    made_by: str,
    site: Site,
    selected: Sequence[Selected],
) -> tuple[Remains, ...]:
    """The files of exports like this one whose section is gone, has no copy now or stands elsewhere.

    What is defined but outside the scope of this export is left alone.
    """
    mine = {path: entry for path, entry in known.items() if entry.made_by == made_by and path not in written}
    # Where letter case does not count, removing `About.md` would remove the `about.md` that was just written.
    names = {folded(path) for path in written}
    return tuple(
        _look_at(target, path, entry, reason)
        for path, entry, reason in _superfluous(mine, site, selected)
        if folded(path) not in names
    )


def _superfluous(
    entries: Mapping[str, Entry], site: Site, selected: Sequence[Selected]
) -> Iterator[tuple[str, Entry, str]]:
    pages = {one.route.id for one in selected}
    keys = {one.key for one in selected}
    for path, entry in entries.items():
        route = site.routes_by_id.get(entry.page)
        name = entry.page if entry.section is None else f"{entry.page}/{entry.section}"
        if route is None or (entry.section is not None and route.section(entry.section) is None):
            yield path, entry, f"{name} is not in the site any more."
        elif (entry.page, entry.section) in keys or (entry.section is None and entry.page in pages):
            yield path, entry, f"{name} has no copy now, or stands in another file."


def _look_at(target: Path, path: str, entry: Entry, reason: str) -> Remains:
    place = target / path
    if link_problem(target, path) is not None:
        return Remains(path, reason, is_missing=False, is_removable=False)
    if not place.exists():
        return Remains(path, reason, is_missing=True, is_removable=False)
    return Remains(path, reason, is_missing=False, is_removable=content_hash(place.read_bytes()) in entry.hashes)
