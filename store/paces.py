"""How fast the attempts of each writer may begin, over all processes that share the store.

Attempts take turns: one every 60 s / rate. The rate is what the settings say, or what the provider was seen to allow,
whichever is lower. What it allows is learnt from its refusals: after one, the pace is what it accepted in the time
before, the pause it asked for included; from there it rises, slowly at first, until the next refusal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from copydesk.store import pauses
from copydesk.store.models import of_row
from copydesk.store.queries import load_queries

if TYPE_CHECKING:
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

__all__ = ["Limit", "Pace", "Refusal", "accept", "begin", "pace_of", "refuse", "take_turn"]

_SQL = load_queries("paces")

_MINUTE: Final = 60_000
_CATCH_UP: Final = 200
"""Milliseconds: turns that a late wake-up missed are made up for; turns that nobody wanted are lost."""
_WINDOW: Final = 60_000
"""Milliseconds over which attempts are counted before anything was refused."""
_RESTED: Final = 1_000
"""Milliseconds without anything to do after which they are counted anew: what nobody asked for was not accepted."""
_FORGOTTEN_AFTER: Final = 3_600_000
"""Milliseconds without an attempt after which what was learnt may be out of date."""
_SLOWEST: Final = 1.0
"""Attempts a minute: slower than this nothing would ever be learnt anew."""
_FIRST_PAUSE: Final = 500
_LONGEST_PAUSE: Final = 60_000
"""Milliseconds; where the provider does not say how long to wait, the pause doubles with each refusal in a row."""

# Tuned in a simulation of token buckets and fixed windows, with and without Retry-After, at latencies from 0.2 to 8 s:
# 90 % and more of what was allowed in nearly all of them, with one refusal for 10 to 100 jobs.
_SAFETY: Final = 0.97
_LEAST_CUT: Final = 0.95
_LARGEST_CUT: Final = 0.8
_QUICKEST_DOUBLING: Final = 24
_SLOWEST_DOUBLING: Final = 400
"""Attempts in which the pace doubles after a refusal: the fewer it was learnt from, the sooner it is doubted."""
_DOUBLING_FOR_EACH: Final = 16


@dataclass(frozen=True, slots=True)
class Limit:
    """What one process may take of one writer: `room` jobs more at a time, `rate` attempts a minute over all."""

    room: int | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal that was noted. Nobody begins an attempt of the writer for `pause` milliseconds."""

    pause: int
    lasted: int
    """Milliseconds for which the provider has accepted nothing."""
    is_first: bool
    """Whether the provider had accepted something since its last refusal."""


@dataclass(frozen=True, slots=True)
class Pace:
    """One writer's pace. Times are milliseconds since boot, rates attempts a minute."""

    next_turn: float
    since: int
    begun: int = 0
    learned: float | None = None
    sample: int = 0
    slowed_at: int = -1
    refused_since: int | None = None
    refusals: int = 0
    """In a row, those of attempts that began before the writer was slowed down not counted."""

    @property
    def allowed(self) -> float | None:
        """The rate that the provider is believed to allow by now; `None` while it never refused."""
        if self.learned is None:
            return None
        doubling = min(_SLOWEST_DOUBLING, max(_QUICKEST_DOUBLING, _DOUBLING_FOR_EACH * self.sample))
        return self.learned * (1 + (self.begun / doubling) ** 2)

    def interval(self, rate: float | None) -> float:
        """Milliseconds between two turns, if the settings say `rate`; 0 if nothing limits them."""
        return max((_MINUTE / one for one in (rate, self.allowed) if one is not None), default=0.0)

    def turns(self, now: int, rate: float | None) -> float:
        """How many attempts may begin now; infinitely many if nothing limits them."""
        interval = self.interval(rate)
        if not interval:
            return math.inf
        turn = self._turn(now)
        return 0 if turn > now else math.floor((now - turn) / interval) + 1

    def begin(self, now: int, count: int, rate: float | None, due: int | None = None) -> Pace:
        """The pace after `count` attempts have begun; the first of their jobs was `due` then, if that is known."""
        interval = self.interval(rate)
        turn = self._turn(now) + count * interval if interval else float(now)
        had_rest = due is not None and due - self.next_turn > _RESTED
        if self.learned is None and (had_rest or now - self.since > _WINDOW):
            return replace(self, next_turn=turn, since=now, begun=count)
        return replace(self, next_turn=turn, begun=self.begun + count)

    def refuse(self, now: int, pause: int) -> Pace:
        """The pace after the provider refused, for the first time since the writer was last slowed down."""
        until = now + pause
        accepted = max(0, self.begun - 1)
        return Pace(
            next_turn=max(self.next_turn, until),
            since=until,
            learned=max(_SLOWEST, self._slowed(accepted * _MINUTE / max(1, until - self.since))),
            sample=accepted,
            slowed_at=now,
            refused_since=now if self.refused_since is None else self.refused_since,
            refusals=self.refusals + 1,
        )

    def refuse_late(self, until: int) -> Pace:
        """The pace after another refusal from before: so one less was accepted than the pace was learnt from."""
        share = max(self.sample - 1, 0.5) / max(self.sample, 1)
        learned = None if self.learned is None else max(_SLOWEST, self.learned * share)
        turn = max(self.next_turn, until)
        return replace(self, next_turn=turn, learned=learned, sample=max(0, self.sample - 1))

    def _turn(self, now: int) -> float:
        return max(self.next_turn, now - _CATCH_UP)

    def _slowed(self, accepted: float) -> float:
        """What was accepted a minute, but clearly less than what was tried, and not for one refusal next to nothing."""
        tried = self.allowed
        if tried is None:
            return accepted
        return min(_LEAST_CUT * tried, max(_LARGEST_CUT * tried, _SAFETY * accepted))


def pace_of(db: Database, writer: str, *, at: Moment) -> Pace:
    """The pace of a writer; a new one where nothing is known, or not lately."""
    row = db.row(_SQL["pace"], {"writer": writer, "boot": at.boot})
    found = None if row is None else of_row(Pace, row)
    if found is None or at.boot_now - max(found.next_turn, found.since) > _FORGOTTEN_AFTER:
        return Pace(0.0, at.boot_now)
    return found


def begin(
    db: Database, writer: str, pace: Pace, count: int, rate: float | None, *, at: Moment, due: int | None = None
) -> None:
    """Take `count` turns of a writer, for jobs of which the first was `due` then."""
    _keep(db, writer, pace.begin(at.boot_now, count, rate, due), at)


def take_turn(db: Database, writer: str, rate: float | None, *, at: Moment) -> int:
    """Take one turn of a writer, if it has one now; else the milliseconds after which to ask again."""
    pause = next((one.milliseconds for one in pauses.pauses(db, at=at) if one.writer == writer), 0)
    pace = pace_of(db, writer, at=at)
    if pause or not pace.turns(at.boot_now, rate):
        return max(1, pause, math.ceil(pace.next_turn) - at.boot_now)
    begin(db, writer, pace, 1, rate, at=at)
    return 0


def accept(db: Database, writer: str) -> None:
    """The provider answered one of this writer's attempts."""
    db.change(_SQL["accept"], {"writer": writer})


def refuse(db: Database, writer: str, *, begun_at: int, wait: int | None, reason: str, at: Moment) -> Refusal:
    """The provider refused an attempt that began at `begun_at`: pause the writer everywhere, and slow it down.

    `wait` is for how many milliseconds the provider asks. Attempts that began before the writer was last slowed down
    say nothing about its pace since.
    """
    before = pace_of(db, writer, at=at)
    is_late = begun_at < before.slowed_at
    pause = _own_pause(before, is_late=is_late) if wait is None else wait
    if pause:
        pauses.pause_writer(db, writer, delay=pause, reason=reason, at=at)
    after = before.refuse_late(at.boot_now + pause) if is_late else before.refuse(at.boot_now, pause)
    _keep(db, writer, after, at)
    lasted = 0 if after.refused_since is None else at.boot_now - after.refused_since
    return Refusal(pause, lasted, is_first=not is_late and before.refusals == 0)


def _own_pause(pace: Pace, *, is_late: bool) -> int:
    return 0 if is_late else min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(pace.refusals, 10))


def _keep(db: Database, writer: str, pace: Pace, at: Moment) -> None:
    values = {name: getattr(pace, name) for name in Pace.__slots__}
    db.change(_SQL["keep_pace"], values | {"writer": writer, "boot": at.boot})
