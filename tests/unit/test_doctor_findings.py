"""What doctor notices without a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.content.settings import Settings
from copydesk.server.cli.copy_findings import look_at_local_model, unusable_store
from copydesk.server.cli.findings import look_at_environment, look_at_sqlite, look_at_writer
from copydesk.store.errors import CorruptStore, ForeignFile, NewerSchema, NotWritable, StoreError


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
