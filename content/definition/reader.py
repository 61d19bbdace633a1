"""YAML with lines: plain data, and for every place in it the line that a person should look at.

The events of the parser are folded into data by a stack of our own. Composing nodes, as YAML libraries do, recurses in
C and ends the process on deeply nested input; and it keeps neither lines nor duplicate keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from copydesk.content.definition.scalars import UnusableNumber, plain_scalar

__all__ = ["Document", "Key", "KeyPath", "Lines", "YamlProblem", "read_yaml"]

Key: TypeAlias = str | int
KeyPath: TypeAlias = tuple[Key, ...]

_DEEPEST = 64
_MOST_VALUES = 1_000_000
_MOST_CHARACTERS = 32 * 1024 * 1024
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True)
class Lines:
    """The line of one value (1 is the first), and those of what it holds. An alias shares those of its anchor."""

    line: int
    held: dict[Key, Lines] | None = None

    def at(self, path: KeyPath) -> int:
        """The line of the value at `path`, or of the nearest thing around it that exists."""
        here, line = self, self.line
        for key in path:
            if here.held is None or key not in here.held:
                break
            here = here.held[key]
            line = here.line
        return line


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """What YAML itself, or our care with it, has against a file."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document. `data` is None, and `complete` false, when the file could not be read to its end."""

    data: Any
    lines: Lines
    problems: tuple[YamlProblem, ...] = ()
    complete: bool = True


def read_yaml(content: bytes) -> Document:
    """Read one document of JSON-like data. Whatever is wrong is in `problems`; this never raises."""
    builder = _Builder()
    try:
        _build(builder, _decoded(content))
    except _UnreadableError as unreadable:
        return Document(None, Lines(1), (*builder.problems, unreadable.problem), complete=False)
    return Document(builder.data, builder.lines, tuple(builder.problems))


class _UnreadableError(Exception):
    """Reading cannot go on from here."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.problem = YamlProblem(line, message)


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _UnreadableError(line, "The file is not UTF-8 text; save it with that encoding.") from error
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise _UnreadableError(line, f"The line holds the control character {_named(found)}; remove it.")
    return text


def _named(found: re.Match[str]) -> str:
    return f"U+{ord(found[0]):04X}"


def _build(builder: _Builder, text: str) -> None:
    try:
        for event in yaml.parse(text, yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise _UnreadableError(mark.line + 1 if mark else 1, f"This is not valid YAML: {said}.") from error
    except yaml.YAMLError as error:
        raise _UnreadableError(1, f"This is not valid YAML: {error}.") from error


@dataclass(slots=True)
class _Open:
    """A list or mapping that has begun; `values` and `characters` are the totals at its beginning."""

    container: Any
    lines: Lines
    anchor: str | None
    values: int
    characters: int
    key: str | None = None
    key_line: int = 0

    @property
    def wants_key(self) -> bool:
        return self.key is None and isinstance(self.container, dict)


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A value that an alias repeats, with its size as if it were written out again."""

    value: Any
    lines: Lines
    values: int
    characters: int


@dataclass(slots=True)
class _Builder:
    """Folds events into data. Sizes count aliases as if written out, which disarms the billion laughs."""

    data: Any = None
    lines: Lines = field(default_factory=lambda: Lines(1))
    problems: list[YamlProblem] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, _Anchored] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    documents: int = 0
    values: int = 0
    characters: int = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(event)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _UnreadableError(_line(event), 'A second document begins here ("---"); the file must hold one.')

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        text: str = event.value
        line = _line(event)
        self._grow(1, len(text), line)
        self._refuse_tag(event)
        found = _CONTROL.search(text)
        if found:
            raise _UnreadableError(line, f"The text holds the control character {_named(found)}; remove it.")
        if self.stack and self.stack[-1].wants_key:
            self._key(event, text, line)
            return
        value = self._plain(text, line) if event.implicit[0] else text
        lines = Lines(line)
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(value, lines, 1, len(text))
        self._place(value, lines)

    def _plain(self, text: str, line: int) -> object:
        try:
            return plain_scalar(text)
        except UnusableNumber:
            self._report(line, f"JSON has no number {text[:40]}; write a smaller one, or put it in quotes.")
            return text

    def _key(self, event: yaml.ScalarEvent, text: str, line: int) -> None:
        mapping = self.stack[-1]
        if text == "<<" and event.implicit[0]:
            self._report(line, 'Merge keys ("<<") are not supported; write the keys out.')
        elif text in mapping.container:
            first = mapping.lines.at((text,))
            self._report(line, f'The key "{text}" stands here a second time; the first is on line {first}.')
        if event.anchor:
            self._report(line, f'The key "{text}" has an anchor; only values can have one.')
        mapping.key, mapping.key_line = text, line

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        line = _line(event)
        self._refuse_key(line)
        self._grow(1, 0, line)
        self._refuse_tag(event)
        if len(self.stack) >= _DEEPEST:
            raise _UnreadableError(line, f"The nesting is deeper than {_DEEPEST} levels.")
        if event.anchor:
            self.unfinished.add(event.anchor)
        container: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(container, Lines(line, {}), event.anchor, self.values - 1, self.characters))

    def _end(self) -> None:
        ended = self.stack.pop()
        if ended.anchor:
            self.unfinished.discard(ended.anchor)
            size = self.values - ended.values, self.characters - ended.characters
            self.anchors[ended.anchor] = _Anchored(ended.container, ended.lines, *size)
        self._place(ended.container, ended.lines)

    def _alias(self, event: yaml.AliasEvent) -> None:
        line = _line(event)
        self._refuse_key(line)
        name = event.anchor or ""
        if name in self.unfinished:
            raise _UnreadableError(line, f'The alias "*{name}" stands inside the value that it repeats.')
        if name not in self.anchors:
            raise _UnreadableError(line, f'The alias "*{name}" repeats nothing: no "&{name}" stands before it.')
        anchored = self.anchors[name]
        self._grow(anchored.values, anchored.characters, line)
        self._place(anchored.value, Lines(line, anchored.lines.held))

    def _place(self, value: Any, lines: Lines) -> None:
        if not self.stack:
            self.data, self.lines = value, lines
            return
        into = self.stack[-1]
        held = into.lines.held if into.lines.held is not None else {}
        if into.key is None:
            held[len(into.container)] = lines
            into.container.append(value)
            return
        # A person looks for the key, which may stand above a value of many lines.
        lines.line = into.key_line
        held[into.key] = lines
        into.container[into.key] = value
        into.key = None

    def _grow(self, values: int, characters: int, line: int) -> None:
        self.values += values
        self.characters += characters
        if self.values > _MOST_VALUES or self.characters > _MOST_CHARACTERS:
            raise _UnreadableError(line, "With its aliases written out, the file is too large.")

    def _refuse_key(self, line: int) -> None:
        if self.stack and self.stack[-1].wants_key:
            raise _UnreadableError(line, "A key must be plain text, not a list, a mapping or an alias.")

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if event.tag is not None:
            self._report(_line(event), f'The tag "{event.tag[:60]}" is not supported; remove it.')

    def _report(self, line: int, message: str) -> None:
        self.problems.append(YamlProblem(line, message))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
