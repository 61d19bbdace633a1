"""The rules of assistants: look for briefs, take them, send copy in, have it sent back."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from copydesk.store import briefs, operations
from copydesk.store.briefs import WaitingBrief
from copydesk.store.models import Job, NewRevision
from copydesk.store.states import Origin
from tests.model.driving import RECENT, SELDOM, TEXTS, Driving, Tally, action
from tests.model.queue_model import ModelJob
from tests.model.real_desk import Workplace

TAKERS = st.sampled_from(["claude at 1", "cursor at 2"])
BRIEF_LEASE = 600_000


@dataclass(frozen=True)
class Look:
    """Briefs as somebody saw them, who may come back to take them when they are not like that any more."""

    taker: str
    found: list[WaitingBrief]
    jobs: list[tuple[ModelJob, str | None]]


class Assisting(Driving):
    def __init__(self, workplace: Workplace, tally: Tally) -> None:
        super().__init__(workplace, tally)
        self.looks: list[Look] = []

    @action(
        weight=6,
        when=lambda self: self.unfinished_briefs(),
        taker=TAKERS,
        count=st.integers(1, 3),
        fresh_first=st.booleans(),
        takes_its_time=SELDOM,
    )
    def take_briefs(self, taker: str, count: int, fresh_first: bool, takes_its_time: bool) -> None:
        found = self.desk.write(briefs.waiting, taker=taker, at=self.at(), limit=count, fresh_first=fresh_first)
        jobs = self.model.queue.waiting_briefs(taker, [], count, fresh_first=fresh_first)
        assert [(one.operation, one.position) for one in found] == [job.key for job in jobs]
        self.looks.append(Look(taker, found, [(job, job.taken_by) for job in jobs]))
        if not takes_its_time:
            self.take_what_was_seen()

    @action(when=lambda self: self.looks)
    def take_what_was_seen(self) -> None:
        look = self.looks.pop()
        taken = self.desk.write(briefs.lease, look.found, taker=look.taker, duration=BRIEF_LEASE, at=self.at())
        expected = self.model.lease_briefs(look.jobs, look.taker, BRIEF_LEASE)
        assert [(one.operation, one.position) for one in taken] == [job.key for job in expected]
        self.saw("briefs taken" if taken else "briefs not to be had")

    def briefs(self) -> list[ModelJob]:
        return [job for job in self.model.queue.jobs.values() if job.is_brief]

    def unfinished_briefs(self) -> list[ModelJob]:
        return [job for job in self.briefs() if job.is_unfinished]

    @action(weight=6, when=lambda self: self.unfinished_briefs(), back=RECENT, taker=TAKERS, text=TEXTS)
    def submit(self, back: int, taker: str, text: str) -> None:
        self.submit_copy(self.recent(self.unfinished_briefs(), back), taker, text)

    @action(
        when=lambda self: self.briefs(),
        back=RECENT,
        taker=TAKERS,
        text=TEXTS,
        how=st.sampled_from(["copy", "copy", "misfit", "misfit", "hopeless"]),
    )
    def submit_to_any(self, back: int, taker: str, text: str, how: str) -> None:
        """Perhaps too late, perhaps what does not fit, perhaps for a template that is gone."""
        job = self.recent(self.briefs(), back)
        match how:
            case "copy":
                self.submit_copy(job, taker, text)
            case "misfit":
                self._send_back(job, taker)
            case _:
                self._give_up(job)

    def submit_copy(self, job: ModelJob, taker: str, text: str) -> None:
        fields = {"text": text}
        stored = self._stored(job)
        template = stored.template or ""
        revision = NewRevision(template, fields, Origin.ASSISTANT, self.desk.snapshot.hash, writer="agent")
        finish = self.desk.write(briefs.complete, stored, revision, taker=taker, at=self.at())
        expected = self.model.submit(job, fields, taker)
        self.saw(f"submit: {expected}")
        assert finish.name == expected

    def _send_back(self, job: ModelJob, taker: str) -> None:
        self.desk.write(briefs.reject, self._stored(job), taker=taker, duration=BRIEF_LEASE, at=self.at())
        if job.is_unfinished:
            self.model.queue.hold_brief(job, taker, BRIEF_LEASE)
            job.rejections += 1

    def _give_up(self, job: ModelJob) -> None:
        given_up = self.desk.write(
            briefs.give_up, self._stored(job), code="definition", message="There is no such template.", at=self.at()
        )
        assert given_up == job.is_unfinished
        self.model.give_up_brief(job)

    def _stored(self, job: ModelJob) -> Job:
        found = self.desk.write(operations.job, self.public_id(job))
        assert found is not None
        return found
