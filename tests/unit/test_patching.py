"""Fields changed by name, and the patch between two versions of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from copydesk.content.errors import ContentError
from copydesk.content.operations.editing import merge
from copydesk.content.operations.patching import merge_patch, with_value, without

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "year": {"type": "integer"},
        "items": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
FIELDS: dict[str, Any] = {"title": "Old", "items": [{"name": "One"}, {"name": "Two"}]}

scalars = some.booleans() | some.integers() | some.text(max_size=3)
objects = some.dictionaries(
    some.text("abc", min_size=1, max_size=1),
    some.recursive(
        scalars,
        lambda inner: (
            some.lists(inner, max_size=3) | some.dictionaries(some.text("abc", max_size=1), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


@given(objects, objects)
def test_patch_makes_one_version_into_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    merged = merge(before, merge_patch(before, after))
    assert merged == after
    assert repr(sorted(merged)) == repr(sorted(after))


@given(objects)
def test_patch_to_the_same_is_empty(fields: dict[str, Any]) -> None:
    assert merge_patch(fields, fields) == {}


def test_number_and_truth_value_differ() -> None:
    assert merge_patch({"a": 1}, {"a": True}) == {"a": True}


def test_new_null_is_refused_because_a_patch_cannot_say_it() -> None:
    with pytest.raises(ContentError, match='"a" is null'):
        merge_patch({}, {"a": None})


@pytest.mark.parametrize(
    ("path", "written", "expected"),
    [
        ("title", "1887", {"title": "1887"}),
        ("year", "1887", {"year": 1887}),
        ("items.1.name", "2", {"items": [{"name": "One"}, {"name": "2"}]}),
        ("items.2", '{"name": "Three"}', {"items": [{"name": "One"}, {"name": "Two"}, {"name": "Three"}]}),
        ("tags", '["a", "b"]', {"tags": ["a", "b"]}),
        ("unknown", "plain words", {"unknown": "plain words"}),
    ],
)
def test_value_is_set_at_its_path_as_the_schema_means_it(path: str, written: str, expected: dict[str, Any]) -> None:
    assert with_value(FIELDS, path, written, SCHEMA) == FIELDS | expected
    assert FIELDS["items"][1] == {"name": "Two"}, "the fields given are left as they are"


def test_item_and_field_are_removed() -> None:
    assert without(FIELDS, "items.0") == FIELDS | {"items": [{"name": "Two"}]}
    assert without(FIELDS, "title") == {"items": FIELDS["items"]}


@pytest.mark.parametrize("path", ["items.7.name", "items.3", "titel.x", "title.x", "items.one"])
def test_path_that_leads_nowhere_is_named(path: str) -> None:
    with pytest.raises(ContentError, match="leads nowhere") as refused:
        with_value(FIELDS, path, "x", SCHEMA)
    assert refused.value.code == "unknown-field"
