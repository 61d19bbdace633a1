"""Times as people and programs write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from copydesk.content.errors import ContentError

__all__ = ["iso_time", "read_time"]

_AGO: Final = re.compile(r"(\d{1,5})\s*([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def iso_time(milliseconds: int) -> str:
    """`2026-11-23T10:15:00.000+00:00`"""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def read_time(text: str, *, now: int, is_end: bool = False) -> int:
    """Milliseconds since 1970 of a date, a date with time (UTC unless it says otherwise) or an age (`7d`, `24h`).

    A date alone means its beginning, or with `is_end` the end of that day. Raises `ContentError` (invalid-time).
    """
    written = text.strip()
    try:
        ago = _AGO.fullmatch(written)
        if ago:
            return now - int(timedelta(**{_UNITS[ago[2]]: int(ago[1])}).total_seconds() * 1000)
        return _milliseconds(_read_date(written, is_end=is_end))
    except (ValueError, OverflowError) as error:
        message = (
            f'"{text[:40]}" is no time. Write a date (2026-11-23), a date with time (2026-11-23T10:00Z) or how long '
            "ago it was (24h, 7d)."
        )
        raise ContentError("invalid-time", message) from error


def _read_date(written: str, *, is_end: bool) -> datetime:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        moment = datetime.fromisoformat(written)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=int(is_end))


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
