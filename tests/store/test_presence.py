from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from copydesk.store.presence import Presence

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no flock: on Windows nobody is known to be dead")


@pytest.fixture
def presence(tmp_path: Path) -> Any:
    presence = Presence(tmp_path, "ours")
    presence.open()
    yield presence
    presence.close()


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_a_living_process_is_not_dead_and_a_killed_one_is(
    presence: Presence, tmp_path: Path, start_child: Any
) -> None:
    child = await start_child("be_present", tmp_path, "theirs")
    assert await child.hear() == "ready"
    assert not presence.is_dead("theirs")
    await child.kill()
    assert presence.is_dead("theirs")


async def test_a_process_that_left_properly_is_unknown_not_dead(
    presence: Presence, tmp_path: Path, start_child: Any
) -> None:
    child = await start_child("be_present", tmp_path, "theirs")
    assert await child.hear() == "ready"
    await child.say("leave")
    assert await child.hear() == "gone"
    assert not presence.is_dead("theirs")
    assert not presence.is_dead("never-seen")


def test_nobody_takes_himself_for_dead(presence: Presence, tmp_path: Path) -> None:
    assert not presence.is_dead("ours")
    other = Presence(tmp_path, "other")
    other.open()
    assert not other.is_dead("ours")
    assert not presence.is_dead("other")
    other.close()


async def test_a_newcomer_tidies_up_and_the_dead_stay_known_as_dead(
    presence: Presence, tmp_path: Path, start_child: Any
) -> None:
    child = await start_child("be_present", tmp_path, "theirs")
    assert await child.hear() == "ready"
    await child.kill()
    newcomer = Presence(tmp_path, "newcomer")
    newcomer.open()
    assert names(tmp_path) == ["newcomer.lock", "ours.lock", "theirs.dead"]
    assert presence.is_dead("theirs")
    newcomer.close()


def test_old_notes_of_death_go(tmp_path: Path) -> None:
    note = tmp_path / "long-ago.dead"
    note.touch()
    os.utime(note, (1, 1))
    presence = Presence(tmp_path, "ours")
    presence.open()
    assert not note.exists()
    presence.close()
    assert list(tmp_path.iterdir()) == []


async def test_a_forked_child_does_not_keep_its_parents_lock(
    presence: Presence, tmp_path: Path, start_child: Any
) -> None:
    child = await start_child("leave_a_forked_child", tmp_path, "theirs")
    assert await child.hear() == "forked"
    await child.process.wait()
    assert presence.is_dead("theirs")
