"""Placeholder copy that is about to be published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from copydesk.content.site_checks.findings import Finding

if TYPE_CHECKING:
    from copydesk.content.site_checks.site_copy import SiteCopy

__all__ = ["check_drafts"]


def check_drafts(copy: SiteCopy) -> Iterator[Finding]:
    """Sections whose copy a writer of placeholders made."""
    for section in copy.sections.values():
        if section.is_draft:
            message = (
                "This is a placeholder draft; regenerate it with a real writer, or edit it, before it is published."
            )
            yield Finding.error("placeholder-draft", section, "$", message)
