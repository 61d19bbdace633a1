"""SCOPE: from the arguments of a call to the sections that it means."""

from __future__ import annotations

from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Scope


def read_scope(
    pages: tuple[str, ...], sections: tuple[str, ...], page: str | None, section: str | None, *, whole: bool = False
) -> Scope:
    """The scope of a call. The singular `page` and `section` stand beside the plural ones; both together are one
    section."""
    if section is not None:
        sections = (*sections, full_name(page, section))
    elif page is not None:
        pages = (*pages, page)
    return Scope(pages=pages, sections=sections, all=whole)


def full_name(page: str | None, section: str) -> str:
    """The section as `page/section`, with its page told beside it or in it."""
    if page is None or section.startswith(f"{page}/"):
        return section
    return f"{page}/{section}"


def require(scope: Scope, message: str) -> Scope:
    """The scope, unless it is empty: an empty choice never means the whole site."""
    if scope.is_empty:
        raise ContentError("empty-scope", message)
    return scope
