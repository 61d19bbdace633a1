"""A site definition as one canonical document, named by its hash, and back.

The order of mappings is kept, not sorted: the order of a schema's properties is the order in which people read the
copy, so it is part of what a definition says.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from copydesk.content.definition.models import Route, Section, Site, Snapshot, Template, Terms
from copydesk.content.errors import ContentError

__all__ = ["make_snapshot", "read_snapshot"]

_VERSION = 2
"""The newest form: the first, with the site's terms. Definitions without terms stay in the first form, so that their
hashes stay as they are and every copydesk reads them."""
_FIRST_VERSION = 1


def make_snapshot(site: Site) -> Snapshot:
    """The site with its source texts as a document. Equal definitions have equal hashes, on any machine."""
    content = {
        "version": _FIRST_VERSION if site.terms == Terms() else _VERSION,
        "site": _stated(
            id=site.id,
            title=site.title,
            description=site.description,
            url=site.url,
            voice=site.voice,
            sources=site.sources,
            terms=_terms_data(site.terms),
        ),
        "templates": {name: _template_data(template) for name, template in site.templates.items()},
        "routes": [_route_data(route) for route in site.routes],
        "sourceTexts": site.source_texts,
    }
    document = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Snapshot(_hash(document), document, site)


def read_snapshot(hash: str, document: str) -> Snapshot:  # noqa: A002 - what the field is called
    """The snapshot that `make_snapshot` made. Raises `ContentError` if the document is not the one with that hash."""
    if _hash(document) != hash:
        message = f"The stored site definition {hash[:12]} was damaged; restore the database from a backup."
        raise ContentError("damaged-snapshot", message)
    content = json.loads(document)
    if content["version"] > _VERSION:
        message = f"The stored site definition {hash[:12]} was written by a newer copydesk; upgrade this one."
        raise ContentError("newer-snapshot", message)
    return Snapshot(hash, document, _site(content))


def _hash(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


def _stated(**values: Any) -> dict[str, Any]:
    """Only what is said: a key whose value is None or an empty list means the same as no key."""
    return {key: value for key, value in values.items() if value is not None and value != ()}


def _terms_data(terms: Terms) -> dict[str, Any] | None:
    return _stated(use=terms.use, avoid=terms.avoid) or None


def _template_data(template: Template) -> dict[str, Any]:
    return _stated(
        description=template.description,
        prompt=template.prompt,
        schema=template.schema,
        format=template.format,
        generate=template.generate,
        sources=template.sources,
    )


def _route_data(route: Route) -> dict[str, Any]:
    return {
        "id": route.id,
        "path": route.path,
        "title": route.title,
        "description": route.description,
        "sections": [_section_data(section) for section in route.sections],
    }


def _section_data(section: Section) -> dict[str, Any]:
    return _stated(
        id=section.id,
        template=section.template,
        prompt=section.prompt,
        content=section.content,
        sources=section.sources,
    )


def _site(content: dict[str, Any]) -> Site:
    about = {"url": None, "voice": None} | content["site"]
    terms = {name: tuple(words) for name, words in about.pop("terms", {}).items()}
    return Site(
        **_with_sources(about),
        templates={
            name: Template(name=name, **_with_sources(template)) for name, template in content["templates"].items()
        },
        routes=tuple(_route(route) for route in content["routes"]),
        source_texts=content["sourceTexts"],
        terms=Terms(**terms),
    )


def _route(data: dict[str, Any]) -> Route:
    sections = tuple(Section(**_with_sources(section)) for section in data["sections"])
    return Route(data["id"], data["path"], data["title"], data["description"], sections)


def _with_sources(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"sources": tuple(data.get("sources", ()))}
