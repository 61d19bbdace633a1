"""Texts that must survive, put into copy whose writer left them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copydesk.content.schema.checks import check_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from copydesk.content.definition.models import Fields
    from copydesk.content.schema.compiled import CompiledSchema

__all__ = ["woven"]


def woven(schema: CompiledSchema, fields: Fields, keep: Sequence[str]) -> Fields:
    """The fields with every text of `keep` that a string has room for; valid fields stay valid."""
    for count in range(len(keep)):
        fields = _woven(schema, fields, tuple(keep[: count + 1]))
    return fields


def _woven(schema: CompiledSchema, fields: Fields, keep: tuple[str, ...]) -> Fields:
    """The fields with the last text of `keep` in a string that has room beside the others; unchanged if none has."""
    kept = keep[-1]
    places = sorted(_places(fields), key=lambda place: len(place[1]), reverse=True)
    if any(kept in text for _, text in places):
        return fields
    for path, text in places:
        for version in _versions(text, kept):
            woven: Fields = _replaced(fields, path, version)
            if _is_gain(schema, fields, woven, keep):
                return woven
    return fields


def _is_gain(schema: CompiledSchema, fields: Fields, woven: Fields, keep: tuple[str, ...]) -> bool:
    """Valid, and one more text kept than before: none may push out another."""
    return schema.is_valid(woven) and len(check_copy(schema, woven, keep)) < len(check_copy(schema, fields, keep))


def _versions(text: str, kept: str) -> Iterator[str]:
    """The text together with the kept one, then shorter and shorter."""
    yield f"{text} {kept}"
    sentences = text.split(". ")
    yield from (f"{'. '.join(sentences[:count])}. {kept}" for count in range(len(sentences) - 1, 0, -1))
    yield kept


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text that says something, with where it stands."""
    if isinstance(value, str) and value:
        yield path, value
    elif isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(item, (*path, step))


def _replaced(value: Any, path: tuple[str | int, ...], text: str) -> Any:
    """A copy of the value with another text at that one place."""
    if not path:
        return text
    copy = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:], text)
    return copy
