"""The whole machine: everybody who touches a desk, the time that passes, and a quiet end."""

from __future__ import annotations

import sys

from hypothesis import strategies as st

from copydesk.store import pruning, queue
from tests.model.asking import Asking
from tests.model.assisting import Assisting
from tests.model.driving import RECENT, action

_MOST_ROUNDS = 12
"""Of draining: a job is rescued, retried and postponed only so often."""


class DeskMachine(Asking, Assisting):
    @action(weight=6, milliseconds=st.sampled_from([1, 999, 1_000, 30_000, 30_000, 600_000]))
    def time_passes(self, milliseconds: int) -> None:
        """A laptop's sleep, too: the clock since boot counts it."""
        clock = self.model.queue.clock
        clock.now += milliseconds
        clock.boot_now += milliseconds

    @action(weight=4, when=lambda self: self.leases(), back=RECENT, short=st.sampled_from([0, 0, 1]))
    def a_lease_runs_out(self, back: int, short: int) -> None:
        """To the millisecond, or one too few; then somebody looks."""
        clock = self.model.queue.clock
        until = self.recent(self.leases(), back)
        self.time_passes(max(0, until - short - clock.boot_now))
        self.rescue("cleo", [])

    def leases(self) -> list[int]:
        return sorted(job.lease_until for job in self.model.queue.unfinished() if job.lease_until is not None)

    @action(
        what=st.sampled_from(["wall clock", "wall clock", "begin", "reboot"]),
        milliseconds=st.sampled_from([-90_000_000, -1_000, 3_600_000, 90_000_000]),
    )
    def something_happens_to_the_machine(self, what: str, milliseconds: int) -> None:
        clock = self.model.queue.clock
        match what:
            case "wall clock":
                clock.now += milliseconds
            case "begin":
                self.a_worker_begins()
            case _:
                clock.boots += 1
                clock.boot_now = 1_000
                self.saw("reboot")

    def a_worker_begins(self) -> None:
        boot = self.model.queue.clock.boot
        assert self.desk.write(queue.forget_last_boot, boot=boot) == self.model.queue.forget_last_boot()

    @action(days=st.sampled_from([0, 1, 1, 1]))
    def prune(self, days: int) -> None:
        before = self.model.queue.clock.now - days * 86_400_000 + 1
        self.desk.write(pruning.prune, before=before, at=self.at())
        self.model.prune(before)

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:  # after a failure, another one would only hide it
                self._drain()
        finally:
            super().teardown()

    def _drain(self) -> None:
        """No job is lost: with workers that work, assistants that submit, and time, everything comes to its end."""
        rounds = 0
        while self.model.queue.unfinished() and rounds < _MOST_ROUNDS:
            rounds += 1
            self.a_worker_begins()
            self.time_passes(600_000)
            self.rescue("zoe", [])
            for held in self.claim_of("zoe", ["outline", "scripted"], -1, {}):
                self.complete_claim(held, "Done.", 0)
            for seq in self.waiting_releases():
                self.apply_one(seq)
            for job in self.briefs():
                self.submit_copy(job, "zoe at home", "Done.")
            self.both_stand_alike()
        assert not self.model.queue.unfinished()
