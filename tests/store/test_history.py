from __future__ import annotations

from copydesk.store import entities, history, queue
from copydesk.store import operations as stored
from copydesk.store.database import Database
from copydesk.store.entities import Place
from copydesk.store.history import OperationFilter
from copydesk.store.ids import new_id
from copydesk.store.models import NewOperation, NewRevision
from copydesk.store.moments import Moment
from copydesk.store.states import Environment, OperationKind, Origin
from copydesk.store.store import Store

_HERO = Place("home", "hero", Environment.PREVIEW)


def _edit(db: Database, *, at: Moment, text: str = "x", started_by: str | None = None) -> str:
    """Store one operation with one change of home/hero."""
    stored.keep_snapshot(db, "hash", "{}", at=at)
    new = NewOperation(
        new_id("op"), OperationKind.EDIT, Environment.PREVIEW, "{}", "hash", 1, started_by=started_by, skipped="[1, 2]"
    )
    seq = queue.add_operation(db, new, at=at)
    revision = NewRevision("core:hero", {"text": text}, Origin.HAND, "hash")
    queue.add_done(db, seq, _HERO, revision, base=entities.current(db, _HERO), at=at)
    return new.id


async def _edits(store: Store, *names: str | None) -> list[str]:
    """One operation a second, by these people."""
    made = []
    for number, name in enumerate(names):
        at = Moment(now=number * 1_000, boot_now=0, boot="boot-1")
        made.append(await store.write(_edit, at=at, text=f"{number}", started_by=name))
    return made


async def test_operations_come_newest_first_and_page_by_their_number(store: Store) -> None:
    ids = await _edits(store, None, None, None)
    first = await store.read(history.list_operations, OperationFilter(), limit=2)
    assert [one.id for one in first] == [ids[2], ids[1]]
    rest = await store.read(history.list_operations, OperationFilter(), before=first[-1].seq, limit=2)
    assert [one.id for one in rest] == [ids[0]]
    assert first[0].skipped == "[]"


async def test_operations_are_filtered_by_time_kind_and_person(store: Store) -> None:
    ids = await _edits(store, "ana", "ben", "ana")
    for wanted, expected in [
        (OperationFilter(since=1_000), ids[1:]),
        (OperationFilter(until=1_000), ids[:1]),
        (OperationFilter(started_by="ana"), [ids[0], ids[2]]),
        (OperationFilter(kinds=(OperationKind.PROMOTE,)), []),
    ]:
        found = await store.read(history.list_operations, wanted)
        assert [one.id for one in reversed(found)] == expected
        assert (await store.read(history.total_operations, wanted)).operations == len(expected)
    assert await store.read(history.starters) == ["ana", "ben"]


async def test_what_is_unknown_is_not_added_up_to_zero(store: Store) -> None:
    await _edits(store, None)
    totals = await store.read(history.total_operations, OperationFilter())
    assert (totals.input_tokens, totals.output_tokens, totals.cost) == (None, None, None)
    assert (totals.operations, totals.completed, totals.changed) == (1, 1, 1)


async def test_the_changes_of_a_section_come_newest_first_with_their_operation(store: Store) -> None:
    ids = await _edits(store, None, None)
    changes = await store.read(history.changes_of_section, _HERO)
    assert [one.operation_id for one in changes] == [ids[1], ids[0]]
    assert changes[0].before == changes[1].after
    revisions = await store.read(history.revisions_of, "home", "hero")
    assert revisions == [changes[0].after, changes[1].after]


async def test_the_copy_before_the_current_one_is_known_for_each_section(store: Store) -> None:
    await _edits(store, None)
    previous = await store.read(history.previous_copies, Environment.PREVIEW)
    assert previous["home", "hero"].revision is None
    await _edits(store, None)
    previous = await store.read(history.previous_copies, Environment.PREVIEW, ["home"])
    changes = await store.read(history.changes_of_section, _HERO)
    assert previous["home", "hero"].revision == changes[1].after
    assert await store.read(history.previous_copies, Environment.PRODUCTION) == {}
