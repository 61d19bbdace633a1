"""News for those who follow the site: which addresses lead to something else than when somebody last looked.

Whatever process made the change, the store has it; the site definition is looked at as a file.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError
from copydesk.content.reports.addresses import (
    OperationAddress,
    PageAddress,
    SectionAddress,
    SiteAddress,
)
from copydesk.store import news

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copydesk.content.definition.models import Route, Site, Snapshot
    from copydesk.content.desk import Desk
    from copydesk.content.reports.addresses import Address
    from copydesk.store.database import Database
    from copydesk.store.entities import Place
    from copydesk.store.news import OperationMark, WorkMark

__all__ = ["Mark", "News", "mark_now", "mark_operations", "news_since"]


@dataclass(frozen=True, slots=True)
class Mark:
    """How things stood when somebody looked. `snapshot` is `None` while the site definition is invalid."""

    change: int
    work: WorkMark
    operations: Mapping[str, OperationMark]
    snapshot: Snapshot | None


@dataclass(frozen=True, slots=True)
class News:
    """What is not as it was."""

    before: Mark
    now: Mark
    places: frozenset[Place]
    operations: frozenset[str]
    _pages: frozenset[tuple[str, str]] = field(init=False)
    _sections: frozenset[tuple[str, str, str]] = field(init=False)

    def __post_init__(self) -> None:
        pages = frozenset((place.environment.value, place.page) for place in self.places)
        sections = frozenset((place.environment.value, place.page, place.section) for place in self.places)
        object.__setattr__(self, "_pages", pages)
        object.__setattr__(self, "_sections", sections)

    @property
    def has_other_pages(self) -> bool:
        """Pages came, went, moved or were renamed."""
        return self._is_defined_anew and _pages_of(self.before.snapshot) != _pages_of(self.now.snapshot)

    @property
    def _is_defined_anew(self) -> bool:
        return self.before.snapshot is not self.now.snapshot

    def concerns(self, address: Address) -> bool:
        """Whether who reads the address gets something else than before."""
        match address:
            case SiteAddress():
                return bool(self.places) or self._is_defined_anew or self.before.work != self.now.work
            case OperationAddress(operation_id):
                return operation_id in self.operations
            case PageAddress(environment, name):
                changed = (environment.value, self._page_id(name)) in self._pages
                return changed or self._redefined(name, None)
            case SectionAddress(environment, name, section):
                changed = (environment.value, self._page_id(name), section) in self._sections
                return changed or self._redefined(name, section)

    def _page_id(self, name: str) -> str:
        route = _route(self.now.snapshot, name) or _route(self.before.snapshot, name)
        return name if route is None else route.id

    def _redefined(self, page: str, section: str | None) -> bool:
        if not self._is_defined_anew:
            return False
        return _definition(self.before.snapshot, page, section) != _definition(self.now.snapshot, page, section)


async def mark_now(desk: Desk) -> Mark:
    """How things stand, without any operation."""
    snapshot = await _snapshot(desk)
    return await desk.store.read(_read_mark, snapshot)


async def mark_operations(desk: Desk, ids: frozenset[str]) -> Mapping[str, OperationMark]:
    """How far these operations are; nothing of those that do not exist."""
    return await desk.store.read(news.operation_marks, ids)


async def news_since(desk: Desk, before: Mark, operation_ids: frozenset[str]) -> News:
    """What has changed since `before`, of the copy, of the definition and of these operations."""
    return await desk.store.read(_read_news, before, operation_ids, await _snapshot(desk))


async def _snapshot(desk: Desk) -> Snapshot | None:
    with suppress(ContentError):
        return await desk.snapshot()
    return None


def _read_mark(db: Database, snapshot: Snapshot | None) -> Mark:
    return Mark(news.last_change(db), news.work_mark(db), {}, snapshot)


def _read_news(db: Database, before: Mark, operation_ids: frozenset[str], snapshot: Snapshot | None) -> News:
    copy = news.places_changed(db, before.change)
    marks = news.operation_marks(db, operation_ids)
    moved = frozenset(one for one, mark in marks.items() if before.operations.get(one) != mark)
    now = replace(before, change=copy.last, work=news.work_mark(db), operations=marks, snapshot=snapshot)
    return News(before, now, copy.places, moved)


def _route(snapshot: Snapshot | None, name: str) -> Route | None:
    if snapshot is None:
        return None
    return snapshot.site.routes_by_id.get(name) or snapshot.site.routes_by_path.get(name)


def _pages_of(snapshot: Snapshot | None) -> list[tuple[str, str, str, int]]:
    """What a list of the pages shows of them."""
    routes = () if snapshot is None else snapshot.site.routes
    return [(route.id, route.path, route.title, len(route.sections)) for route in routes]


def _definition(snapshot: Snapshot | None, page: str, section: str | None) -> object:
    """What the definition says of the sections that an address shows."""
    route = _route(snapshot, page)
    if snapshot is None or route is None:
        return None
    shown = [one for one in route.sections if section in (None, one.id)]
    return [(one, _template(snapshot.site, one.template)) for one in shown]


def _template(site: Site, name: str) -> object:
    return site.templates.get(name)
