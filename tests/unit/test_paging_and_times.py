from __future__ import annotations

import pytest

from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Scope
from copydesk.content.reports.paging import after_cursor, counted, fill, json_size, shorten
from copydesk.content.reports.times import iso_time, read_time

_NOON = 1_795_435_200_000
"""2026-11-23T12:00Z"""
_DAY = 24 * 60 * 60 * 1000


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-23", _NOON - _DAY // 2),
        ("2026-11-23T12:00Z", _NOON),
        ("2026-11-23T12:00", _NOON),
        ("2026-11-23T13:00+01:00", _NOON),
        (" 1d ", _NOON - _DAY),
        ("30m", _NOON - 30 * 60_000),
        ("2w", _NOON - 14 * _DAY),
    ],
)
def test_a_time_is_read_as_a_date_a_time_or_an_age(written: str, expected: int) -> None:
    assert read_time(written, now=_NOON) == expected


def test_the_end_of_a_day_is_the_beginning_of_the_next() -> None:
    assert read_time("2026-11-23", now=_NOON, is_end=True) == _NOON + _DAY // 2
    assert read_time("2026-11-23T12:00Z", now=_NOON, is_end=True) == _NOON


@pytest.mark.parametrize("written", ["", "yesterday", "2026-13-01", "-1d", "9" * 50])
def test_what_is_no_time_is_refused_with_what_would_be_one(written: str) -> None:
    with pytest.raises(ContentError, match="24h, 7d") as caught:
        read_time(written, now=_NOON)
    assert caught.value.code == "invalid-time"


def test_times_are_told_with_their_zone() -> None:
    assert iso_time(_NOON) == "2026-11-23T12:00:00.000+00:00"


def _scope(name: str) -> Scope:
    return Scope(pages=(name,))


def test_a_page_holds_what_fits_and_names_the_next() -> None:
    size = json_size(_scope("a"))
    page = fill(["a", "b", "c"], _scope, str, room=2 * size + 2)
    assert ([one.pages for one in page.entries], page.cursor) == ([("a",), ("b",)], "c")
    assert after_cursor(["a", "b", "c"], str, page.cursor) == ["c"]


def test_a_page_is_never_empty_while_there_is_something() -> None:
    assert fill(["a", "b"], _scope, str, room=1).cursor == "b"
    assert fill([], _scope, str, room=1).cursor is None


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(ContentError, match="without a cursor"):
        after_cursor(["a"], str, "x")


def test_names_and_counts_are_written_for_people() -> None:
    assert shorten("a  b\nc", 10) == "a b c"
    assert shorten("abcdef", 4) == "abc…"
    assert (counted(1, "page"), counted(0, "page")) == ("1 page", "0 pages")
