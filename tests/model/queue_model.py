"""What the queue should be, in plain Python: operations, their jobs, who holds them, and what was spent."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from tests.model.history_model import Place

PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED = "pending", "processing", "completed", "failed", "cancelled"
UNFINISHED = (PENDING, PROCESSING)
STATES = (PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED)
RESCUE_LIMIT = 3

JobKey: TypeAlias = tuple[int, int]
"""(operation, position)"""


@dataclass
class ModelClock:
    """The wall clock goes anywhere; the other one only forward, until a reboot names a new one."""

    now: int = 1_800_000_000_000
    boot_now: int = 1_000_000
    boots: int = 1

    @property
    def boot(self) -> str:
        return f"boot-{self.boots}"


class Fence(NamedTuple):
    """What names a claim."""

    operation: int
    position: int
    owner: str
    attempt: int

    @property
    def job(self) -> JobKey:
        return (self.operation, self.position)


@dataclass
class ModelJob:
    operation: int
    position: int
    place: Place
    writer: str | None
    base: int | None
    run_at: int
    boot: str
    revision: int | None = None
    undoes: tuple[int, ...] = ()
    estimate: int = 0
    state: str = PENDING
    owner: str | None = None
    lease_until: int | None = None
    attempt: int = 0
    failures: int = 0
    rescues: int = 0
    refusals: int = 0
    rejections: int = 0
    taken_by: str | None = None
    finished_at: int | None = None
    error_code: str | None = None
    stopped: str | None = None

    @property
    def key(self) -> JobKey:
        return (self.operation, self.position)

    @property
    def is_brief(self) -> bool:
        return self.writer == "agent"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def order(self) -> tuple[int, int, int]:
        return (self.run_at, self.operation, self.position)

    def end(self, state: str, now: int, *, code: str | None = None, stopped: str | None = None) -> None:
        self.state, self.finished_at, self.error_code, self.stopped = state, now, code, stopped
        self.owner = self.lease_until = None

    def wait(self) -> None:
        self.state, self.owner, self.lease_until = PENDING, None, None


@dataclass
class ModelOperation:
    seq: int
    kind: str
    environment: str
    writer: str | None = None
    budget: int | None = None
    force: bool = False
    tokens: int | None = None
    """In and out, each: attempts of the tests take as many in as out."""
    counts_when_pruned: Counter[str] | None = None
    pruned: bool = False
    finished_at: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is applied as a whole."""
        return self.kind in ("promote", "rollback")


@dataclass
class Queue:
    clock: ModelClock = field(default_factory=ModelClock)
    operations: list[ModelOperation] = field(default_factory=list)
    jobs: dict[JobKey, ModelJob] = field(default_factory=dict)
    usage: dict[tuple[int, int, int], int] = field(default_factory=dict)
    pauses: dict[str, tuple[str, int]] = field(default_factory=dict)

    def operation(self, seq: int) -> ModelOperation:
        return self.operations[seq - 1]

    def jobs_of(self, seq: int) -> list[ModelJob]:
        return [job for job in self.jobs.values() if job.operation == seq]

    def unfinished(self) -> list[ModelJob]:
        return [job for job in self.jobs.values() if job.is_unfinished]

    def busy(self, place: Place) -> ModelJob | None:
        return next((job for job in self.unfinished() if job.place == place), None)

    def counts(self, operation: ModelOperation) -> Counter[str]:
        if operation.counts_when_pruned is not None:
            return operation.counts_when_pruned
        return Counter(job.state for job in self.jobs_of(operation.seq))

    def status(self, operation: ModelOperation) -> str:
        """As the design says: by what is unfinished, then cancelled, then completed."""
        counts = self.counts(operation)
        if any(counts[state] for state in UNFINISHED):
            return PENDING if set(counts) <= {PENDING} else PROCESSING
        return next(state for state in (CANCELLED, COMPLETED, FAILED) if counts[state])

    def settle(self) -> None:
        """An operation has ended when the last of its jobs has."""
        unfinished = {job.operation for job in self.unfinished()}
        for operation in self.operations:
            if operation.seq not in unfinished and operation.finished_at is None:
                operation.finished_at = self.clock.now

    # --- workers

    def claim(
        self, owner: str, writers: list[str], limit: int, room: dict[str, int], lease: int, only: int | None = None
    ) -> list[Fence]:
        """Take due jobs by run time, then order, as far as the room, the pauses and the budgets allow."""
        taken: list[ModelJob] = []
        for writer in writers:
            left = math.inf if limit < 0 else limit - len(taken)
            most = min(left, room.get(writer, math.inf))
            for job in self._affordable(self._due(writer, only), most):
                job.state, job.owner, job.attempt = PROCESSING, owner, job.attempt + 1
                job.lease_until, job.boot = self.clock.boot_now + lease, self.clock.boot
                taken.append(job)
        self._stop_what_cannot_be_afforded()
        in_order = sorted(taken, key=lambda job: job.order)
        return [Fence(job.operation, job.position, owner, job.attempt) for job in in_order]

    def has_due(self) -> bool:
        """Whether somebody could claim something, but for the budgets."""
        return any(self._due(writer, None) for writer in ("outline", "scripted"))

    def _due(self, writer: str, only: int | None) -> list[ModelJob]:
        boot, until = self.pauses.get(writer, ("", 0))
        if boot == self.clock.boot and until > self.clock.boot_now:
            return []
        waiting = (job for job in self.jobs.values() if job.state == PENDING and job.writer == writer)
        due = [job for job in waiting if job.run_at <= self.clock.boot_now and only in (None, job.operation)]
        return sorted(due, key=lambda job: job.order)

    def _affordable(self, due: list[ModelJob], most: float) -> list[ModelJob]:
        """Those too dear alone are passed over; behind the first that does not fit, nobody of its operation goes."""
        alone = [job for job in due if job.estimate <= self._left(job.operation)]
        wanted: Counter[int] = Counter()
        chosen = []
        for job in alone[: max(0, int(min(most, len(alone))))]:
            wanted[job.operation] += job.estimate
            if wanted[job.operation] <= self._left(job.operation):
                chosen.append(job)
        return chosen

    def _left(self, seq: int) -> float:
        operation = self.operation(seq)
        if operation.budget is None:
            return math.inf
        reserved = sum(job.estimate for job in self.jobs_of(seq) if job.state == PROCESSING)
        return operation.budget - 2 * (operation.tokens or 0) - reserved

    def _stop_what_cannot_be_afforded(self) -> None:
        for operation in self.operations:
            jobs = [job for job in self.jobs_of(operation.seq) if job.is_unfinished]
            runs = any(job.state == PROCESSING for job in jobs)
            if jobs and not runs and min(job.estimate for job in jobs) > self._left(operation.seq):
                self.stop(operation.seq, "budget", "budget")

    def stands(self, fence: Fence) -> ModelJob | None:
        """The claimed job, if the claim is not lost."""
        job = self.jobs.get(fence.job)
        is_held = job is not None and job.state == PROCESSING and (job.owner, job.attempt) == fence[2:]
        return job if is_held else None

    def spend(self, fence: Fence, tokens: int) -> None:
        """Tokens were spent whether or not the claim stands, but an attempt counts once."""
        key = fence.operation, fence.position, fence.attempt
        if tokens and key not in self.usage:
            self.usage[key] = tokens
            operation = self.operation(fence.operation)
            operation.tokens = (operation.tokens or 0) + tokens

    def retry(self, job: ModelJob, code: str, delay: int) -> None:
        job.wait()
        job.failures += 1
        job.error_code, job.run_at, job.boot = code, self.clock.boot_now + delay, self.clock.boot

    def postpone(self, job: ModelJob, code: str, delay: int, *, is_counted: bool) -> None:
        job.wait()
        if job.refusals:
            job.run_at = self.clock.boot_now + delay
        job.refusals += is_counted
        job.error_code, job.boot = code, self.clock.boot

    def pause(self, writer: str, delay: int) -> None:
        """A shorter pause does not end a longer one of the same boot."""
        boot, until = self.pauses.get(writer, ("", 0))
        longest = self.clock.boot_now + delay
        self.pauses[writer] = (self.clock.boot, max(longest, until) if boot == self.clock.boot else longest)

    def release(self, owner: str, only: int | None = None) -> int:
        mine = [job for job in self.unfinished() if job.owner == owner and only in (None, job.operation)]
        for job in mine:
            job.wait()
            job.run_at = 0
        return len(mine)

    def heartbeat(self, owner: str, lease: int) -> int:
        mine = [job for job in self.unfinished() if job.owner == owner]
        for job in mine:
            job.lease_until, job.boot = self.clock.boot_now + lease, self.clock.boot
        return len(mine)

    def rescue(self, dead: list[str]) -> int:
        lost = [
            job for job in self.unfinished() if job.state == PROCESSING and (self._is_over(job) or job.owner in dead)
        ]
        for job in lost:
            job.wait()
            job.run_at = 0
            job.rescues += not job.is_brief
            if job.rescues >= RESCUE_LIMIT and not job.is_brief:
                job.end(FAILED, self.clock.now, code="rescued-too-often")
        return len(lost)

    def _is_over(self, job: ModelJob) -> bool:
        return job.boot != self.clock.boot or (job.lease_until or 0) <= self.clock.boot_now

    def forget_last_boot(self) -> int:
        old = [
            job
            for job in self.jobs.values()
            if job.state == PENDING and job.writer not in (None, "agent") and job.boot != self.clock.boot
        ]
        for job in old:
            job.run_at, job.boot = 0, self.clock.boot
        return len(old)

    # --- ends that nobody claimed

    def cancel(self, jobs: list[ModelJob], code: str = "cancelled") -> int:
        unfinished = [job for job in jobs if job.is_unfinished]
        for job in unfinished:
            job.end(CANCELLED, self.clock.now, code=code)
        return len(unfinished)

    def stop(self, seq: int, code: str, stopped: str | None) -> None:
        for job in self.jobs_of(seq):
            if job.is_unfinished:
                job.end(FAILED, self.clock.now, code=code, stopped=stopped)

    def prune(self, before: int) -> None:
        ended = [one for one in self.operations if one.finished_at is not None and not one.pruned]
        for operation in ended:
            if operation.finished_at is not None and operation.finished_at < before:
                operation.counts_when_pruned = self.counts(operation)
                operation.pruned = True
                self.jobs = {key: job for key, job in self.jobs.items() if key[0] != operation.seq}
                self.usage = {key: tokens for key, tokens in self.usage.items() if key[0] != operation.seq}

    # --- the assistant

    def waiting_briefs(self, taker: str, only: list[int], limit: int, *, fresh_first: bool) -> list[ModelJob]:
        """Mine and free ones, in order; those that somebody else holds only if there are no others."""
        ranks = {"free": 0 if fresh_first else 2, "mine": 1, "held": 3}
        briefs = [job for job in self.unfinished() if job.is_brief and (not only or job.operation in only)]
        by_rank = sorted(briefs, key=lambda job: self._brief_rank(job, taker, ranks))[:limit]
        return [job for job in by_rank if self._standing(job, taker) != "held"] or by_rank

    def _standing(self, job: ModelJob, taker: str) -> str:
        if job.taken_by == taker:
            return "mine"
        return "free" if job.state == PENDING or self._is_over(job) else "held"

    def _brief_rank(self, job: ModelJob, taker: str, ranks: dict[str, int]) -> tuple[int, int, int, int]:
        standing = self._standing(job, taker)
        return (ranks[standing], (job.lease_until or 0) if standing == "held" else 0, job.operation, job.position)

    def lapse(self) -> None:
        """Briefs whose lease is over wait again."""
        for job in self.unfinished():
            if job.is_brief and job.state == PROCESSING and self._is_over(job):
                job.wait()

    def hold_brief(self, job: ModelJob, taker: str, lease: int) -> None:
        job.state, job.taken_by = PROCESSING, taker
        job.lease_until, job.boot = self.clock.boot_now + lease, self.clock.boot
