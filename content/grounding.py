"""What a writer's answer is held against while it writes: the schema, the texts to keep, and what the site knows.

Two kinds of rules. Copy that misses the schema or a text to keep is no copy: it is never stored. Terms, links and
lengths are wishes of the site: a writer is shown what it missed, as often as it is shown anything; then its copy is
taken, and the site's checks go on naming what is left. A model that cannot do without a word would otherwise fail the
section for good, and everything paid for it would be lost.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from copydesk.content.schema.checks import check_copy
from copydesk.content.schema.violations import Violation
from copydesk.content.site_checks.fields import field_faults
from copydesk.content.site_checks.links import LinkTargets, link_faults
from copydesk.content.site_checks.named_links import NamedLinks, texts_of_site
from copydesk.content.site_checks.site_copy import FieldText, SectionCopy
from copydesk.content.site_checks.terms import term_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copydesk.content.briefs import Brief
    from copydesk.content.site_checks.findings import Fault

__all__ = ["binding_violations", "check_written", "wishes_missed"]


def check_written(brief: Brief, fields: object) -> tuple[Violation, ...]:
    """Everything to put right, so that one correction suffices: what binds first, then the wishes."""
    return binding_violations(brief, fields) + wishes_missed(brief, fields)


def binding_violations(brief: Brief, fields: object) -> tuple[Violation, ...]:
    """What copy may never miss: its schema, and every text to keep."""
    return check_copy(brief.schema, fields, brief.keep)


def wishes_missed(brief: Brief, fields: object) -> tuple[Violation, ...]:
    """The terms, links, empty texts and lengths that are not as the site wishes them, each place once."""
    if not isinstance(fields, dict):
        return ()
    copy = SectionCopy(brief.route.id, brief.section.id, brief.template.name, fields)
    return tuple(dict.fromkeys(Violation(fault.path, fault.said) for fault in _faults(brief, copy)))


def _faults(brief: Brief, copy: SectionCopy) -> Iterator[Fault]:
    broken = {violation.path for violation in brief.schema.violations(copy.fields)}
    # Once is enough: what is empty or too long may break the schema too.
    yield from (fault for fault in field_faults(copy, brief.template.schema) if fault.path not in broken)
    fixed = _fixed_texts(brief.template.schema)
    texts = [text for text in copy.texts if text.text not in fixed]
    for text in texts:
        yield from term_faults(_without_kept(text, brief.keep), brief.site.terms)
    targets = _targets(brief, copy)
    for text in texts:
        yield from link_faults(text, copy.page, targets)


def _targets(brief: Brief, copy: SectionCopy) -> LinkTargets:
    """Beside what the site knows, what the brief of this section says. Of the page's copy, only this is known."""
    named = NamedLinks(chain(texts_of_site(brief.site), (brief.variable,)))
    return LinkTargets(brief.site, {copy.page: (copy,)}, named, anchors=brief.variable)


def _without_kept(text: FieldText, keep: tuple[str, ...]) -> FieldText:
    """Texts that must survive are as they are, whatever words they hold."""
    rest = text.text
    for kept in keep:
        rest = rest.replace(kept, " ")
    return FieldText(text.path, text.name, rest)


def _fixed_texts(schema: Any) -> frozenset[str]:
    """The texts that the schema itself dictates: no writer can choose another."""
    return frozenset(_dictated(schema, depth=0))


def _dictated(schema: Any, depth: int) -> Iterator[str]:
    if depth > 16:  # noqa: PLR2004  (nobody nests a choice of texts deeper)
        return
    if isinstance(schema, dict):
        for value in (schema.get("const"), *(schema.get("enum") or ())):
            if isinstance(value, str):
                yield value
        for inner in schema.values():
            yield from _dictated(inner, depth + 1)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _dictated(inner, depth + 1)
