"""Putting text into a site file: every other byte stays as it is, and what is new looks like what is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from copydesk.content.definition.yaml_text import YamlValue, block_lines, flow_text
from copydesk.content.definition.yaml_tree import Node
from copydesk.content.errors import ContentError

__all__ = ["Insertion", "add_text_list", "append_item", "insert"]

_COMMENT_LINE: Final = re.compile(r"[ \t]*#[^\r\n]*(?:\r\n|\r|\n|$)")
_TRAILING_COMMA: Final = re.compile(r"(?:\s|#[^\r\n]*)*,")
_REST_OF_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


@dataclass(frozen=True, slots=True)
class Insertion:
    """`text` takes the place of what stands from `start` to `end` (nothing, mostly)."""

    start: int
    end: int
    text: str


def insert(text: str, insertions: Iterable[Insertion]) -> str:
    """The text with all of them; they do not overlap."""
    for one in sorted(insertions, key=lambda one: one.start, reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def append_item(text: str, above: Node, key: str, item: Mapping[str, YamlValue]) -> Insertion:
    """One more mapping at the end of the list under `key` of the mapping `above`.

    Raises `ContentError` (unsupported-layout) where no text could be put in safely.
    """
    items = _list_under(above, key)
    if not items.held and not above.flow:
        # `routes: []` becomes a list in block style below its key.
        column = _column(text, above.keys[key])
        lines = ["", *_indented(_dashed(block_lines(item)), column + 2)]
        start = len(text[: items.start].rstrip(" "))
        return Insertion(start, items.end, _line_break(text).join(lines))
    if items.flow:
        return _at_end_of_flow(text, items, flow_text(item))
    return _at_end_of_block(text, items, item)


def add_text_list(text: str, mapping: Node, key: str, value: str) -> Insertion:
    """The text as one more item of the list under `key`, which is made if there is none.

    Raises `ContentError` (unsupported-layout).
    """
    if mapping.kind != "mapping":
        raise _unsupported(key)
    if key not in mapping.held:
        return _new_key(text, mapping, key, value)
    items = _list_under(mapping, key)
    if items.flow:
        return _at_end_of_flow(text, items, flow_text(value))
    start = _end_of_lines(text, items)
    return _lines_at(text, start, [f"{' ' * items.column}- {flow_text(value)}"])


def _new_key(text: str, mapping: Node, key: str, value: str) -> Insertion:
    written = f"{key}: {flow_text([value])}"
    if mapping.flow:
        return _at_end_of_flow(text, mapping, written)
    return _lines_at(text, _end_of_lines(text, mapping), [f"{' ' * mapping.column}{written}"])


def _list_under(above: Node, key: str) -> Node:
    items = above.held.get(key)
    if items is None or items.kind != "list":
        raise _unsupported(key)
    return items


def _unsupported(key: str) -> ContentError:
    message = (
        f'The list "{key}" of the site definition is written in a way that cannot be extended safely (an alias, or not '
        "a list). Nothing was changed; edit the file by hand."
    )
    return ContentError("unsupported-layout", message)


def _at_end_of_flow(text: str, flow: Node, written: str) -> Insertion:
    """After the last entry and a comma, before whatever else stands in front of the closing bracket."""
    if flow.last is None:
        return Insertion(flow.start + 1, flow.start + 1, written)
    comma = _TRAILING_COMMA.match(text, flow.last.end)
    at = comma.end() if comma else flow.last.end
    return Insertion(at, at, f" {written}" if comma else f", {written}")


def _at_end_of_block(text: str, items: Node, item: Mapping[str, YamlValue]) -> Insertion:
    """After the last item and the comments that belong to it, with a blank line if the items have them between."""
    sample = items.last
    dash = items.column
    sections = None if sample is None else sample.held.get("sections")
    flow_items = bool(sections and sections.kind == "list" and sections.last and sections.last.flow)
    indented = not (sample and sections and not sections.flow and sections.held and sections.column <= sample.column)
    lines = block_lines(item, flow_items=flow_items, indented=indented)
    width = sample.column - dash if sample is not None and sample.kind == "mapping" and not sample.flow else 2
    blank = [""] if _has_blank_lines(text, items) else []
    return _lines_at(text, _end_of_lines(text, items), [*blank, *_indented(_dashed(lines, width), dash)])


def _dashed(lines: list[str], width: int = 2) -> list[str]:
    first, *others = lines
    return [f"-{' ' * (width - 1)}{first}", *(f"{' ' * width}{line}" if line else "" for line in others)]


def _indented(lines: list[str], column: int) -> list[str]:
    return [f"{' ' * column}{line}" if line else "" for line in lines]


def _has_blank_lines(text: str, items: Node) -> bool:
    nodes = list(items.held.values())
    if len(nodes) < 2:  # noqa: PLR2004  (between one item there is nothing)
        return bool(nodes)
    between = text[nodes[-2].end : nodes[-1].start]
    return re.search(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)", between) is not None


def _end_of_lines(text: str, node: Node) -> int:
    """The beginning of the line after a block's last one, with the comments below it that are its own."""
    end = node.end
    if end == 0 or text[end - 1] not in "\r\n":
        found = _REST_OF_LINE.match(text, end)
        end = found.end() if found else end
    while True:
        comment = _COMMENT_LINE.match(text, end)
        if comment is None or comment.end() == end or _column_of_text(comment[0]) <= node.column:
            return end
        end = comment.end()


def _column_of_text(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _lines_at(text: str, start: int, lines: list[str]) -> Insertion:
    """Whole lines that begin at `start`, which is the beginning of a line or the end of the text."""
    line_break = _line_break(text)
    needs_break = start > 0 and text[start - 1] not in "\r\n"
    return Insertion(start, start, (line_break if needs_break else "") + "".join(line + line_break for line in lines))


def _line_break(text: str) -> str:
    found = re.search(r"\r\n|\r|\n", text)
    return found[0] if found else "\n"


def _column(text: str, offset: int) -> int:
    return offset - max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) - 1
