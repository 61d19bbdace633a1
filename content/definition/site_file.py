"""The site definition as it stands now: read again only when a file that it depends on has changed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from copydesk.content.definition.loader import Loaded, examine
from copydesk.content.definition.models import Snapshot
from copydesk.content.definition.sources import FileMark, Sources, mark_of

__all__ = ["SiteFile"]

_Marks: TypeAlias = tuple[FileMark | None, tuple[tuple[str, FileMark | None], ...]]

# File systems stamp files with a coarse clock: two writes of the same size within a tick look alike. A file that was
# written this shortly before it was read is therefore read once more.
_TICK = 50_000_000


@dataclass(frozen=True, slots=True)
class _Known:
    loaded: Loaded
    marks: _Marks
    settled: bool


class SiteFile:
    """One project's `site.yaml`. `current` costs a few calls of `stat` while nothing changes."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._known: _Known | None = None

    def current(self) -> Snapshot:
        """The definition as the files say it now; the same object as long as they say the same.

        Raises `SiteInvalid` while they are invalid. Reads files: call it from a thread where that matters.
        """
        known = self._known
        if known is None or not known.settled or self._marks(known.loaded.sources) != known.marks:
            self._known = known = self._load()
        return known.loaded.valid()

    def _load(self) -> _Known:
        began = time.time_ns()
        site_mark = mark_of(self.path)
        loaded = self._kept(examine(self.path))
        # Marks that are older than the reading are on the safe side: a change in between is read next time.
        marks = (site_mark, loaded.sources.marks_when_found())
        return _Known(loaded, marks, settled=_is_settled(marks, began))

    def _kept(self, loaded: Loaded) -> Loaded:
        before = self._known.loaded.snapshot if self._known else None
        if before is None or loaded.snapshot is None or before.hash != loaded.snapshot.hash:
            return loaded
        return Loaded(loaded.file, before, (), loaded.sources)

    def _marks(self, sources: Sources) -> _Marks:
        return mark_of(self.path), sources.marks()


def _is_settled(marks: _Marks, began: int) -> bool:
    site_mark, source_marks = marks
    seen = [site_mark, *(mark for _, mark in source_marks)]
    return all(mark is None or mark[0] < began - _TICK for mark in seen)
