from __future__ import annotations

import pytest

from copydesk.store import errors
from copydesk.store.driver import SQLITE_VERSION, sqlite, translate, wal_is_safe


@pytest.mark.parametrize("version", ["3.44.6", "3.44.7", "3.50.7", "3.51.3", "3.51.10", "3.53.0", "3.60.1", "4.0.0"])
def test_a_sqlite_with_the_repair_is_safe_with_wal(version: str) -> None:
    assert wal_is_safe(version)


@pytest.mark.parametrize("version", ["3.7.0", "3.40.1", "3.44.5", "3.45.9", "3.50.6", "3.51.2", "3.52.0"])
def test_a_sqlite_without_the_repair_is_not_safe_with_wal(version: str) -> None:
    assert not wal_is_safe(version)


def test_the_sqlite_of_this_installation_is_safe_with_wal() -> None:
    pytest.importorskip("pysqlite3", reason="no wheel of pysqlite3 for this platform: the system's SQLite decides")
    assert wal_is_safe(SQLITE_VERSION)


def test_a_broken_constraint_is_translated_with_the_drivers_words() -> None:
    connection = sqlite.connect(":memory:")
    connection.execute("CREATE TABLE words (word TEXT NOT NULL)")
    with pytest.raises(sqlite.IntegrityError) as caught:
        connection.execute("INSERT INTO words VALUES (NULL)")
    connection.close()
    error = translate(caught.value)
    assert isinstance(error, errors.ConstraintViolated)
    assert "NOT NULL constraint failed: words.word" in str(error)


def test_an_error_without_a_code_is_a_failed_statement() -> None:
    assert isinstance(translate(sqlite.ProgrammingError("closed")), errors.StatementFailed)


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_says_in_its_docstring_what_was_wrong_and_what_to_do(name: str) -> None:
    message = str(getattr(errors, name)())
    assert "\n" not in message
    assert len(message) > len("something failed")
    assert message.endswith(".")
