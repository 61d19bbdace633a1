"""Sheets: what one file holds, as a value, and the shape in which it is written.

    title, description     of the page, for the generator
    copydesk               what the file is about, and hashes by which edits and newer copy are told apart
    fields                 the copy (a file per section), or
    sections               the copy of each section by its id (a file per page)

Fields have a key of their own because generators give a meaning to names such as `layout`, `date`, `slug` or `tags`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copydesk.content.files.bodies import body_hash
from copydesk.content.files.profiles import Format
from copydesk.content.files.yaml_text import dump_yaml

if TYPE_CHECKING:
    from copydesk.content.definition.models import Fields, Route

__all__ = ["Piece", "Sheet", "write_sheet"]


@dataclass(frozen=True, slots=True)
class Piece:
    """The copy of one section. A static section has its fixed text as `content`, and no revision."""

    page: str
    section: str
    template: str
    fields: Fields
    hash: str
    revision: int | None = None

    @property
    def is_static(self) -> bool:
        return self.revision is None

    @property
    def about(self) -> dict[str, Any]:
        """The part of the `copydesk` key that tells of this section."""
        if self.revision is None:
            return {"static": True, "hash": self.hash}
        return {"template": self.template, "revision": self.revision, "hash": self.hash}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: a page, the copy of one or all of its sections, and the body (`None` where the format has none)."""

    path: str
    route: Route
    environment: str
    pieces: tuple[Piece, ...]
    body: str | None
    section: str | None
    """The section that the file is for; `None` if it is for the page."""


def write_sheet(sheet: Sheet, form: Format) -> bytes:
    """The file: UTF-8 without a byte order mark, "\\n" line ends, the last line ended; the same for the same sheet."""
    data = _data_of(sheet)
    if form is Format.JSON:
        return (json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
    text = dump_yaml(data)
    if form is Format.YAML:
        return text.encode()
    body = f"\n{sheet.body}" if sheet.body else ""
    return f"---\n{text}---\n{body}".encode()


def _data_of(sheet: Sheet) -> dict[str, Any]:
    route = sheet.route
    data: dict[str, Any] = {"title": route.title}
    if route.description:
        data["description"] = route.description
    about: dict[str, Any] = {"page": route.id, "path": route.path, "environment": sheet.environment}
    body = {} if sheet.body is None else {"body": body_hash(sheet.body)}
    if sheet.section is None:
        parts = {piece.section: piece.about for piece in sheet.pieces}
        fields = {piece.section: piece.fields for piece in sheet.pieces}
        return {**data, "copydesk": {**about, **body, "sections": parts}, "sections": fields}
    (piece,) = sheet.pieces
    return {**data, "copydesk": {**about, "section": sheet.section, **piece.about, **body}, "fields": piece.fields}
