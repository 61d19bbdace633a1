"""The Markdown of fields whose template has no `format`: everything shown, in the order of the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["default_markdown"]

_HEADINGS: Final = ("title", "headline", "heading", "name")
_MAX_LEVEL: Final = 6


def default_markdown(fields: Mapping[str, object]) -> str:
    """A heading from `title`, `headline`, `heading` or `name`; strings as paragraphs, arrays as lists.

    Other values stand behind their name in bold. Text is taken as it is: fields may contain Markdown.
    """
    return "\n\n".join(_blocks(fields, level=1)) + "\n"


def _blocks(fields: Mapping[str, object], level: int) -> Iterator[str]:
    heading = next((name for name in fields if _is_heading(name, fields[name])), None)
    if heading is not None:
        yield f"{'#' * min(level, _MAX_LEVEL)} {fields[heading]}"
    below = level + (heading is not None)
    for name, value in fields.items():
        if name != heading and value not in (None, "", [], {}):
            yield from _field(name, value, below)


def _is_heading(name: str, value: object) -> bool:
    plain = name.lower()
    return isinstance(value, str) and bool(value) and any(plain.endswith(heading) for heading in _HEADINGS)


def _field(name: str, value: object, level: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _blocks(value, level)
    elif isinstance(value, list):
        yield "\n".join(_items(value, indent=""))
    else:
        yield f"**{_words(name)}:** {_scalar(value)}"


def _items(values: Sequence[object], indent: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict):
            yield from _object_item(value, indent)
        elif isinstance(value, list):
            yield f"{indent}-"
            yield from _items(value, f"{indent}  ")
        else:
            yield f"{indent}- {_inside(_scalar(value), indent)}"


def _object_item(fields: Mapping[str, object], indent: str) -> Iterator[str]:
    """An object in a list: its heading and first text lead, its other texts and its lists stand below."""
    shown = {name: value for name, value in fields.items() if value not in (None, "", [], {})}
    heading = next((name for name in shown if _is_heading(name, shown[name])), None)
    nested = {name: value for name, value in shown.items() if isinstance(value, dict | list)}
    texts = [_labelled(name, value) for name, value in shown.items() if name != heading and name not in nested]
    lead = ": ".join((*([] if heading is None else [f"**{shown[heading]}**"]), *texts[:1]))
    yield f"{indent}- {_inside(lead or ', '.join(map(_words, nested)), indent)}"
    yield from (f"{indent}  {_inside(text, indent)}" for text in texts[1:])
    for value in nested.values():
        yield from _items(value if isinstance(value, list) else [value], f"{indent}  ")


def _labelled(name: str, value: object) -> str:
    return value if isinstance(value, str) else f"{_words(name)}: {_scalar(value)}"


def _inside(text: str, indent: str) -> str:
    """Text of several lines stays inside its list item."""
    return text.replace("\n", f"\n{indent}  ")


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _words(name: str) -> str:
    """`ctaLabel` and `cta_label` as words."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced.replace("_", " ").replace("-", " ").strip().capitalize()
