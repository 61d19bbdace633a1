"""What the whole desk should do, in plain Python: what is asked for becomes jobs, jobs become changes of the copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.model.history_model import PREVIEW, PRODUCTION, History, ModelChange, Place, SectionKey
from tests.model.queue_model import COMPLETED, FAILED, Fence, ModelJob, ModelOperation, Queue

MAX_ATTEMPTS = 4
NOT_RETRYABLE = {"edited", "drift", "refused", "definition"}


class Refused(Exception):
    """The desk refuses, with this code, and nothing is changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class ModelSection:
    """A section of the site. Forms are never generated, only edited; static ones have fixed text."""

    page: str
    id: str
    kind: str = "prose"

    @property
    def key(self) -> SectionKey:
        return (self.page, self.id)

    def at(self, environment: str) -> Place:
        return Place(environment, self.page, self.id)


@dataclass(frozen=True)
class Writing:
    """A generate (a regenerate has a mode) with the writer and budget it is ordered with."""

    writer: str
    force: bool = False
    mode: str | None = None
    overwrite_edits: bool = False
    budget: int | None = None
    estimate: int = 0


@dataclass(frozen=True)
class ModelReview:
    expires_at: int
    shown: Mapping[SectionKey, tuple[int | None, int | None]]


@dataclass(frozen=True)
class Outcome:
    """What an order came to: the operation, if one was stored, and who was skipped with which code."""

    operation: int | None
    skipped: Mapping[SectionKey, str] = field(default_factory=dict)


@dataclass
class DeskModel:
    sections: Sequence[ModelSection]
    queue: Queue = field(default_factory=Queue)
    history: History = field(default_factory=History)
    reviews: dict[str, ModelReview] = field(default_factory=dict)
    retries: dict[int, Callable[[list[SectionKey]], Outcome]] = field(default_factory=dict)
    """How each operation would be asked for again, for the sections that failed."""
    estimates: dict[int, int] = field(default_factory=dict)
    forced: set[Place] = field(default_factory=set)
    """Where a forced rollback was applied: what stands there is what it restored, over whatever was released."""

    # --- writing

    def write(self, keys: Sequence[SectionKey], asked: Writing) -> Outcome:
        skipped: dict[SectionKey, str] = {}
        jobs: list[ModelJob] = []
        for section in self._selected(keys):
            reason = self._why_not_written(section, asked)
            if reason:
                skipped[section.key] = reason
            else:
                job = self._job(section.at(PREVIEW), asked.writer)
                job.estimate = asked.estimate
                jobs.append(job)
        kind = "generate" if asked.mode is None else "regenerate"
        operation = self._enqueue(kind, PREVIEW, jobs, writer=asked.writer, budget=asked.budget)
        if operation is not None:
            self.retries[operation] = lambda failed: self.write(failed, asked)
            self.estimates[operation] = asked.estimate
        return Outcome(operation, skipped)

    def _why_not_written(self, section: ModelSection, asked: Writing) -> str | None:
        held = self.history.held(section.at(PREVIEW))
        edits_are_safe = asked.mode is None or not asked.overwrite_edits
        reasons = {
            "static": section.kind == "static",
            "in-progress": self.queue.busy(section.at(PREVIEW)) is not None,
            "has-copy": held is not None and (asked.mode == "leave" if asked.mode else not asked.force),
            "no-copy": held is None and asked.mode is not None,
            "edited": held is not None and held.origin == "hand" and edits_are_safe,
            "not-generated": section.kind == "form",
        }
        return next((code for code, holds in reasons.items() if holds), None)

    def complete(self, fence: Fence, fields: dict[str, Any], tokens: int) -> str:
        """A worker comes with copy: done, lost or overtaken."""
        self.queue.spend(fence, tokens)
        job = self.queue.stands(fence)
        if job is None:
            return "LOST"
        return self._take_copy(job, fields, "writer", spent=True)

    def submit(self, job: ModelJob, fields: dict[str, Any], taker: str) -> str:
        """An assistant comes with copy, whoever holds the lease."""
        if not job.is_unfinished:
            return "LOST"
        finish = self._take_copy(job, fields, "assistant", spent=False)
        if finish == "DONE":
            job.taken_by = taker
        return finish

    def _take_copy(self, job: ModelJob, fields: dict[str, Any], origin: str, *, spent: bool) -> str:
        if self.history.copy.get(job.place) != job.base:
            job.failures += spent
            job.end(FAILED, self.queue.clock.now, code="edited")
            return "OVERTAKEN"
        job.revision = self.history.write(job.operation, job.place, fields, origin)
        job.end(COMPLETED, self.queue.clock.now)
        return "DONE"

    def fail(self, fence: Fence, code: str, tokens: int, *, stops: str | None = None) -> None:
        self.queue.spend(fence, tokens)
        job = self.queue.stands(fence)
        if job is not None:
            job.failures += stops is None
            job.end(FAILED, self.queue.clock.now, code=code, stopped=stops)
            if stops:
                self.queue.stop(fence.operation, code, stops)

    def try_again(self, fence: Fence, failures_seen: int, code: str, tokens: int, delay: int) -> None:
        self.queue.spend(fence, tokens)
        job = self.queue.stands(fence)
        if job is not None and failures_seen + 1 >= MAX_ATTEMPTS:
            job.failures += 1
            job.end(FAILED, self.queue.clock.now, code=code)
        elif job is not None:
            self.queue.retry(job, code, delay)

    def lease_briefs(self, jobs: list[tuple[ModelJob, str | None]], taker: str, lease: int) -> list[ModelJob]:
        """Take briefs, each with who held it when it was looked at; those whose section was changed are void."""
        self.queue.lapse()
        taken = []
        for job, seen_holder in jobs:
            if self.history.copy.get(job.place) != job.base:
                self.queue.cancel([job], code="edited")
            elif job.is_unfinished and (job.state == "pending" or job.taken_by == seen_holder):
                self.queue.hold_brief(job, taker, lease)
                taken.append(job)
        return taken

    def give_up_brief(self, job: ModelJob) -> None:
        if job.is_unfinished:
            job.end(FAILED, self.queue.clock.now, code="definition")

    def prune(self, before: int) -> None:
        self.queue.prune(before)
        self.reviews = {key: one for key, one in self.reviews.items() if one.expires_at > self.queue.clock.now}

    def edit(self, key: SectionKey, patch: dict[str, Any], if_revision: int | None) -> Outcome:
        section = next(one for one in self.sections if one.key == key)
        if section.kind == "static":
            raise Refused("static-section")
        place = section.at(PREVIEW)
        held = self.history.held(place)
        if if_revision is not None and if_revision != self.history.copy.get(place):
            raise Refused("outdated")
        fields = {**(held.fields if held else {}), **patch}
        fields = {name: value for name, value in fields.items() if value is not None}
        if not fields.get("text"):
            raise Refused("invalid-fields")
        busy = self.queue.busy(place)
        if busy is not None and busy.state == "pending" and busy.writer is not None:
            self.queue.cancel([busy], code="edited")
        job = self._job(place, None)
        operation = self._enqueue("edit", PREVIEW, [job])
        job.revision = self.history.write(job.operation, place, fields, "hand")
        job.attempt = 1
        job.end(COMPLETED, self.queue.clock.now)
        return Outcome(operation)

    # --- releases

    def review(self, review_id: str, keys: Sequence[SectionKey], lifetime: int) -> None:
        copy = self.history.copy
        shown = {one.key: (copy.get(one.at(PREVIEW)), copy.get(one.at(PRODUCTION))) for one in self._selected(keys)}
        self.reviews[review_id] = ModelReview(self.queue.clock.now + lifetime, shown)

    def promote(self, keys: Sequence[SectionKey]) -> Outcome:
        skipped: dict[SectionKey, str] = {}
        jobs: list[ModelJob] = []
        for section in self._selected(keys):
            preview, live = self.history.held(section.at(PREVIEW)), self.history.held(section.at(PRODUCTION))
            if section.kind == "static":
                skipped[section.key] = "static"
            elif self.queue.busy(section.at(PRODUCTION)):
                skipped[section.key] = "in-progress"
            elif preview is None:
                skipped[section.key] = "no-copy"
            elif live is not None and live.fields == preview.fields:
                skipped[section.key] = "identical"
            else:
                job = self._job(section.at(PRODUCTION), None)
                job.revision = preview.id
                jobs.append(job)
        operation = self._enqueue("promote", PRODUCTION, jobs)
        if operation is not None:
            self.retries[operation] = self.promote
        return Outcome(operation, skipped)

    def promote_reviewed(self, review_id: str) -> Outcome:
        review = self.reviews.get(review_id)
        if review is None or review.expires_at <= self.queue.clock.now:
            raise Refused("unknown-review")
        copy = self.history.copy
        for key, shown in review.shown.items():
            if (copy.get(Place(PREVIEW, *key)), copy.get(Place(PRODUCTION, *key))) != shown:
                raise Refused("review-outdated")
        return self.promote(list(review.shown))

    def roll_back_sections(self, groups: list[list[SectionKey]], *, force: bool) -> Outcome:
        """Of each group (the site, a page, a section) the sections that its last standing release touched."""
        promotes = {one.seq for one in self.queue.operations if one.kind == "promote"}
        changes: dict[SectionKey, ModelChange] = {}
        for group in groups:
            released = [one for key in group if (one := self.history.last_release(key, promotes))]
            last = max(released, key=lambda change: change.id).operation if released else None
            changes |= {one.place.key: one for one in released if one.operation == last}
        if not force and self.history.has_drifted(list(changes.values())):
            raise Refused("drift")
        skipped: dict[SectionKey, str] = {}
        jobs: list[ModelJob] = []
        for section in self._selected([key for group in groups for key in group]):
            if self.queue.busy(section.at(PRODUCTION)):
                skipped[section.key] = "in-progress"
            elif section.key in changes:
                jobs.append(self._undoing([changes[section.key]]))
            else:
                skipped[section.key] = "not-released"
        operation = self._enqueue("rollback", PRODUCTION, jobs)
        if operation is not None:
            self.retries[operation] = lambda _: self.roll_back_sections(groups, force=force)
            self.queue.operation(operation).force = force
        return Outcome(operation, skipped)

    def roll_back_operations(self, seqs: list[int], *, force: bool) -> Outcome:
        changes = self.history.standing(seqs)
        for seq in dict.fromkeys(seqs):
            if self.history.who_undid(seq) and not any(change.operation == seq for change in changes):
                raise Refused("already-undone")
        if not force and self.history.has_drifted(changes):
            raise Refused("drift")
        by_place: dict[Place, list[ModelChange]] = {}
        for change in changes:
            by_place.setdefault(change.place, []).append(change)
        if any(job.place in by_place and job.operation not in seqs for job in self.queue.unfinished()):
            raise Refused("in-progress")
        self.queue.cancel([job for seq in dict.fromkeys(seqs) for job in self.queue.jobs_of(seq)])
        jobs = [self._undoing(some) for some in by_place.values()]
        environment = PREVIEW if {place.environment for place in by_place} == {PREVIEW} else PRODUCTION
        operation = self._enqueue("rollback", environment, jobs)
        if operation is not None:
            self.retries[operation] = lambda _: self.roll_back_operations(seqs, force=force)
            self.queue.operation(operation).force = force
        return Outcome(operation)

    def apply(self, seq: int) -> bool:
        """Do all of a promote or rollback; whether it still waited."""
        jobs = [job for job in self.queue.jobs_of(seq) if job.is_unfinished]
        if not jobs:
            return False
        operation = self.queue.operation(seq)
        undone = sorted((number for job in jobs for number in job.undoes), reverse=True)
        changes = [self.history.change(number) for number in undone]
        drifted = not operation.force and self.history.has_drifted(changes)
        for job in jobs:
            job.attempt += 1
            if drifted:
                job.failures += 1
                job.end(FAILED, self.queue.clock.now, code="drift")
            else:
                job.end(COMPLETED, self.queue.clock.now)
        if operation.force:
            self.forced |= {job.place for job in jobs}
        if operation.kind == "promote":
            for job in jobs:
                self.history.move(seq, job.place, job.revision)
        elif not drifted:
            for change in changes:
                self.history.take_back(seq, change)
        return True

    def give_up_release(self, seq: int) -> None:
        """A defect stops a release as a whole."""
        for job in self.queue.jobs_of(seq):
            if job.state == "pending":
                job.attempt, job.failures = job.attempt + 1, job.failures + 1
                job.end(FAILED, self.queue.clock.now, code="internal-error")

    # --- cancel, retry

    def cancel_jobs(self, jobs: list[ModelJob]) -> int:
        """Half a release is none: with one of its jobs all are cancelled."""
        cancelled = 0
        for job in jobs:
            whole = self.queue.operation(job.operation).is_whole
            cancelled += self.queue.cancel(self.queue.jobs_of(job.operation) if whole else [job])
        return cancelled

    def retry(self, seq: int) -> Outcome:
        return self.retries[seq](self.still_failed(seq))

    def still_failed(self, seq: int) -> list[SectionKey]:
        """What failed, stands as it stood, and can be helped by another try."""
        return [
            job.place.key
            for job in self.queue.jobs_of(seq)
            if job.state == FAILED
            and job.error_code not in NOT_RETRYABLE
            and self.history.copy.get(job.place) == job.base
        ]

    # --- making jobs

    def _selected(self, keys: Sequence[SectionKey]) -> list[ModelSection]:
        return [section for section in self.sections if section.key in keys]

    def _job(self, place: Place, writer: str | None) -> ModelJob:
        clock = self.queue.clock
        base = self.history.copy.get(place)
        return ModelJob(0, 0, place, writer, base, run_at=clock.boot_now, boot=clock.boot)

    def _undoing(self, changes: list[ModelChange]) -> ModelJob:
        job = self._job(changes[0].place, None)
        job.base, job.undoes = changes[0].after, tuple(change.id for change in changes)
        return job

    def _enqueue(
        self, kind: str, environment: str, jobs: list[ModelJob], writer: str | None = None, budget: int | None = None
    ) -> int | None:
        """Without jobs nothing is stored."""
        if not jobs:
            return None
        operation = ModelOperation(len(self.queue.operations) + 1, kind, environment, writer, budget)
        self.queue.operations.append(operation)
        for position, job in enumerate(jobs, start=1):
            job.operation, job.position = operation.seq, position
            self.queue.jobs[job.key] = job
        return operation.seq
