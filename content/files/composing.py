"""From the copy that stands to the sheets of an export. Pure: what the site defines and the store holds come in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError
from copydesk.content.files.bodies import escape_body, tidy_body
from copydesk.content.files.portable import portability_problem
from copydesk.content.files.profiles import Per
from copydesk.content.files.reports import NotExported
from copydesk.content.files.sheets import Piece, Sheet
from copydesk.content.markdown import default_markdown
from copydesk.content.rendering import render_markdown
from copydesk.store import entities
from copydesk.store.entities import Place
from copydesk.store.ids import fields_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from copydesk.content.definition.models import Site
    from copydesk.content.files.profiles import Profile
    from copydesk.content.operations.selection import Selected
    from copydesk.store.database import Database
    from copydesk.store.models import Revision
    from copydesk.store.states import Environment

__all__ = ["Composed", "body_of", "compose", "read_copies", "static_piece"]


@dataclass(frozen=True, slots=True)
class Composed:
    """The files of an export, and the sections that are in none of them."""

    sheets: tuple[Sheet, ...]
    skipped: tuple[NotExported, ...]


def read_copies(
    db: Database, keys: Sequence[tuple[str, str]], environment: Environment
) -> dict[tuple[str, str], Revision]:
    """What stands in these sections of one environment, by (page, section)."""
    found = {key: entities.current_copy(db, Place(*key, environment)) for key in keys}
    return {key: copy for key, copy in found.items() if copy is not None}


def compose(
    site: Site,
    selected: Iterable[Selected],
    copies: Mapping[tuple[str, str], Revision],
    environment: Environment,
    profile: Profile,
) -> Composed:
    """The sheets of these sections, in the order of the site.

    Static sections are exported like the others, with their fixed text: a page without its imprint would be wrong.
    """
    skipped: list[NotExported] = []
    sheets: list[Sheet] = []
    for _, group in groupby(selected, key=lambda one: one.key if profile.per is Per.SECTION else one.route.id):
        sections = list(group)
        pieces = list(_pieces(site, sections, copies, profile, environment, skipped))
        if pieces:
            sheets.append(_sheet(site, sections[0], pieces, environment, profile))
    return Composed(tuple(sheets), tuple(skipped))


def static_piece(page: str, section: str, content: str) -> Piece:
    """A static section as files hold it: its fixed text is the field `content`."""
    fields = {"content": content}
    return Piece(page, section, "static", fields, fields_hash("static", fields))


def body_of(site: Site, pieces: Sequence[Piece], profile: Profile) -> str:
    """The rendered copy of these sections, one after the other. Raises `ContentError` (render-failed)."""
    texts = [tidy_body(_rendered(site, piece)) for piece in pieces]
    return escape_body("\n".join(text for text in texts if text), profile.syntax)


def _pieces(
    site: Site,
    sections: Sequence[Selected],
    copies: Mapping[tuple[str, str], Revision],
    profile: Profile,
    environment: Environment,
    skipped: list[NotExported],
) -> Iterator[tuple[Piece, str]]:
    """The pieces with their bodies; what cannot be exported goes to `skipped`."""
    for selected in sections:
        page, section = selected.key
        piece = _piece(selected, copies.get(selected.key))
        if piece is None:
            reason = f"{selected} has no copy in {environment}."
            skipped.append(NotExported(page=page, section=section, code="no-copy", reason=reason))
        elif problem := portability_problem(piece.fields):
            skipped.append(NotExported(page=page, section=section, code="not-portable", reason=problem))
        else:
            try:
                yield piece, body_of(site, [piece], profile) if profile.has_body else ""
            except ContentError as error:
                skipped.append(NotExported(page=page, section=section, code="render-failed", reason=error.message))


def _piece(selected: Selected, copy: Revision | None) -> Piece | None:
    if selected.section.content is not None:
        return static_piece(*selected.key, selected.section.content)
    if copy is None:
        return None
    return Piece(*selected.key, copy.template, copy.fields, copy.hash, copy.id)


def _sheet(
    site: Site, first: Selected, pieces: Sequence[tuple[Piece, str]], environment: Environment, profile: Profile
) -> Sheet:
    page, section = first.key
    values = {"page": page, "section": section, "environment": environment.value, "site": site.id}
    values["path"] = first.route.path.strip("/") or profile.index
    return Sheet(
        path=profile.pattern.fill(values),
        route=first.route,
        environment=environment.value,
        pieces=tuple(piece for piece, _ in pieces),
        body="\n".join(body for _, body in pieces if body) if profile.has_body else None,
        section=section if profile.per is Per.SECTION else None,
    )


def _rendered(site: Site, piece: Piece) -> str:
    if piece.is_static:
        return str(piece.fields["content"])
    template = site.templates.get(piece.template)
    # Copy may have been written for a template that the site does not have any more.
    return default_markdown(piece.fields) if template is None else render_markdown(template, piece.fields)
