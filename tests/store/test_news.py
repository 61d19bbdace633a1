"""What has changed since somebody last looked."""

from __future__ import annotations

from copydesk.store import entities, news, queue
from copydesk.store import operations as stored
from copydesk.store.database import Database
from copydesk.store.entities import Place
from copydesk.store.ids import new_id
from copydesk.store.models import NewOperation, NewRevision
from copydesk.store.moments import Moment
from copydesk.store.states import Environment, OperationKind, Origin
from copydesk.store.store import Store

_AT = Moment(now=1_000, boot_now=0, boot="boot-1")
_HERO = Place("home", "hero", Environment.PREVIEW)
_WHY = Place("home", "why", Environment.PREVIEW)


def _edit(db: Database, *places: Place) -> str:
    """Store one operation with a change of each place."""
    stored.keep_snapshot(db, "hash", "{}", at=_AT)
    new = NewOperation(new_id("op"), OperationKind.EDIT, Environment.PREVIEW, "{}", "hash", len(places))
    seq = queue.add_operation(db, new, at=_AT)
    for place in places:
        revision = NewRevision("core:hero", {"text": place.section}, Origin.HAND, "hash")
        queue.add_done(db, seq, place, revision, base=entities.current(db, place), at=_AT)
    return new.id


async def test_only_places_changed_since_then_are_news(store: Store) -> None:
    assert await store.read(news.last_change) == 0
    await store.write(_edit, _HERO)
    before = await store.read(news.last_change)
    assert (await store.read(news.places_changed, before)).places == frozenset()
    await store.write(_edit, _WHY)
    found = await store.read(news.places_changed, before)
    assert found.places == {_WHY}
    assert found.last == await store.read(news.last_change)


async def test_more_changes_than_one_look_takes_are_found_by_the_next(store: Store) -> None:
    await store.write(_edit, _HERO)
    await store.write(_edit, _WHY)
    first = await store.read(news.places_changed, 0, limit=1)
    second = await store.read(news.places_changed, first.last, limit=1)
    assert first.places == {_HERO}
    assert second.places == {_WHY}


async def test_marks_of_operations_tell_one_that_has_moved(store: Store) -> None:
    done, other = await store.write(_edit, _HERO), await store.write(_edit, _WHY)
    marks = await store.read(news.operation_marks, [done, other, "op_nowhere"])
    assert set(marks) == {done, other}
    assert marks == await store.read(news.operation_marks, [done, other])
    work = await store.read(news.work_mark)
    await store.write(_edit, _HERO)
    assert await store.read(news.work_mark) != work


async def test_ids_are_found_by_their_beginning_newest_first(store: Store) -> None:
    ids = [await store.write(_edit, _HERO) for _ in range(3)]
    assert await store.read(news.operation_ids, "op_") == ids[::-1]
    assert await store.read(news.operation_ids, ids[1]) == [ids[1]]
    assert await store.read(news.operation_ids, "op_", limit=1) == [ids[2]]
    assert await store.read(news.operation_ids, "%") == []
    assert await store.read(news.operation_ids, "", only_failed=True) == []
