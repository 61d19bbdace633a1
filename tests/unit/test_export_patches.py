"""What an import edits: the patch by which the copy that stands becomes the copy in the file."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from copydesk.content.definition.models import Template
from copydesk.content.files.bodies import body_field
from copydesk.content.files.judging import patch_between
from copydesk.content.operations.editing import merge
from copydesk.store.database import to_json

NAMES = st.sampled_from("abc")
SCALARS = st.one_of(st.booleans(), st.integers(0, 1), st.sampled_from((0.0, 1.0)), st.sampled_from(("", "x")))
LISTS = st.lists(st.one_of(SCALARS, st.none()), max_size=2)
VALUES = st.recursive(SCALARS | LISTS, lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=6)
FIELDS = st.dictionaries(NAMES, VALUES, max_size=3)


@given(current=FIELDS, wanted=FIELDS)
def test_patch_makes_of_the_current_copy_just_what_is_wanted(current: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert to_json(merge(current, patch_between(current, wanted))) == to_json(wanted)


@given(fields=FIELDS)
def test_nothing_is_patched_where_nothing_differs(fields: dict[str, Any]) -> None:
    assert patch_between(fields, fields) == {}


def test_null_that_stands_already_is_left_alone() -> None:
    assert patch_between({"a": None, "b": {"c": None}}, {"a": None, "b": {"c": None}}) == {}


def test_truth_and_numbers_are_told_apart() -> None:
    assert patch_between({"a": True, "b": 1}, {"a": 1, "b": 1.0}) == {"a": 1, "b": 1.0}


def template(form: str | None, kind: str = "string") -> Template:
    return Template("x:y", "", "", {"type": "object", "properties": {"text": {"type": kind}}}, format=form)


def test_body_is_a_field_only_where_the_format_is_nothing_else() -> None:
    assert body_field(template("{{ text }}\n")) == "text"
    assert body_field(template("{{text}}")) == "text"
    assert body_field(template("# {{ text }}")) is None
    assert body_field(template("{{ text | upper }}")) is None
    assert body_field(template("{{ other }}")) is None
    assert body_field(template("{{ text }}", "integer")) is None
    assert body_field(template(None)) is None
