"""The words of a site: those that it avoids, and those that are written in one way only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from copydesk.content.site_checks.findings import Finding
from copydesk.content.site_checks.links import is_link_field

if TYPE_CHECKING:
    from copydesk.content.definition.models import Terms
    from copydesk.content.site_checks.site_copy import SectionCopy, SiteCopy

__all__ = ["check_terms"]

_ADDRESS: Final = re.compile(r"https?://\S+|\]\([^()]*\)|\bhref\s*=\s*[\"'][^\"']*[\"']")


def check_terms(copy: SiteCopy) -> Iterator[Finding]:
    """Words to avoid that are used, and words that are written in another way than the site writes them."""
    terms = copy.site.terms
    if not (terms.use or terms.avoid):
        return
    for section in copy.sections.values():
        for text in section.texts:
            if not is_link_field(text.name):
                yield from _check(section, text.path, _ADDRESS.sub(" ", text.text), terms)


def _check(section: SectionCopy, path: str, text: str, terms: Terms) -> Iterator[Finding]:
    for term in terms.avoid:
        found = _pattern(term).search(text)
        if found:
            message = f'{path} says "{found[0]}", which this site avoids; find another word.'
            yield Finding.warning("avoided-term", section, path, message)
    for term in terms.use:
        other = next((found[0] for found in _pattern(term).finditer(text) if not _is_written(found[0], term)), None)
        if other is not None:
            yield Finding.warning("term-spelling", section, path, f'{path} says "{other}"; this site writes "{term}".')


@lru_cache(maxsize=1024)
def _pattern(term: str) -> re.Pattern[str]:
    """The term as a whole word, in any letter case, with spaces or hyphens between its parts or none at all."""
    words = r"[\s-]{0,3}".join(re.escape(part) for part in re.split(r"[\s-]+", term) if part)
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _is_written(found: str, term: str) -> bool:
    """As the site writes it; a sentence may begin with it."""
    plain = " ".join(found.split())
    return plain in (term, term[:1].upper() + term[1:])
