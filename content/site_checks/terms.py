"""The words of a site: those that it avoids, and those that are written in one way only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from copydesk.content.site_checks.findings import Fault, Finding, Severity
from copydesk.content.site_checks.links import is_link_field

if TYPE_CHECKING:
    from copydesk.content.definition.models import Terms
    from copydesk.content.site_checks.site_copy import FieldText, SiteCopy

__all__ = ["check_terms", "term_faults"]

_ADDRESS: Final = re.compile(r"https?://\S+|\]\([^()]*\)|\bhref\s*=\s*[\"'][^\"']*[\"']")


def check_terms(copy: SiteCopy) -> Iterator[Finding]:
    """Words to avoid that are used, and words that are written in another way than the site writes them."""
    terms = copy.site.terms
    if not (terms.use or terms.avoid):
        return
    for section in copy.sections.values():
        for text in section.texts:
            yield from (Finding.of(fault, section) for fault in term_faults(text, terms))


def term_faults(text: FieldText, terms: Terms) -> Iterator[Fault]:
    """The terms that one text gets wrong. Addresses are no prose."""
    if is_link_field(text.name):
        return
    prose = _ADDRESS.sub(" ", text.text)
    for term in terms.avoid:
        found = _pattern(term).search(prose)
        if found:
            said = f'says "{found[0]}", which this site avoids; find another word.'
            yield Fault("avoided-term", Severity.WARNING, text.path, said)
    for term in terms.use:
        other = next((found[0] for found in _pattern(term).finditer(prose) if not _is_written(found[0], term)), None)
        if other is not None:
            said = f'says "{other}"; this site writes "{term}".'
            yield Fault("term-spelling", Severity.WARNING, text.path, said)


@lru_cache(maxsize=1024)
def _pattern(term: str) -> re.Pattern[str]:
    """The term as a whole word, in any letter case, with spaces or hyphens between its parts or none at all."""
    words = r"[\s-]{0,3}".join(re.escape(part) for part in re.split(r"[\s-]+", term) if part)
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _is_written(found: str, term: str) -> bool:
    """As the site writes it; a sentence may begin with it."""
    plain = " ".join(found.split())
    return plain in (term, term[:1].upper() + term[1:])
