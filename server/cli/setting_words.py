"""Settings as a person says them: `unlimited`, `on`, `30 days`."""

from __future__ import annotations

from typing import Final

__all__ = ["setting_in_words"]

_UNITS: Final = {"rate": "a minute", "retention": "days", "attempt_timeout": "seconds"}


def setting_in_words(name: str, value: object, *, database: str) -> str:
    """The value of a setting. `database` is the path in force, for when none is set."""
    match value:
        case None if name == "writer":
            return "the assistant in a chat, else outline"
        case None:
            return database if name == "database" else "unlimited"
        case bool():
            return "on" if value else "off"
        case int() | float():
            unit = _UNITS.get(name)
            return f"{value:.15g}" if unit is None else _with_unit(f"{value:.15g}", unit)
        case dict():
            return "; ".join(f"{key}: {_of_writer(table)}" for key, table in value.items()) or "none"
        case _:
            return str(value)


def _of_writer(table: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in table.items() if value is not None)


def _with_unit(number: str, unit: str) -> str:
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}"
