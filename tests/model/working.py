"""The rules of workers: claim, write, fail, give back; rescue what others left; apply releases."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from copydesk.content.schema.violations import Violation
from copydesk.content.work.outcomes import storing
from copydesk.content.writers.base import Answer, Invalid, Permanent, Transient, Usage, Written
from copydesk.store import operations, pauses, queue, releases
from copydesk.store.database import Database
from copydesk.store.moments import Moment
from copydesk.store.paces import Limit
from tests.model.driving import LEASE, RECENT, SELDOM, TEXTS, Driving, Held, action
from tests.model.queue_model import PROCESSING, ModelJob
from tests.model.real_desk import SETTINGS, TIMING

OWNERS = st.sampled_from(["anna", "bert"])
SETS_OF_WRITERS = st.sampled_from([["outline"], ["scripted"], ["outline", "scripted"], ["scripted", "outline"]])
FAILURES = st.sampled_from(["timeout", "timeout", "rate-limited", "invalid-copy", "refused", "wrong-key"])
ENDS = FAILURES | st.just("written")
TOKENS = st.integers(0, 3)
ROOMS = st.dictionaries(st.sampled_from(["outline", "scripted"]), st.integers(0, 2), max_size=1)


def usage_of(tokens: int) -> Usage:
    return Usage(tokens, tokens) if tokens else Usage()


class Working(Driving):
    pauses = 0

    @action(
        weight=20,
        when=lambda self: self.model.queue.has_due(),
        owner=OWNERS,
        writers=SETS_OF_WRITERS,
        limit=st.sampled_from([1, 2, 3, 16]),
        room=ROOMS,
    )
    def claim(self, owner: str, writers: list[str], limit: int, room: dict[str, int]) -> None:
        self.claim_of(owner, writers, limit, room)

    def claim_of(
        self, owner: str, writers: list[str], limit: int, room: dict[str, int], only: int | None = None
    ) -> list[Held]:
        limits = {writer: Limit(room=most) for writer, most in room.items()}
        claims = self.desk.write(
            queue.claim,
            owner=owner,
            writers=writers,
            limit=limit,
            lease=LEASE,
            at=self.at(),
            operation=only,
            limits=limits,
        )
        fences = self.model.queue.claim(owner, writers, limit, room, LEASE, only)
        assert [(one.operation, one.position, one.owner, one.attempt) for one in claims] == [tuple(f) for f in fences]
        held = [Held(claim, fence) for claim, fence in zip(claims, fences, strict=True)]
        self.claims += held
        return held

    @action(weight=6, when=lambda self: self.standing_claims(), back=RECENT, text=TEXTS, tokens=TOKENS)
    def complete(self, back: int, text: str, tokens: int) -> None:
        self.complete_claim(self.recent(self.standing_claims(), back), text, tokens)

    @action(weight=8, when=lambda self: self.standing_claims(), back=RECENT, tokens=TOKENS, how=FAILURES)
    def an_attempt_fails(self, back: int, tokens: int, how: str) -> None:
        self.fail_claim(self.recent(self.standing_claims(), back), tokens, how)

    @action(when=lambda self: self.lost_claims(), back=RECENT, text=TEXTS, tokens=TOKENS, how=ENDS)
    def come_too_late(self, back: int, text: str, tokens: int, how: str) -> None:
        """Whatever it has to say, it changes nothing; but its tokens count."""
        self._end(self.recent(self.lost_claims(), back), text, tokens, how)

    @action(weight=8, when=lambda self: self.overtaken_claims(), back=RECENT, text=TEXTS, tokens=TOKENS, how=ENDS)
    def come_back_to_what_was_claimed_again(self, back: int, text: str, tokens: int, how: str) -> None:
        """Perhaps by the same owner: only the attempt tells."""
        self._end(self.recent(self.overtaken_claims(), back), text, tokens, how)

    def _end(self, held: Held, text: str, tokens: int, how: str) -> None:
        if how == "written":
            self.complete_claim(held, text, tokens)
        else:
            self.fail_claim(held, tokens, how)

    def standing_claims(self) -> list[Held]:
        return [held for held in self.claims if self.model.queue.stands(held.fence)]

    def lost_claims(self) -> list[Held]:
        return [held for held in self.claims if not self.model.queue.stands(held.fence)]

    def overtaken_claims(self) -> list[Held]:
        """Lost ones, of jobs that somebody holds again."""
        jobs = self.model.queue.jobs
        lost = [held for held in self.lost_claims() if held.fence.job in jobs]
        return [held for held in lost if jobs[held.fence.job].state == PROCESSING]

    def complete_claim(self, held: Held, text: str, tokens: int) -> None:
        fields = {"text": text}
        finish = self._store(held, Written(fields, usage_of(tokens), "fake-1"))
        expected = self.model.complete(held.fence, fields, tokens)
        self.saw(f"complete: {expected}")
        assert finish.name == expected

    def fail_claim(self, held: Held, tokens: int, how: str) -> None:
        usage = usage_of(tokens)
        match how:
            case "invalid-copy":
                self._store(held, Invalid({"text": ""}, (Violation("$.text", "is too short"),), usage))
                self.model.fail(held.fence, how, tokens)
            case "timeout":
                self._store(held, Transient(how, "Too slow.", usage=usage))
                delay = min(60, 2**held.claim.failures) * 1000
                self.model.try_again(held.fence, held.claim.failures, how, tokens, delay)
            case "rate-limited":
                self._postpone(held, is_counted=bool(tokens))
            case _:
                stops: Any = "key" if how == "wrong-key" else None
                self._store(held, Permanent(how, "No.", stops, usage))
                self.model.fail(held.fence, how, tokens, stops=stops)

    def _store(self, held: Held, outcome: Answer | Invalid) -> Any:
        """As the worker does after an attempt."""
        return self.desk.write(storing(held.claim, self.desk.attempted(outcome), SETTINGS, TIMING, at=self.at()))

    def _postpone(self, held: Held, *, is_counted: bool) -> None:
        code, delay = "rate-limited", 700
        step: dict[str, Any] = {"code": code, "message": "Too fast.", "delay": delay, "is_counted": is_counted}
        finish = self.desk.write(queue.postpone, held.claim, at=self.at(), **step)
        job = self.model.queue.stands(held.fence)
        assert finish.name == ("LOST" if job is None else "DONE")
        if job is not None:
            self.model.queue.postpone(job, code, delay, is_counted=is_counted)

    @action(
        when=lambda self: self.can_pause(),
        writer=st.sampled_from(["outline", "scripted"]),
        delay=st.sampled_from([500, 20_000]),
    )
    def pause(self, writer: str, delay: int) -> None:
        self.desk.write(pauses.pause_writer, writer, delay=delay, reason="Too fast.", at=self.at())
        self.model.queue.pause(writer, delay)
        self.pauses += 1

    def can_pause(self) -> bool:
        """Too many pauses, and little would be claimed."""
        return self.pauses < len(self.claims) // 3

    @action(when=lambda self: self.standing_claims(), back=RECENT, is_whole=st.booleans())
    def leave(self, back: int, is_whole: bool) -> None:
        """A worker ends, or an inline caller gives back what it has of one operation."""
        fence = self.recent(self.standing_claims(), back).fence
        only = None if is_whole else fence.operation
        released = self.desk.write(queue.release, owner=fence.owner, operation=only)
        assert released == self.model.queue.release(fence.owner, only)

    @action(when=lambda self: self.standing_claims(), owner=OWNERS)
    def heartbeat(self, owner: str) -> None:
        extended = self.desk.write(queue.heartbeat, owner=owner, lease=LEASE, at=self.at())
        assert extended == self.model.queue.heartbeat(owner, LEASE)

    @action(
        weight=3,
        when=lambda self: any(job.state == PROCESSING for job in self.model.queue.unfinished()),
        owner=OWNERS,
        dead=st.lists(OWNERS, max_size=2, unique=True),
    )
    def rescue(self, owner: str, dead: list[str]) -> None:
        """Whoever looks is alive: its own leases are renewed first."""
        dead = [one for one in dead if one != owner]
        rescued = self.desk.write(_rescue, owner, dead, at=self.at())
        self.model.queue.heartbeat(owner, LEASE)
        expected = self.model.queue.rescue(dead)
        assert rescued == expected
        if expected:
            self.saw("rescue")

    @action(weight=6, when=lambda self: self.waiting_releases(), back=RECENT, is_defective=SELDOM)
    def apply_a_release(self, back: int, is_defective: bool) -> None:
        assert self.desk.write(operations.applicable) == self.waiting_releases()
        seq = self.recent(self.waiting_releases(), back)
        if not is_defective:
            self.apply_one(seq)
            return
        self.desk.write(queue.refuse_applied, seq, code="internal-error", message="A defect.", at=self.at())
        self.model.give_up_release(seq)

    def apply_one(self, seq: int) -> None:
        assert self.desk.write(releases.apply_operation, seq, at=self.at()) == self.model.apply(seq)
        codes = {job.error_code for job in self.model.queue.jobs_of(seq)}
        self.saw("applied: drift" if "drift" in codes else "applied")

    def waiting_releases(self) -> list[int]:
        return sorted({job.operation for job in self.model.queue.unfinished() if self._is_whole(job)})

    def _is_whole(self, job: ModelJob) -> bool:
        return self.model.queue.operation(job.operation).is_whole


def _rescue(db: Database, owner: str, dead: list[str], *, at: Moment) -> int:
    queue.heartbeat(db, owner=owner, lease=LEASE, at=at)
    return queue.rescue(db, dead=dead, at=at)
