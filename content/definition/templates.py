"""Reading the templates of a file: of a site, or of the bundled `core:` pack."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from copydesk.content.definition.entries import Entry, kind, opened, quote
from copydesk.content.definition.models import Schema, Template
from copydesk.content.definition.reader import KeyPath
from copydesk.content.rendering import template_problem
from copydesk.content.schema.compiled import schema_problems

__all__ = ["CORE", "check_id", "read_templates"]

CORE = "core"
"""The namespace of the bundled templates."""

_KEYS = ("description", "prompt", "schema", "format", "generate", "sources")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_LONGEST_ID = 100
_STEP = re.compile(r'\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]')


def read_templates(
    parent: Entry, namespace: str, sources_of: Callable[[Entry], tuple[str, ...]]
) -> dict[str, Template]:
    """The templates under the key `templates`, by qualified name and in the order of the file.

    An empty namespace is one that could not be read: any prefix is taken for it then.
    """
    templates: dict[str, Template] = {}
    for written, value in (parent.mapping("templates") or {}).items():
        path: KeyPath = (*parent.path, "templates", written)
        entry = opened(value, path, f'template "{quote(written)}"', parent.findings)
        name = _qualified(parent, written, namespace)
        if entry is None or name is None:
            continue
        if name in templates:
            entry.problem(None, f'{entry.title} is defined twice: "{name}" is the same with its namespace.')
        templates[name] = _template(entry, name, sources_of(entry))
    return templates


def check_id(entry: Entry, key: str | None, value: str, what: str) -> None:
    """Ids become parts of entity ids, paths and file names."""
    if _ID.fullmatch(value) is None:
        entry.problem(key, f'The {what} "{quote(value)}" {_ID_RULE}{_better_id(value)}')
    elif len(value) > _LONGEST_ID:
        entry.problem(key, f'The {what} "{quote(value)}" is longer than {_LONGEST_ID} characters.')


_ID_RULE = "may hold only small letters, digits, dots, hyphens and underscores, and begins with a letter or digit"


def _better_id(value: str) -> str:
    better = re.sub(r"[^a-z0-9._-]+", "-", value.lower()).strip("-._")
    return f'; "{better[:_LONGEST_ID]}" would do.' if better else "."


def _check_jinja(entry: Entry, key: str, source: str | None) -> None:
    problem = template_problem(source) if source else None
    if problem:
        entry.problem(key, f'"{key}" of {entry.name} is not a valid template: {problem.rstrip(".")}.')


def _qualified(parent: Entry, written: str, namespace: str) -> str | None:
    prefix, colon, bare = written.rpartition(":")
    path: KeyPath = (*parent.path, "templates", written)
    if colon and prefix != namespace and (namespace or prefix == CORE):
        reason = "that pack is bundled and cannot be changed" if prefix == CORE else f'this site is "{namespace}"'
        parent.findings.add(
            path,
            f'The template "{quote(written)}" is defined in the namespace "{quote(prefix)}", but {reason}; '
            f'call it "{quote(bare)}".',
        )
        return None
    if _ID.fullmatch(bare) is None:
        parent.findings.add(path, f'The template name "{quote(bare)}" {_ID_RULE}{_better_id(bare)}')
    return f"{namespace}:{bare}"


def _template(entry: Entry, name: str, sources: tuple[str, ...]) -> Template:
    generate = entry.flag("generate", default=True)
    # What is never generated needs no prompt; its schema still checks what people write.
    entry.check_keys(_KEYS, ("prompt", "schema") if generate else ("schema",))
    prompt = entry.text("prompt", may_be_empty=not generate)
    rendering = entry.text("format")
    _check_jinja(entry, "prompt", prompt)
    _check_jinja(entry, "format", rendering)
    return Template(
        name=name,
        description=entry.text("description", may_be_empty=True) or "",
        prompt=prompt or "",
        schema=_schema(entry),
        format=rendering,
        generate=generate,
        sources=sources,
    )


def _schema(entry: Entry) -> Schema:
    value = entry.values.get("schema", {})
    if not isinstance(value, dict):
        entry.problem("schema", f'"schema" of {entry.name} must be a JSON Schema, a mapping, but it is {kind(value)}.')
        return {}
    if "schema" in entry.values:
        for json_path, message in schema_problems(value):
            steps = _steps(json_path)
            text = f"In the schema of {entry.name}, {json_path} {message.rstrip('.')}."
            entry.findings.add((*entry.path, "schema", *steps), text)
    return value


def _steps(json_path: str) -> KeyPath:
    """`("properties", "title")` for `$.properties.title`."""
    return tuple(_step(match.groupdict()) for match in _STEP.finditer(json_path))


def _step(found: dict[str, Any]) -> str | int:
    if found["index"] is not None:
        return int(found["index"])
    return str(json.loads(found["quoted"])) if found["quoted"] else str(found["name"])
