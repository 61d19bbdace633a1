"""Handing out briefs: which, as many as fit into an answer, and leased before they leave."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.assistant.takers import name_of
from copydesk.content.assistant.views import LEASE_MINUTES, HandedBrief
from copydesk.content.errors import ContentError
from copydesk.content.reports.cutting import value_size
from copydesk.store import briefs
from copydesk.store.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from copydesk.content.briefs import Brief
    from copydesk.content.work.briefing import Briefings
    from copydesk.store.briefs import WaitingBrief
    from copydesk.store.store import Store

__all__ = ["LEASE", "MOST_BRIEFS", "Handed", "Wanted", "hand_out"]

LEASE: Final = LEASE_MINUTES * 60 * 1000
MOST_BRIEFS: Final = 50
_FENCED: Final = re.compile(r"<<<data (?P<mark>[0-9a-f]{16}) (?P<label>[^\n]*)\n.*?\ndata (?P=mark)>>>", re.DOTALL)
"""A text that a brief quotes. Its mark is its hash: equal marks are equal texts."""
_WORTH_IT: Final = 200
"""Characters: shorter texts are repeated rather than referred to."""
_OF_NEXT_STEP: Final = 30
"""Characters that a brief takes in the next step, beside its id."""
_MOST_LOOKS: Final = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants: how many briefs, of which operations (all if none is named), in how many characters."""

    taker: str
    count: int
    room: int
    operations: tuple[int, ...] = ()
    without: tuple[tuple[str, int], ...] = ()
    """Jobs to leave out: (operation id, position)."""
    known: frozenset[str] = frozenset()
    """The parts for the whole site that the taker has before it."""
    fresh_first: bool = False
    at_least_one: bool = True


@dataclass(frozen=True, slots=True)
class Handed:
    """The briefs that somebody got, with what they have in common."""

    briefs: tuple[HandedBrief, ...] = ()
    site_brief: str | None = None
    schemas: dict[str, Any] = field(default_factory=dict)
    quoted: dict[str, str] = field(default_factory=dict)
    """Where each text that the briefs quote stands, by its mark."""

    @property
    def size(self) -> int:
        ids = sum(len(one.job_id) + _OF_NEXT_STEP for one in self.briefs)
        shown = [one.model_dump(mode="json", by_alias=True) for one in self.briefs]
        return value_size(shown) + value_size(self.site_brief) + value_size(self.schemas) + ids


async def hand_out(store: Store, briefings: Briefings, wanted: Wanted) -> Handed:
    """Lease briefs and hand them out; none if there are none, or if the room is too small for one that may be left."""
    for _ in range(_MOST_LOOKS):
        found = await _look(store, wanted)
        chosen, handed = await _fitting(store, briefings, found, wanted)
        if not chosen:
            return Handed()
        at = Moment.read(store.clock)
        taken = await store.write(briefs.lease, chosen, taker=wanted.taker, duration=LEASE, at=at)
        if len(taken) == len(chosen):
            return handed
        if taken:  # somebody was faster with the others
            return (await _fitting(store, briefings, taken, wanted))[1]
    return Handed()


async def _look(store: Store, wanted: Wanted) -> list[WaitingBrief]:
    return await store.read(
        briefs.waiting,
        taker=wanted.taker,
        at=Moment.read(store.clock),
        limit=min(wanted.count, MOST_BRIEFS),
        operations=wanted.operations,
        without=wanted.without,
        fresh_first=wanted.fresh_first,
    )


async def _fitting(
    store: Store, briefings: Briefings, found: Sequence[WaitingBrief], wanted: Wanted
) -> tuple[list[WaitingBrief], Handed]:
    """The first of these that fit into the room and share what is said of the site."""
    chosen: list[WaitingBrief] = []
    handed, stable = Handed(), None
    for one in found:
        brief = await _brief(store, briefings, one)
        if brief is None:
            continue
        if stable not in (None, brief.stable):
            break
        grown = _with(handed, one, brief, known=brief.stable in wanted.known)
        is_first = not chosen and wanted.at_least_one
        if grown.size > wanted.room and not is_first:
            break
        handed, stable = grown, brief.stable
        chosen.append(one)
    return chosen, handed


async def _brief(store: Store, briefings: Briefings, one: WaitingBrief) -> Brief | None:
    """The brief; a job whose brief cannot be made fails, as it would with any writer."""
    try:
        return await briefings.brief(one.claim)
    except ContentError as error:
        at = Moment.read(store.clock)
        await store.write(briefs.give_up, one, code="definition", message=str(error), at=at)
        return None


def _with(handed: Handed, one: WaitingBrief, brief: Brief, *, known: bool) -> Handed:
    where = f"{one.page}/{one.section}"
    prompt = _FENCED.sub(lambda found: _once(found, handed.quoted), brief.variable)
    shown = HandedBrief(
        job_id=one.id,
        page=one.page,
        section=one.section,
        template=brief.template.name,
        prompt=prompt,
        note=_note(one),
    )
    quoted = {found["mark"]: where for found in _FENCED.finditer(prompt)}
    return replace(
        handed,
        briefs=(*handed.briefs, shown),
        site_brief=None if known else brief.stable,
        schemas={**handed.schemas, brief.template.name: brief.schema.schema},
        quoted={**quoted, **handed.quoted},
    )


def _once(found: re.Match[str], quoted: Mapping[str, str]) -> str:
    """A text that an earlier brief of the same answer quotes is referred to, not repeated."""
    earlier = quoted.get(found["mark"])
    if earlier is None or len(found[0]) < _WORTH_IT:
        return found[0]
    return f"<<<data {found['mark']} {found['label']}: as in the prompt of {earlier} in this answer>>>"


def _note(one: WaitingBrief) -> str | None:
    match one.standing:
        case "mine":
            return "You have taken this before and not submitted it."
        case "held":
            return f"{name_of(one.taken_by)} has taken this too; whoever submits first has written it."
        case "free":
            return None
