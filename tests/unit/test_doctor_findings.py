"""What doctor notices without a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.content.settings import Settings
from copydesk.server.cli.copy_findings import look_at_local_model, unusable_store
from copydesk.server.cli.findings import (
    Finding,
    State,
    look_at_environment,
    look_at_sqlite,
    look_at_store,
    look_at_writer,
)
from copydesk.server.cli.setting_words import setting_in_words
from copydesk.store import pauses, workers
from copydesk.store.errors import CorruptStore, ForeignFile, NewerSchema, NotWritable, StoreError
from copydesk.store.moments import Moment
from copydesk.store.store import open_store
from tests.store.desk_of_rows import Rows


def test_misspelt_variable_is_noted_with_the_nearest() -> None:
    (finding,) = look_at_environment({"COPYDESK_CONCURENCY": "3", "COPYDESK_WORKER": "off", "HOME": "/"})
    assert finding.state == "note"
    assert 'did you mean "COPYDESK_CONCURRENCY"?' in finding.message


def test_sqlite_with_the_wal_bug_is_noted_with_a_remedy() -> None:
    (finding,) = look_at_sqlite("3.50.4")
    assert finding.state == "note"
    assert finding.fix is not None
    assert "pysqlite3" in finding.fix


def test_unsafe_wal_that_is_allowed_is_wrong() -> None:
    (finding,) = look_at_sqlite("3.50.4", allow_unsafe_wal=True)
    assert finding.state == "wrong"


def test_safe_sqlite_is_well() -> None:
    (finding,) = look_at_sqlite("3.53.0")
    assert finding.state == "ok"


def test_writer_that_does_not_exist_is_wrong() -> None:
    (finding,) = look_at_writer(Settings(writer="outlin"))
    assert finding.state == "wrong"
    assert 'did you mean "outline"?' in finding.message


def test_model_of_the_local_writer_that_is_missing_is_noted_with_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COPYDESK_CACHE", str(tmp_path))
    (finding,) = look_at_local_model(Settings())
    assert finding.state == "note"
    assert finding.fix is not None
    assert "copydesk model fetch" in finding.fix


def test_model_of_the_local_writer_that_is_there_is_well(with_local_model: Path) -> None:
    (finding,) = look_at_local_model(Settings())
    assert finding.state == "ok"
    assert str(with_local_model) in finding.message


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (NewerSchema(), "pip install --upgrade copydesk"),
        (CorruptStore(), "copydesk restore BACKUP"),
        (ForeignFile(), "--database"),
        (NotWritable(), "--database"),
    ],
)
def test_database_that_cannot_be_opened_comes_with_a_way_out(error: StoreError, fix: str) -> None:
    finding = unusable_store(error, "copydesk.db")
    assert finding.state == "wrong"
    assert finding.fix is not None
    assert fix in finding.fix


@pytest.mark.parametrize("state", ["note", "wrong"])
def test_finding_that_is_not_well_needs_a_remedy(state: State) -> None:
    with pytest.raises(ValueError, match="give it a fix"):
        Finding("queue", state, "Nothing moves.")


async def test_writer_that_rests_is_noted_with_what_helps(tmp_path: Path) -> None:
    async with open_store(tmp_path / "copydesk.db") as store:
        at = Moment.read(store.clock)
        await store.write(pauses.pause_writer, "scripted", delay=40_000, reason="429", at=at)
        (resting,) = [one for one in await look_at_store(store) if "asks to wait" in one.message]
    assert resting.fix == "Wait, or lower `rate` or `concurrency`."


async def test_what_waits_for_the_assistant_wants_no_worker(tmp_path: Path) -> None:
    async with open_store(tmp_path / "copydesk.db") as store:
        await Rows(store).enqueue("hero", "why", writer="agent")
        found = {one.topic: one for one in await look_at_store(store)}
    assert found["briefs"].state == "note"
    assert "2 jobs wait for an assistant" in found["briefs"].message
    assert found["queue"].state == "ok"


async def test_writer_that_no_running_worker_has_is_wrong(tmp_path: Path) -> None:
    async with open_store(tmp_path / "copydesk.db") as store:
        rows = Rows(store)
        await rows.enqueue("hero", writer="openai:some-model")
        await store.write(
            workers.announce, owner=store.owner, writers=["outline"], concurrency=4, lease=30_000, at=rows.now()
        )
        wrong = [one for one in await look_at_store(store) if one.state == "wrong"]
    assert [one.message for one in wrong] == ["Jobs wait for openai:some-model, and no running worker can use it."]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("rate", None, "unlimited"),
        ("rate", 60.0, "60 a minute"),
        ("max_tokens", None, "unlimited"),
        ("max_tokens", 2_000_000, "2000000"),
        ("database", None, "the/path"),
        ("database", "other.db", "other.db"),
        ("worker", True, "on"),
        ("allow_unsafe_wal", False, "off"),
        ("retention", 30.0, "30 days"),
        ("retention", 1.0, "1 day"),
        ("attempt_timeout", 0.5, "0.5 seconds"),
        ("concurrency", 16, "16"),
        ("writers", {}, "none"),
        ("writers", {"gateway": {"api": None, "rate": 60}, "local": {"rate": 1}}, "gateway: rate 60; local: rate 1"),
    ],
)
def test_settings_are_shown_as_people_say_them(name: str, value: object, words: str) -> None:
    assert setting_in_words(name, value, database="the/path") == words
