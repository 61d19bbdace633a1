"""Reading a file of an export again: its data by the project's own readers, and where in it something is wrong."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.definition.reader import KeyPath, Lines, read_yaml
from copydesk.content.files.profiles import Format, Per, Profile

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FoundPiece", "FoundSheet", "NotOurs", "UnreadableFile", "read_sheet"]

_FRONT_MATTER: Final = re.compile(r"---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


class UnreadableFile(Exception):
    """The file cannot be taken for what it should be. `line` is where to look, if that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class NotOurs(Exception):
    """The file is sound, but has no `copydesk` key: somebody else's."""


@dataclass(frozen=True, slots=True)
class FoundPiece:
    """The copy of one section as a file has it. `hash` is that of the copy which was exported, if the file tells."""

    page: str
    section: str
    fields: dict[str, Any]
    line: int | None
    template: str | None = None
    hash: str | None = None
    is_static: bool = False


@dataclass(frozen=True, slots=True)
class FoundSheet:
    """A file as it was read. `body_hash` is that of the body which was exported."""

    page: str
    section: str | None
    environment: str | None
    pieces: tuple[FoundPiece, ...]
    body: str | None
    body_hash: str | None


@dataclass(frozen=True, slots=True)
class _Parsed:
    data: Any
    line_of: Callable[[KeyPath], int | None]
    body: str | None = None


def read_sheet(content: bytes, profile: Profile) -> FoundSheet:
    """Raises `UnreadableFile` for what is wrong, `NotOurs` for files of somebody else."""
    parsed = _parse(content, profile.format)
    if not isinstance(parsed.data, dict) or "copydesk" not in parsed.data:
        raise NotOurs
    about = _object(parsed, ("copydesk",))
    page = _id(parsed, ("copydesk", "page"))
    section = _id(parsed, ("copydesk", "section")) if profile.per is Per.SECTION else None
    return FoundSheet(
        page=page,
        section=section,
        environment=_optional_text(about, "environment"),
        pieces=_pieces(parsed, page) if section is None else (_piece(parsed, page, section, about, ("fields",)),),
        body=parsed.body,
        body_hash=_optional_text(about, "body"),
    )


def _pieces(parsed: _Parsed, page: str) -> tuple[FoundPiece, ...]:
    sections = _object(parsed, ("sections",))
    if not all(map(_ID.fullmatch, sections)):
        message = "`sections` has a key that is no id of a section."
        raise UnreadableFile(message, parsed.line_of(("sections",)))
    exported = _object(parsed, ("copydesk", "sections")) if "sections" in parsed.data["copydesk"] else {}
    missing = sorted(exported.keys() - sections.keys())
    if missing:
        message = (
            f'The section "{missing[0]}" was removed from `sections`. An import never removes copy; put it back, or '
            "remove it under `copydesk` as well to leave the section alone."
        )
        raise UnreadableFile(message, parsed.line_of(("sections",)))
    return tuple(_piece(parsed, page, section, _part(exported, section), ("sections", section)) for section in sections)


def _part(exported: dict[str, Any], section: str) -> dict[str, Any]:
    part = exported.get(section)
    return part if isinstance(part, dict) else {}


def _piece(parsed: _Parsed, page: str, section: str, about: dict[str, Any], path: KeyPath) -> FoundPiece:
    return FoundPiece(
        page=page,
        section=section,
        fields=_object(parsed, path),
        line=parsed.line_of(path),
        template=_optional_text(about, "template"),
        hash=_optional_text(about, "hash"),
        is_static=about.get("static") is True,
    )


def _object(parsed: _Parsed, path: KeyPath) -> dict[str, Any]:
    value = _at(parsed.data, path)
    if not isinstance(value, dict):
        message = f"`{'.'.join(map(str, path))}` is missing, or is no mapping of keys to values."
        raise UnreadableFile(message, parsed.line_of(path))
    return value


def _id(parsed: _Parsed, path: KeyPath) -> str:
    value = _at(parsed.data, path)
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        message = f"`{'.'.join(map(str, path))}` is missing, or is no id."
        raise UnreadableFile(message, parsed.line_of(path))
    return value


def _optional_text(about: dict[str, Any], key: str) -> str | None:
    value = about.get(key)
    return value if isinstance(value, str) else None


def _at(data: Any, path: KeyPath) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _parse(content: bytes, form: Format) -> _Parsed:
    if form is Format.JSON:
        return _Parsed(_parse_json(content), lambda _: None)
    if form is Format.YAML:
        return _parse_yaml(content, first_line=1)
    text = _decoded(content).replace("\r\n", "\n")
    found = _FRONT_MATTER.match(text)
    if found is None:
        if text.startswith("---\n"):
            message = 'The front matter does not end: no line after the first holds just "---".'
            raise UnreadableFile(message, 1)
        raise NotOurs
    parsed = _parse_yaml(found["yaml"].encode(), first_line=2)
    return _Parsed(parsed.data, parsed.line_of, text[found.end() :])


def _parse_yaml(content: bytes, *, first_line: int) -> _Parsed:
    document = read_yaml(content)
    for problem in document.problems:
        raise UnreadableFile(problem.message, problem.line + first_line - 1)
    lines: Lines = document.lines
    return _Parsed(document.data, lambda path: lines.at(path) + first_line - 1)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "The file is not UTF-8 text; save it with that encoding."
        raise UnreadableFile(message, line) from error


def _parse_json(content: bytes) -> Any:
    text = _decoded(content)
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        message = f"This is not valid JSON: {error.msg} (column {error.colno})."
        raise UnreadableFile(message, error.lineno) from error
    except RecursionError as error:
        message = "This JSON is nested too deeply."
        raise UnreadableFile(message) from error
    except ValueError as error:
        message = f"This is not usable JSON: {error}."
        raise UnreadableFile(message) from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        message = f"the key {json.dumps(repeated)} stands twice in one object"
        raise ValueError(message)
    return values


def _refuse_constant(name: str) -> Any:
    message = f"JSON has no number {name}"
    raise ValueError(message)
