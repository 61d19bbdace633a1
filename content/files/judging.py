"""What an import would change: each file's copy against what stands in preview. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.content.files.bodies import body_field, body_hash, escape_body, tidy_body
from copydesk.content.files.composing import body_of
from copydesk.content.files.portable import portability_problem
from copydesk.content.files.reports import FileProblem, NotImported
from copydesk.content.files.sheets import Piece
from copydesk.content.operations.editing import merge
from copydesk.content.operations.values import Edit
from copydesk.content.schema.compiled import compile_schema
from copydesk.store.database import to_json
from copydesk.store.ids import fields_hash

if TYPE_CHECKING:
    from copydesk.content.definition.models import Section, Site
    from copydesk.content.files.profiles import Profile
    from copydesk.content.files.reading import FoundPiece, FoundSheet
    from copydesk.store.models import Revision

__all__ = ["Judgment", "Judgments", "WantedEdit", "judge", "patch_between"]


@dataclass(frozen=True, slots=True)
class WantedEdit:
    """A section whose copy the file replaces: the edit that does it, and the names of the fields that differ."""

    path: str
    edit: Edit
    changed: tuple[str, ...]


Judgment: TypeAlias = WantedEdit | NotImported | FileProblem
Copies: TypeAlias = Mapping[tuple[str, str], "Revision"]


@dataclass(frozen=True, slots=True)
class Judgments:
    """Judges the files of one import."""

    site: Site
    profile: Profile
    copies: Copies
    """What stands in preview."""
    asked_for: frozenset[tuple[str, str]]
    overwrite: bool

    def of(self, path: str, sheet: FoundSheet) -> Iterator[Judgment]:
        """One judgment for each section of the file; only the problem if the file as a whole has one."""
        problem = self._body_problem(path, sheet)
        outside = all((one.page, one.section) not in self.asked_for for one in sheet.pieces)
        if problem is None or outside:
            yield from (self._of_piece(path, piece) for piece in sheet.pieces)
            return
        piece = self._piece_of_body(sheet)
        yield problem if piece is None else self._of_piece(path, piece)

    def _of_piece(self, path: str, piece: FoundPiece) -> Judgment:
        section = self._section(piece)
        if isinstance(section, str):
            return FileProblem(path=path, code="unknown-section", message=section, line=piece.line)
        if (piece.page, piece.section) not in self.asked_for:
            return _skip(path, piece, "other-scope", "This is outside what was asked for.")
        if section.content is not None:
            return _static(path, piece, section.content)
        problem = portability_problem(piece.fields)
        if problem:
            return FileProblem(path=path, code="invalid-fields", message=problem, line=piece.line)
        current = self.copies.get((piece.page, piece.section))
        return self._needless(path, piece, current) or self._edit(path, piece, section, current)

    def _section(self, piece: FoundPiece) -> Section | str:
        """The section that the piece is for, or a sentence if the site has none such."""
        route = self.site.routes_by_id.get(piece.page)
        if route is None:
            return f'There is no page "{piece.page}" in this site: {did_you_mean(piece.page, self.site.routes_by_id)}'
        section = route.section(piece.section)
        if section is None:
            hint = did_you_mean(piece.section, [one.id for one in route.sections])
            return f'There is no section "{piece.section}" on the page "{piece.page}": {hint}'
        return section

    def _violations(self, section: Section, piece: FoundPiece) -> str | None:
        template = self.site.templates[section.template]
        violations = compile_schema(template.schema).violations(piece.fields)
        if not violations:
            return None
        listed = "; ".join(str(violation) for violation in violations)
        return f"The fields of {piece.page}/{piece.section} do not fit {template.name}: {listed}"

    def _needless(self, path: str, piece: FoundPiece, current: Revision | None) -> NotImported | FileProblem | None:
        """Why the file changes nothing: preview holds the same, or has newer copy than the file was exported from."""
        if current is None:
            return None
        if to_json(current.fields) == to_json(piece.fields):
            return _skip(path, piece, "same", "Preview holds just this already.")
        is_newer = piece.hash is not None and piece.hash != current.hash
        return _outdated(path, piece) if is_newer and not self.overwrite else None

    def _edit(self, path: str, piece: FoundPiece, section: Section, current: Revision | None) -> Judgment:
        problem = self._violations(section, piece)
        if problem:
            return FileProblem(path=path, code="invalid-fields", message=problem, line=piece.line)
        standing = {} if current is None else current.fields
        patch = patch_between(standing, piece.fields)
        if to_json(merge(standing, patch)) != to_json(piece.fields):
            message = (
                f"The fields of {piece.page}/{piece.section} hold a null that the current copy has not. An edit takes "
                "null as: remove this field. Remove the field in the file instead, or regenerate the section."
            )
            return FileProblem(path=path, code="null-field", message=message, line=piece.line)
        revision = None if current is None else current.id
        edit = Edit(page=piece.page, section=piece.section, fields=patch, if_revision=revision)
        return WantedEdit(path, edit, tuple(patch))

    def _body_problem(self, path: str, sheet: FoundSheet) -> FileProblem | None:
        """An edited body is noticed, since only the front matter is data."""
        if sheet.body is None or sheet.body_hash == body_hash(sheet.body):
            return None
        if tidy_body(sheet.body) == self._rendered(sheet):
            return None
        what = sheet.page if sheet.section is None else f"{sheet.page}/{sheet.section}"
        message = (
            f"The text below the front matter of {what} was edited, and cannot be turned back into fields. Put the "
            "change into the front matter; the next export renders the text from it."
        )
        return FileProblem(path=path, code="body-edited", message=message)

    def _rendered(self, sheet: FoundSheet) -> str | None:
        """The body that the fields in the file would have; `None` if they have none."""
        pieces = [self._as_piece(piece) for piece in sheet.pieces]
        try:
            return "\n".join(text for one in pieces if (text := body_of(self.site, [one], self.profile)))
        except ContentError:
            return None

    def _as_piece(self, found: FoundPiece) -> Piece:
        section = self._section(found)
        template = "" if isinstance(section, str) else section.template
        is_static = found.is_static and isinstance(found.fields.get("content"), str)
        return Piece(found.page, found.section, template, found.fields, found.hash or "", None if is_static else 0)

    def _piece_of_body(self, sheet: FoundSheet) -> FoundPiece | None:
        """The section with the edited body as its one field, where the body is nothing but that field.

        Not if the front matter was edited as well (which is meant?), nor where the text had to be escaped.
        """
        (piece, *others), body = sheet.pieces, tidy_body(sheet.body or "")
        section = self._section(piece)
        if others or sheet.section is None or isinstance(section, str) or section.content is not None:
            return None
        name = body_field(self.site.templates[section.template])
        is_plain = escape_body(body, self.profile.syntax) == body and "&#" not in body and "&lt;" not in body
        if name is None or not is_plain or fields_hash(section.template, piece.fields) != piece.hash:
            return None
        return replace(piece, fields={**piece.fields, name: body.removesuffix("\n")})


def judge(judgments: Judgments, sheets: Mapping[str, FoundSheet]) -> list[Judgment]:
    """The judgments of all files, in their order. Two files for the same section are a problem of the second."""
    first: dict[tuple[str, str], str] = {}
    results: list[Judgment] = []
    for path, sheet in sheets.items():
        doubled = next(((one.page, one.section) for one in sheet.pieces if (one.page, one.section) in first), None)
        if doubled is None:
            first.update({(one.page, one.section): path for one in sheet.pieces})
            results += judgments.of(path, sheet)
        else:
            message = (
                f"{'/'.join(doubled)} stands in {first[doubled]} as well, and only one of them can be meant. Choose an "
                "environment, or remove a file."
            )
            results.append(FileProblem(path=path, code="two-files", message=message))
    return results


def patch_between(current: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The merge patch (RFC 7396) that makes `wanted` of `current`: nulls remove what is not wanted any more."""
    patch: dict[str, Any] = {name: None for name in current if name not in wanted}
    for name, value in wanted.items():
        before = current.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            inner = patch_between(before, value)
            if inner:
                patch[name] = inner
        elif name not in current or to_json(before) != to_json(value):
            patch[name] = value
    return patch


def _static(path: str, piece: FoundPiece, content: str) -> NotImported | FileProblem:
    if piece.fields == {"content": content}:
        return _skip(path, piece, "static", "This is fixed text of the site definition, and unchanged.")
    message = (
        f"{piece.page}/{piece.section} is fixed text: change its `content` in the site definition, not in the file."
    )
    return FileProblem(path=path, code="static-section", message=message, line=piece.line)


def _outdated(path: str, piece: FoundPiece) -> NotImported | FileProblem:
    """Preview has other copy than the one this file was exported from."""
    if piece.template is not None and fields_hash(piece.template, piece.fields) == piece.hash:
        return _skip(path, piece, "stale", "Nobody edited the file, and preview has other copy by now.")
    message = (
        f"{piece.page}/{piece.section} has other copy in preview than the file was exported from, and the file was "
        "edited. Export again elsewhere and compare, or import with overwrite to let the file win."
    )
    return FileProblem(path=path, code="outdated", message=message, line=piece.line)


def _skip(path: str, piece: FoundPiece, code: Any, reason: str) -> NotImported:
    return NotImported(path=path, page=piece.page, section=piece.section, code=code, reason=reason)
