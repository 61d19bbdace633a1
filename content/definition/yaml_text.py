"""Values as YAML text, in block style or on one line, so that `reader` reads exactly them again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from copydesk.content.definition.scalars import UnusableNumber, plain_scalar

__all__ = ["YamlValue", "block_lines", "flow_text"]

YamlValue: TypeAlias = "str | Sequence[YamlValue] | Mapping[str, YamlValue]"

_PLAIN: Final = re.compile(r"[^\W_](?:[\w /.()'+;!*@-]|[,&%?](?= )|:(?=\w))*|/[\w./~-]*")
_NOT_IN_FLOW: Final = frozenset(",[]{}?")
_ESCAPED: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
_NOT_IN_LITERAL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]| \n")
_WIDEST: Final = 120


def block_lines(value: Mapping[str, YamlValue], *, flow_items: bool = False, indented: bool = True) -> list[str]:
    """The lines of a mapping in block style, from column 0, without line breaks.

    `flow_items` puts the mappings of lists on one line each where they fit; `indented` moves lists in below their key.
    """
    return list(_mapping_lines(value, flow_items=flow_items, indented=indented))


def flow_text(value: YamlValue) -> str:
    """The value on one line."""
    if isinstance(value, str):
        return _scalar(value, in_flow=True)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow_text(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(flow_text(item) for item in value) + "]"


def _mapping_lines(value: Mapping[str, YamlValue], *, flow_items: bool, indented: bool) -> Iterator[str]:
    for key, item in value.items():
        if isinstance(item, str):
            yield from _text_lines(key, item)
        elif not item or all(isinstance(one, str) for one in item):
            yield f"{key}: {flow_text(item)}"
        else:
            yield f"{key}:"
            below = _item_lines(item, flow_items=flow_items, indented=indented)
            yield from (f"  {line}" if indented and line else line for line in below)


def _item_lines(items: YamlValue, *, flow_items: bool, indented: bool) -> Iterator[str]:
    for item in items:
        assert isinstance(item, Mapping), "lists hold texts or mappings"
        line = f"- {flow_text(item)}"
        is_short = len(line) <= _WIDEST - 8 and "\\n" not in line
        if flow_items and is_short:
            yield line
            continue
        first, *others = _mapping_lines(item, flow_items=flow_items, indented=indented)
        yield f"- {first}"
        yield from (f"  {line}" if line else "" for line in others)


def _text_lines(key: str, text: str) -> Iterator[str]:
    """Text of several lines as a literal block, where that keeps it exactly."""
    body = text.removesuffix("\n")
    is_framed = body[:1].isspace() or body[-1:].isspace()
    if "\n" not in text or not body or is_framed or _NOT_IN_LITERAL.search(text):
        yield f"{key}: {_scalar(text, in_flow=False)}"
        return
    yield f"{key}: |" if text.endswith("\n") else f"{key}: |-"
    yield from (f"  {line}" if line else "" for line in body.split("\n"))


def _scalar(text: str, *, in_flow: bool) -> str:
    return text if _can_be_plain(text, in_flow=in_flow) else _quoted(text)


def _can_be_plain(text: str, *, in_flow: bool) -> bool:
    if not _PLAIN.fullmatch(text) or text.endswith(" ") or (in_flow and _NOT_IN_FLOW & set(text)):
        return False
    try:
        return isinstance(plain_scalar(text), str)
    except UnusableNumber:
        return False


def _quoted(text: str) -> str:
    """Double quotes, with JSON's escapes and those that only YAML needs."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
