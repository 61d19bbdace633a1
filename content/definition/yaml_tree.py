"""A site file as a tree of places: where each mapping and list begins and ends, so that text can be put in between.

Only places, no values: those are `reader`'s. A file that `reader` accepts has a tree here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from copydesk.content.definition.reader import Key, KeyPath

__all__ = ["Node", "read_tree"]

_LINE_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(slots=True)
class Node:
    """One value. `start` and `end` are offsets into the text; `end` is where its last character ended, so that
    comments and blank lines after it are not part of it. `column` is that of its first character (from 0)."""

    kind: str
    """`scalar`, `alias`, `mapping` or `list`."""
    start: int
    end: int
    column: int
    flow: bool = False
    anchored: bool = False
    held: dict[Key, Node] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    """The offset at which each key of a mapping begins."""

    def at(self, path: KeyPath) -> Node | None:
        """The node at a path, or `None`; an alias holds nothing."""
        here: Node | None = self
        for key in path:
            here = None if here is None else here.held.get(key)
        return here

    @property
    def last(self) -> Node | None:
        return next(reversed(self.held.values()), None)


@dataclass(slots=True)
class _Open:
    node: Node
    key: str | None = None
    key_start: int = 0


def read_tree(text: str) -> Node | None:
    """The tree of the text's one document; `None` if it is empty. Raises `yaml.YAMLError` for what is no YAML."""
    lines = [0, *(found.end() for found in _LINE_BREAK.finditer(text))]
    builder = _Builder(lines)
    for event in yaml.parse(text, yaml.CSafeLoader):
        builder.take(event)
    return builder.root


@dataclass(slots=True)
class _Builder:
    lines: list[int]
    root: Node | None = None
    stack: list[_Open] = field(default_factory=list)
    last_end: int = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            self._leaf(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
            node = self._node(event, kind)
            node.flow = bool(event.flow_style)
            self.stack.append(_Open(node))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            ended = self.stack.pop().node
            if ended.flow:
                self.last_end = self._offset(event.end_mark)
            ended.end = self.last_end
            self._place(ended)

    def _leaf(self, event: yaml.ScalarEvent | yaml.AliasEvent) -> None:
        above = self.stack[-1] if self.stack else None
        is_scalar = isinstance(event, yaml.ScalarEvent)
        if isinstance(event, yaml.ScalarEvent) and above and above.node.kind == "mapping" and above.key is None:
            above.key, above.key_start = event.value, self._offset(event.start_mark)
            self.last_end = self._offset(event.end_mark)
            return
        node = self._node(event, "scalar" if is_scalar else "alias")
        if node.end > node.start:  # an empty value stands nowhere
            self.last_end = node.end
        self._place(node)

    def _node(self, event: yaml.NodeEvent, kind: str) -> Node:
        start, end = self._offset(event.start_mark), self._offset(event.end_mark)
        column = event.start_mark.column if event.start_mark else 0
        return Node(kind, start, end, column, anchored=kind != "alias" and event.anchor is not None)

    def _place(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        above = self.stack[-1]
        if above.node.kind == "list":
            above.node.held[len(above.node.held)] = node
        elif above.key is not None:
            above.node.held[above.key] = node
            above.node.keys[above.key] = above.key_start
            above.key = None

    def _offset(self, mark: Any) -> int:
        line: int = self.lines[min(mark.line, len(self.lines) - 1)]
        return line + int(mark.column)
