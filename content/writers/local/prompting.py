"""What the model is told. A small one gets little: what it has to read costs as much time as what it writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Schema
    from copydesk.content.writers.base import Correction

__all__ = ["Message", "full_messages", "short_messages"]

Message = dict[str, str]

_LONGEST_PART: Final = 240
_LONGEST_FACTS: Final = 400
_LONGEST_COPY: Final = 600

_ROLE: Final = (
    "You write the copy of websites: plain, friendly and short. You write only about the site and the page that you "
    "are given. You answer with JSON."
)
# Their words leak into the answers of a small model: they are as general as words can be.
_EXAMPLES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (
        (
            "Site: The Reading Room. A public library for the whole town.\nPage: Events. What happens this month.\n"
            "Section: hero. The first thing a visitor sees.\nWrite: title, text."
        ),
        {
            "title": "Come in and stay a while",
            "text": "There is something for everybody this month. Have a look at what is on, and bring a friend along.",
        },
    ),
    (
        (
            "Site: Hill Street Cycles. Repairs bicycles and teaches how to.\nPage: Service. What the workshop does.\n"
            "Section: features. What sets it apart.\nWrite: headline, items."
        ),
        {
            "headline": "Back on the road by the evening",
            "items": [
                {"title": "Careful work", "text": "We check every part, and tell you what it needs before we begin."},
                {"title": "Clear prices", "text": "You know what it costs before you leave it with us."},
            ],
        },
    ),
)


def short_messages(brief: Brief, shape: Schema) -> list[Message]:
    """For a small model: two examples, which are the same for every section, then the gist of the brief."""
    examples = [
        message
        for asked, answer in _EXAMPLES
        for message in (_message("user", asked), _message("assistant", json.dumps(answer)))
    ]
    return [_message("system", _ROLE), *examples, _message("user", "\n".join(_gist(brief, shape)))]


def _gist(brief: Brief, shape: Schema) -> Iterator[str]:
    site, route, section, template = brief.site, brief.route, brief.section, brief.template
    yield _clipped(f"Site: {site.title}. {site.description}")
    yield _clipped(f"Page: {route.title}. {route.description}")
    yield _clipped(f"Section: {section.id}. {template.description}")
    if section.prompt:
        yield _clipped(f"About: {section.prompt}")
    if brief.instructions:
        yield _clipped(f"Wish: {brief.instructions}")
    names = (*section.sources, *template.sources, *site.sources)
    facts = next((site.source_texts[name] for name in names if name in site.source_texts), None)
    if facts:
        yield _clipped(f"Facts: {facts}", _LONGEST_FACTS)
    if brief.current is not None:
        yield _clipped(f"Now it says: {json.dumps(brief.current, ensure_ascii=False)}", _LONGEST_COPY)
        yield "Say it in a better way."
    yield f"Write: {', '.join(shape['properties'])}."


def _clipped(text: str, most: int = _LONGEST_PART) -> str:
    """On one line and not too long, whole words only. By bytes: what is not English takes about a token each."""
    line = " ".join(text.replace("#", " ").split())
    start = line.encode()[:most].decode(errors="ignore")
    return line if start == line else start.rpartition(" ")[0] or start


def full_messages(brief: Brief, correction: Correction | None) -> list[Message]:
    """For a model that can read: the whole brief with the schema; then what it wrote and what is wrong with that."""
    asked = _message("user", f"{brief.text}\n\nJSON Schema of the fields:\n{brief.schema.canonical}")
    if correction is None:
        return [asked]
    wrong = "\n".join(f"- {violation}" for violation in correction.violations)
    return [
        asked,
        _message("assistant", json.dumps(correction.fields, ensure_ascii=False)),
        _message("user", f"That cannot be used yet:\n{wrong}\nAnswer with the whole object again, these put right."),
    ]


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}
