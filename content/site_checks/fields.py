"""Fields that are empty, too long, or otherwise not what their template asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.schema.compiled import compile_schema
from copydesk.content.schema.sentences import json_path
from copydesk.content.site_checks.findings import Fault, Finding, Severity
from copydesk.content.site_checks.titles import is_metadata

if TYPE_CHECKING:
    from copydesk.content.site_checks.site_copy import SectionCopy, SiteCopy

__all__ = ["check_fields", "field_faults"]

_TOO_LONG: Final = ("maxLength", "maxItems", "maxProperties")
_EMPTY: Final = ("minLength", "minItems", "minProperties", "required")
_CUT_BY_SEARCH: Final = {"title": 60, "description": 160}
"""Characters that search engines show; counted only where the template sets no limit of its own."""


def check_fields(copy: SiteCopy) -> Iterator[Finding]:
    """The copy against the templates as they are now (they may have changed since it was written)."""
    for section in copy.sections.values():
        template = copy.site.templates.get(section.template)
        if template is None or section.is_static:
            continue
        seen: set[str] = set()
        for keyword, violation in compile_schema(template.schema).broken(section.fields):
            seen.add(violation.path)
            code = "overlong-field" if keyword in _TOO_LONG else "invalid-field"
            code = "empty-field" if keyword in _EMPTY else code
            yield Finding.error(code, section, violation.path, f"{violation.path} {violation.message.rstrip('.')}.")
        faults = field_faults(section, template.schema)
        yield from (Finding.of(fault, section) for fault in faults if not _is_told(fault, seen))


def _is_told(fault: Fault, seen: set[str]) -> bool:
    """The schema has complained about this field already."""
    return fault.code == "empty-field" and fault.path in seen


def field_faults(section: SectionCopy, schema: dict[str, Any]) -> Iterator[Fault]:
    """What the schema lets pass although visitors would miss it: nothing where something is needed, or too much."""
    yield from _empty(section, schema)
    yield from _cut_by_search(section, schema)


def _empty(section: SectionCopy, schema: dict[str, Any]) -> Iterator[Fault]:
    """Texts that the schema lets pass although nothing stands in them. Optional ones may be empty."""
    for path in _blank((), section.fields, schema, needed=False):
        said = f"is empty, but the template {section.template} needs it."
        yield Fault("empty-field", Severity.ERROR, json_path(path), said)
    if section.texts and not any(text.text.strip() for text in section.texts):
        yield Fault("empty-section", Severity.ERROR, "$", "has no text at all.")


def _blank(path: tuple[str | int, ...], value: Any, schema: Any, *, needed: bool) -> Iterator[tuple[str | int, ...]]:
    schema = schema if isinstance(schema, dict) else {}
    if isinstance(value, str):
        if needed and not value.strip() and "enum" not in schema and "const" not in schema:
            yield path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _blank((*path, index), item, schema.get("items"), needed=True)
    elif isinstance(value, dict):
        properties = schema.get("properties", {})
        for name, item in value.items():
            is_needed = name in schema.get("required", ())
            yield from _blank((*path, name), item, properties.get(name), needed=is_needed)


def _cut_by_search(section: SectionCopy, schema: dict[str, Any]) -> Iterator[Fault]:
    if not is_metadata(section):
        return
    for name, limit in _CUT_BY_SEARCH.items():
        value = section.fields.get(name)
        own_limit = schema.get("properties", {}).get(name, {}).get("maxLength")
        if isinstance(value, str) and own_limit is None and len(value) > limit:
            said = f"has {len(value)} characters; search engines show about {limit}."
            yield Fault("overlong-field", Severity.WARNING, f"$.{name}", said)
