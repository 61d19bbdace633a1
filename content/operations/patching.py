"""Fields changed by name, and the patch that makes one version of them into another (JSON Merge Patch, RFC 7396)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError

if TYPE_CHECKING:
    from copydesk.content.definition.models import Fields, Schema

__all__ = ["merge_patch", "with_value", "without"]


def merge_patch(before: Fields, after: Fields) -> Fields:
    """The patch that makes `before` into `after`: objects are gone into, lists are replaced, null removes.

    Raises `ContentError` (null-field) for a new null in an object: a merge patch cannot say that.
    """
    patch: Fields = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if name in before and _same(old, value):
            continue
        if value is None:
            message = f'"{name}" is null, which means to remove it: leave the field out, or give it a value.'
            raise ContentError("null-field", message)
        patch[name] = merge_patch(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return patch


def with_value(fields: Fields, path: str, written: str, schema: Schema) -> Fields:
    """The fields with the value `written` at a path such as `headline` or `items.0.title`.

    Where text stands, or the schema asks for it, the value is taken as it is; elsewhere as JSON if it is any. One past
    the end of a list appends. Raises `ContentError` (unknown-field) for a path that leads nowhere.
    """
    changed = deepcopy(fields)
    *outer, last = path.split(".")
    parent = _at(changed, outer, path)
    value = _read(written, _get(parent, last), _schema_at(schema, [*outer, last]))
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list) and last.isdecimal() and int(last) <= len(parent):
        parent[int(last) : int(last) + 1] = [value]
    else:
        raise _leads_nowhere(path, last, parent)
    return changed


def without(fields: Fields, path: str) -> Fields:
    """The fields without what stands at the path. Raises `ContentError` (unknown-field) if nothing does."""
    changed = deepcopy(fields)
    *outer, last = path.split(".")
    parent = _at(changed, outer, path)
    if _get(parent, last) is None:
        raise _leads_nowhere(path, last, parent)
    del parent[int(last) if isinstance(parent, list) else last]
    return changed


def _same(one: Any, other: Any) -> bool:
    """As JSON: 1 and true differ."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _at(value: Any, names: Sequence[str], path: str) -> Any:
    for name in names:
        inner = _get(value, name)
        if inner is None:
            raise _leads_nowhere(path, name, value)
        value = inner
    return value


def _get(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return value.get(name)
    is_index = isinstance(value, list) and name.isdecimal() and int(name) < len(value)
    return value[int(name)] if is_index else None


def _leads_nowhere(path: str, name: str, parent: Any) -> ContentError:
    there = list(parent) if isinstance(parent, dict) else []
    if isinstance(parent, list):
        there = [str(number) for number in range(len(parent))]
    message = f'"{path}" leads nowhere at "{name}": {did_you_mean(name, there)}'
    return ContentError("unknown-field", message)


def _read(written: str, current: Any, schema: Schema) -> Any:
    if isinstance(current, str) or (current is None and schema.get("type") == "string"):
        return written
    try:
        return json.loads(written)
    except ValueError:
        return written  # the template's schema says what is wrong with it


def _schema_at(schema: Any, names: Sequence[str]) -> Schema:
    """The part of the schema for a path, as far as it says so plainly."""
    for name in names:
        if not isinstance(schema, dict):
            return {}
        properties = schema.get("properties")
        inner = properties.get(name) if isinstance(properties, dict) else None
        schema = schema.get("items") if inner is None and name.isdecimal() else inner
    return schema if isinstance(schema, dict) else {}
