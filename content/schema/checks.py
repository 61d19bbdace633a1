"""What copy must pass before it is kept: its schema, and the texts that were to survive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.schema.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from copydesk.content.schema.compiled import CompiledSchema

__all__ = ["check_copy", "texts_of"]


def check_copy(schema: CompiledSchema, fields: object, keep: Sequence[str] = ()) -> tuple[Violation, ...]:
    """Everything wrong with the fields: schema violations first, then each text of `keep` that no string contains."""
    return schema.violations(fields) + _lost(fields, keep)


def _lost(fields: object, keep: Sequence[str]) -> tuple[Violation, ...]:
    if not keep:
        return ()
    texts = list(texts_of(fields))
    return tuple(
        Violation("$", f"must contain this text literally: “{kept}”")
        for kept in keep
        if not any(kept in text for text in texts)
    )


def texts_of(value: object) -> Iterator[str]:
    """Every string in the fields, at any depth, in order; names of properties are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts_of(item)
