"""What all rules share: the real desk and the model side by side, and one comparison after every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from copydesk.content.errors import ContentError
from copydesk.content.operations.recording import Order, Recorded, record, record_applied
from copydesk.content.operations.values import Scope
from copydesk.store.ids import job_id
from copydesk.store.models import Claim
from copydesk.store.moments import Moment
from tests.model.comparison import check_equal
from tests.model.desk_model import DeskModel, Outcome, Refused
from tests.model.history_model import SectionKey
from tests.model.invariants import Remembered, check_rows
from tests.model.queue_model import Fence, ModelJob
from tests.model.real_desk import SECTIONS, Workplace

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

LEASE = 30_000
PAGES = ("home", "about")
ALL_KEYS = [section.key for section in SECTIONS]
WRITTEN_KEYS = [section.key for section in SECTIONS if section.kind == "prose"]

TEXTS = st.sampled_from(["One.", "Two.", "Three."])
"""So few that sections often say the same."""
RECENT = st.integers(0, 5)
"""Which of what there is, counted from the newest."""
SELDOM = st.sampled_from([False] * 5 + [True])


@dataclass(frozen=True)
class Choice:
    """A scope, and the groups in which a rollback of it looks for the last release."""

    scope: Scope
    groups: list[list[SectionKey]]

    @property
    def keys(self) -> list[SectionKey]:
        return [key for group in self.groups for key in group]


def of_pages(pages: list[str]) -> Choice:
    groups = [[key for key in ALL_KEYS if key[0] == page] for page in pages]
    return Choice(Scope(pages=tuple(pages)), groups)


def _of_sections(keys: list[SectionKey]) -> Choice:
    return Choice(Scope(sections=tuple(f"{page}/{section}" for page, section in keys)), [[key] for key in keys])


SECTION_CHOICES = st.lists(st.sampled_from(ALL_KEYS), min_size=1, max_size=3, unique=True).map(_of_sections)
CHOICES = (
    st.just(Choice(Scope(all=True), [ALL_KEYS]))
    | st.lists(st.sampled_from(PAGES), min_size=1, unique=True).map(of_pages)
    | SECTION_CHOICES
)


@dataclass
class Tally:
    """What a run has tried, over all its examples."""

    examples: int = 0
    steps: int = 0
    events: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Held:
    """A claim as somebody remembers it, whether or not it still stands."""

    claim: Claim
    fence: Fence


@dataclass(frozen=True)
class Action:
    """Something that can happen, how often, when, and with which arguments."""

    name: str
    weight: int
    when: Callable[[Any], object]
    arguments: st.SearchStrategy[dict[str, Any]]


ACTIONS: list[Action] = []


def action(
    weight: int = 1, when: Callable[[Any], object] = lambda _: True, **arguments: st.SearchStrategy[Any]
) -> Callable[[F], F]:
    """Let the method happen. (Hypothesis' own rules are equally frequent, and half of them left out of each example:
    too little to get as far as a lost claim or an undone undo.)"""

    def mark(method: F) -> F:
        ACTIONS.append(Action(method.__name__, weight, when, st.fixed_dictionaries(arguments)))
        return method

    return mark


class Driving(RuleBasedStateMachine):
    """Does everything twice, to the real desk and to the model, and compares."""

    def __init__(self, workplace: Workplace, tally: Tally) -> None:
        super().__init__()
        self.tally = tally
        self.desk = workplace.open()
        self.model = DeskModel(SECTIONS)
        self.remembered = Remembered()
        self.claims: list[Held] = []
        self.ids: list[str] = []
        """The operations' ids, in order."""
        tally.examples += 1

    @property
    def queue(self) -> Any:
        return self.model.queue

    def at(self) -> Moment:
        clock = self.model.queue.clock
        return Moment(clock.now, clock.boot_now, clock.boot)

    def saw(self, event: str) -> None:
        self.tally.events[event] += 1

    def recent(self, things: list[T], back: int) -> T:
        """One of the newest."""
        return things[-1 - back % len(things)]

    def public_id(self, job: ModelJob) -> str:
        return job_id(self.ids[job.operation - 1], job.position)

    def ask(self, order: Order, expected: Callable[[], Outcome], *, at_once: bool = False) -> int | None:
        """Order something: both sides store the same jobs and skip the same sections, or refuse with the same code."""
        try:
            outcome = expected()
        except Refused as refused:
            self.saw(f"refused: {refused.code}")
            self._refuse(order, refused.code)
            return None
        step = record_applied if at_once else record
        recorded: Recorded = self.desk.write(step, order, at=self.at())
        assert recorded.plan is not None
        skipped = {(skip.page, skip.section): skip.code.value for skip in recorded.plan.skipped}
        assert skipped == outcome.skipped
        assert (None if recorded.operation is None else recorded.operation.seq) == outcome.operation
        if outcome.operation is not None:
            self.ids.append(order.id)
            if at_once:
                self.model.apply(outcome.operation)
        return outcome.operation

    def _refuse(self, order: Order, code: str) -> None:
        with pytest.raises(ContentError) as refused:
            self.desk.write(record, order, at=self.at())
        assert refused.value.code == code

    @invariant()
    def both_stand_alike(self) -> None:
        self.tally.steps += 1
        self.model.queue.settle()
        dump = self.desk.dump()
        check_equal(dump, self.model)
        check_rows(dump, self.model.forced)
        self.remembered.check(dump)

    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        possible = {one.name: one for one in ACTIONS if one.when(self)}
        names = [one.name for one in possible.values() for _ in range(one.weight)]
        chosen = possible[data.draw(st.sampled_from(names))]
        arguments = data.draw(chosen.arguments, label=chosen.name)
        self.saw(chosen.name)
        getattr(self, chosen.name)(**arguments)

    def teardown(self) -> None:
        self.desk.close()
