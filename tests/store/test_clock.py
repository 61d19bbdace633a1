from __future__ import annotations

import time

from copydesk.store.clock import SystemClock


def test_the_wall_clock_is_in_milliseconds_since_the_epoch() -> None:
    before = time.time() * 1_000
    assert int(before) <= SystemClock().now() <= time.time() * 1_000


def test_the_boot_clock_does_not_go_back() -> None:
    clock = SystemClock()
    times = [clock.boot() for _ in range(1_000)]
    assert times == sorted(times)


def test_every_clock_of_this_machine_has_the_same_boot_id() -> None:
    assert SystemClock().boot_id == SystemClock().boot_id != ""


def test_without_a_boot_id_the_boot_clock_survives_a_restart() -> None:
    clock = SystemClock()
    clock.boot_id = "unknown"
    assert clock.boot() >= clock.now() - 1_000
