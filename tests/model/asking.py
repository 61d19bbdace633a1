"""The rules of those who ask: write, edit, publish, undo, cancel, retry."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from copydesk.content.errors import ContentError
from copydesk.content.operations.cancelling import cancel
from copydesk.content.operations.retrying import read_retry
from copydesk.content.operations.reviewing import LIFETIME, open_review
from copydesk.content.operations.values import Edit, Generate, Mode, Promote, Regenerate, Rollback
from tests.model.desk_model import Writing
from tests.model.driving import ALL_KEYS, CHOICES, RECENT, SELDOM, TEXTS, Choice, action, of_pages
from tests.model.history_model import PREVIEW, Place, SectionKey
from tests.model.queue_model import FAILED
from tests.model.working import Working

WRITERS = st.sampled_from(["outline", "outline", "scripted", "agent"])
BUDGETS = st.sampled_from([None, None, 5, 9, 20])
ESTIMATES = st.integers(1, 4) | st.just(0)
MOSTLY = st.sampled_from([True, True, True, False])
NOTES = st.sampled_from([{}, {}, {"note": "N."}, {"note": None}])


class Asking(Working):
    @action(weight=12, choice=CHOICES, writer=WRITERS, force=MOSTLY, budget=BUDGETS, estimate=ESTIMATES)
    def generate(self, choice: Choice, writer: str, force: bool, budget: int | None, estimate: int) -> None:
        self._write(Generate(scope=choice.scope, force=force), choice, self._writing(writer, budget, estimate, force))

    @action(
        weight=10,
        choice=CHOICES,
        writer=WRITERS,
        mode=st.sampled_from([Mode.NEW, Mode.NEW, Mode.WITH_CURRENT, Mode.LEAVE]),
        overwrite=MOSTLY,
        budget=BUDGETS,
        estimate=ESTIMATES,
    )
    def regenerate(
        self, choice: Choice, writer: str, mode: Mode, overwrite: bool, budget: int | None, estimate: int
    ) -> None:
        operation = Regenerate(scope=choice.scope, mode=mode, overwrite_edits=overwrite)
        budget = None if writer == "agent" else budget
        asked = Writing(writer, mode=mode.value, overwrite_edits=overwrite, budget=budget, estimate=estimate)
        self._write(operation, choice, asked)

    @action(choice=CHOICES, texts=st.lists(TEXTS, min_size=5, max_size=5))
    def write_here_and_now(self, choice: Choice, texts: list[str]) -> None:
        """As an inline call: record, claim and complete."""
        seq = self._write(Generate(scope=choice.scope, force=True), choice, Writing("outline", force=True))
        if seq is None:
            return
        for held, text in zip(self.claim_of("inline", ["outline"], -1, {}, only=seq), texts, strict=False):
            self.complete_claim(held, text, 0)

    def _writing(self, writer: str, budget: int | None, estimate: int, force: bool) -> Writing:
        return Writing(writer, force=force, budget=None if writer == "agent" else budget, estimate=estimate)

    def _write(self, operation: Generate | Regenerate, choice: Choice, asked: Writing) -> int | None:
        estimates = dict.fromkeys(ALL_KEYS, asked.estimate)
        order = self.desk.order(operation, asked.writer, budget=asked.budget, estimates=estimates)
        return self.ask(order, lambda: self.model.write(choice.keys, asked))

    @action(
        weight=2,
        key=st.sampled_from(ALL_KEYS),
        text=TEXTS | st.just(""),
        note=NOTES,
        seen=st.sampled_from(["nothing", "nothing", "current", "other"]),
    )
    def edit(self, key: SectionKey, text: str, note: dict[str, str | None], seen: str) -> None:
        current = self.model.history.copy.get(Place("preview", *key))
        if_revision = {"nothing": None, "current": current, "other": 999}[seen]
        patch = {"text": text, **note}
        order = self.desk.order(Edit(page=key[0], section=key[1], fields=patch, if_revision=if_revision))
        self.ask(order, lambda: self.model.edit(key, patch, if_revision))

    @action(weight=2, when=lambda self: self.model.queue.unfinished(), back=RECENT, text=TEXTS)
    def edit_what_is_being_written(self, back: int, text: str) -> None:
        job = self.recent(self.model.queue.unfinished(), back)
        self.edit(job.place.key, text, {}, "nothing")

    @action(weight=8, choice=CHOICES, texts=st.lists(TEXTS, min_size=5, max_size=5))
    def publish(self, choice: Choice, texts: list[str]) -> None:
        self.write_here_and_now(choice, texts)
        self.both_stand_alike()
        self.promote(choice, at_once=True)

    @action(weight=6, when=lambda self: self.model.history.copy, choice=CHOICES, at_once=st.booleans())
    def promote(self, choice: Choice, at_once: bool) -> None:
        order = self.desk.order(Promote(scope=choice.scope))
        self.ask(order, lambda: self.model.promote(choice.keys), at_once=at_once)

    @action(when=lambda self: self.model.history.copy, choice=CHOICES)
    def review(self, choice: Choice) -> None:
        shown = self.desk.write(open_review, self.desk.snapshot.site, choice.scope, at=self.at())
        self.model.review(shown.id, choice.keys, LIFETIME)

    @action(when=lambda self: self.model.reviews, back=RECENT, at_once=st.booleans())
    def promote_what_was_reviewed(self, back: int, at_once: bool) -> None:
        review_id = self.recent(list(self.model.reviews), back)
        order = self.desk.order(Promote(review_id=review_id))
        self.ask(order, lambda: self.model.promote_reviewed(review_id), at_once=at_once)

    @action(
        weight=4,
        when=lambda self: any(one.kind == "promote" for one in self.model.queue.operations),
        choice=CHOICES,
        force=SELDOM,
        at_once=st.booleans(),
    )
    def roll_back_sections(self, choice: Choice, force: bool, at_once: bool) -> None:
        order = self.desk.order(Rollback(scope=choice.scope, force=force))
        self.ask(order, lambda: self.model.roll_back_sections(choice.groups, force=force), at_once=at_once)

    @action(
        weight=8,
        when=lambda self: self.worth_undoing(),
        backs=st.lists(RECENT, min_size=1, max_size=3),
        force=SELDOM,
        at_once=st.booleans(),
    )
    def roll_back_operations(self, backs: list[int], force: bool, at_once: bool) -> None:
        seqs = [self.recent(self.worth_undoing(), back) for back in backs]
        order = self.desk.order(Rollback(operation_ids=tuple(self.ids[seq - 1] for seq in seqs), force=force))
        before = dict(self.model.history.copy)
        self._note_undo(seqs)
        seq = self.ask(order, lambda: self.model.roll_back_operations(seqs, force=force), at_once=at_once)
        if seq is not None and at_once and not force:
            self._check_restored(seq, before)

    @action(weight=8, when=lambda self: self.undoable_in_preview(), back=RECENT)
    def publish_what_was_before(self, back: int) -> None:
        """Somebody takes back what was written, and publishes the page again: production gets a revision it had."""
        seq = self.recent(self.undoable_in_preview(), back)
        pages = sorted({change.place.page for change in self.model.history.standing([seq])})
        order = self.desk.order(Rollback(operation_ids=(self.ids[seq - 1],)))
        self.ask(order, lambda: self.model.roll_back_operations([seq], force=False), at_once=True)
        self.both_stand_alike()
        self.promote(of_pages(pages), at_once=True)

    def undoable_in_preview(self) -> list[int]:
        """Operations whose changes in preview stand."""
        changes = self.model.history.changes
        return sorted({one.operation for one in changes if one.place.environment == PREVIEW and not one.undone_by})

    def worth_undoing(self) -> list[int]:
        """Operations that changed something, and the oldest that still may."""
        changed = {change.operation for change in self.model.history.changes}
        return sorted(changed | {job.operation for job in self.model.queue.unfinished()[:1]})

    def _note_undo(self, seqs: list[int]) -> None:
        kinds = [self.model.queue.operation(seq).kind for seq in seqs]
        self.saw("redo" if "rollback" in kinds else f"undo: {kinds[0]}")

    def _check_restored(self, seq: int, before: dict[Place, int]) -> None:
        """Where it undid something stands what stood before the oldest change that it undid; all else is untouched."""
        history = self.model.history
        mine = [change for change in history.changes if change.operation == seq and change.undoes]
        oldest = {change.place: history.change(change.undoes) for change in mine if change.undoes}
        rows = self.desk.dump().entities
        stands = {(row["environment"], row["page"], row["section"]): row["revision"] for row in rows}
        for place in {*before, *oldest}:
            assert stands.get(place) == (oldest[place].before if place in oldest else before.get(place))

    @action(
        when=lambda self: self.model.queue.jobs,
        backs=st.lists(RECENT, min_size=1, max_size=2),
        what=st.sampled_from(["jobs", "jobs", "operation", "all"]),
    )
    def cancel_some(self, backs: list[int], what: str) -> None:
        queue = self.model.queue
        jobs = [self.recent(list(queue.jobs.values()), back) for back in dict.fromkeys(backs)]
        match what:
            case "jobs":
                named = {self.public_id(job): job for job in jobs}
                found = self.desk.write(cancel, None, tuple(named), at=self.at())
                expected = self.model.cancel_jobs(list(named.values()))
            case "operation":
                found = self.desk.write(cancel, self.ids[jobs[0].operation - 1], (), at=self.at())
                expected = queue.cancel(queue.jobs_of(jobs[0].operation))
            case _:
                found = self.desk.write(cancel, None, (), at=self.at())
                expected = queue.cancel(queue.unfinished())
        assert found.cancelled == expected

    @action(weight=4, when=lambda self: self.ids, back=RECENT, is_any=SELDOM)
    def retry_failed(self, back: int, is_any: bool) -> None:
        failed = sorted({job.operation for job in self.model.queue.jobs.values() if job.state == FAILED})
        everything = list(range(1, len(self.ids) + 1))
        self._retry(self.recent(everything if is_any else failed or everything, back))

    def _retry(self, seq: int) -> None:
        operation_id, stored = self.ids[seq - 1], self.model.queue.operation(seq)
        if not self.model.still_failed(seq):
            with pytest.raises(ContentError) as refused:
                self.desk.write(read_retry, operation_id, self.desk.snapshot.site)
            assert refused.value.code == "nothing-failed"
            return
        operation = self.desk.write(read_retry, operation_id, self.desk.snapshot.site)
        estimates = dict.fromkeys(ALL_KEYS, self.model.estimates.get(seq, 0))
        order = self.desk.order(
            operation, stored.writer or "outline", budget=stored.budget, estimates=estimates, retry_of=operation_id
        )
        self.ask(order, lambda: self.model.retry(seq))
