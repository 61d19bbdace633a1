"""All checks of a site's copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from copydesk.content.site_checks.drafts import check_drafts
from copydesk.content.site_checks.fields import check_fields
from copydesk.content.site_checks.findings import Finding, Severity
from copydesk.content.site_checks.links import check_links
from copydesk.content.site_checks.terms import check_terms
from copydesk.content.site_checks.titles import check_titles

if TYPE_CHECKING:
    from copydesk.content.site_checks.site_copy import SiteCopy

__all__ = ["CHECKS", "check_site"]

Check: TypeAlias = Callable[["SiteCopy"], Iterator[Finding]]

CHECKS: Final[tuple[Check, ...]] = (check_links, check_titles, check_fields, check_terms, check_drafts)


def check_site(copy: SiteCopy, sections: Iterable[tuple[str, str]] | None = None) -> tuple[Finding, ...]:
    """What all checks find in these sections (page id, section id), or in all: errors first, then as the site goes.

    The whole site is looked at either way: a title is a duplicate because of another page's.
    """
    wanted = None if sections is None else set(sections)
    places = {key: number for number, key in enumerate(copy.sections)}
    found = [
        finding
        for check in CHECKS
        for finding in check(copy)
        if wanted is None or (finding.page, finding.section) in wanted
    ]
    return tuple(sorted(found, key=lambda one: (one.severity is Severity.WARNING, places[one.page, one.section])))
