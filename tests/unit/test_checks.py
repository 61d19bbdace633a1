from __future__ import annotations

from copydesk.content.schema.checks import check_copy, texts_of
from copydesk.content.schema.compiled import compile_schema

_SCHEMA = compile_schema(
    {"type": "object", "properties": {"title": {"type": "string", "maxLength": 10}}, "required": ["title"]}
)


def test_copy_that_fits_and_keeps_its_texts_passes() -> None:
    assert check_copy(_SCHEMA, {"title": "Rye bread", "items": [{"text": "Open daily"}]}, ["Rye", "Open daily"]) == ()


def test_schema_violations_come_before_lost_texts() -> None:
    violations = check_copy(_SCHEMA, {"title": "A title that is long"}, ["Rye"])
    assert [str(violation) for violation in violations] == [
        "$.title is 20 characters, 10 over the limit of 10",
        "$ must contain this text literally: “Rye”",
    ]


def test_a_kept_text_is_looked_for_literally() -> None:
    assert len(check_copy(_SCHEMA, {"title": "rye"}, ["Rye"])) == 1
    assert len(check_copy(_SCHEMA, {"title": "R.e"}, ["Rye"])) == 1


def test_names_of_properties_keep_nothing() -> None:
    assert len(check_copy(_SCHEMA, {"title": "x", "Rye": "y"}, ["Rye"])) == 1


def test_fields_that_are_no_object_are_a_violation_and_no_crash() -> None:
    assert [str(violation) for violation in check_copy(_SCHEMA, ["text"], [])] == ["$ is an array, not an object"]


def test_texts_are_found_at_any_depth_in_order() -> None:
    assert list(texts_of({"a": "1", "b": [{"c": "2"}, "3", 4, None]})) == ["1", "2", "3"]
