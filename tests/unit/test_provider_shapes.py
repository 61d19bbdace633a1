"""Schemas in the forms that providers take, and answers brought back to the schema they were asked for."""

from __future__ import annotations

from typing import Any

import pytest

from copydesk.content.writers.providers.shapes import is_plain, with_all_required, without_nulls

BUTTON = {
    "type": "object",
    "properties": {"label": {"type": "string", "maxLength": 20}, "url": {"type": "string"}},
    "required": ["label"],
}
HERO: dict[str, Any] = {
    "type": "object",
    "properties": {
        "headline": {"type": "string", "pattern": "^[A-Z]"},
        "note": {"type": ["string", "null"]},
        "buttons": {"type": "array", "items": {"$ref": "#/$defs/button"}, "maxItems": 3},
        "media": {"oneOf": [BUTTON, {"type": "string"}]},
    },
    "required": ["headline"],
    "$defs": {"button": BUTTON},
}


def test_ordinary_schemas_are_plain() -> None:
    assert is_plain(HERO)


@pytest.mark.parametrize(
    "part",
    [
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True},
        {"type": "object"},
        {"type": "array"},
        {"type": "array", "prefixItems": [{"type": "string"}]},
        {"allOf": [{"type": "string"}]},
        {"not": {"type": "string"}},
        {"$ref": "#/properties/headline"},
        {"description": "anything"},
        {},
        True,
    ],
)
def test_structures_that_providers_do_not_take_are_not_plain(part: Any) -> None:
    assert not is_plain({"type": "object", "properties": {"part": part}})
    assert not is_plain({"type": "object", "properties": {"list": {"type": "array", "items": part}}})


def test_a_choice_at_the_root_is_not_plain() -> None:
    assert not is_plain({"type": "object", "anyOf": [HERO, BUTTON]})


def test_every_property_becomes_required_and_what_was_optional_may_be_null() -> None:
    shape = with_all_required(HERO)
    assert shape["required"] == ["headline", "note", "buttons", "media"]
    assert shape["additionalProperties"] is False
    assert shape["properties"]["headline"] == HERO["properties"]["headline"]
    assert shape["properties"]["buttons"]["anyOf"][1] == {"type": "null"}
    assert shape["$defs"]["button"]["required"] == ["label", "url"]
    assert shape["properties"]["media"]["anyOf"][0]["oneOf"][0]["additionalProperties"] is False


def test_the_schema_itself_is_left_as_it_is() -> None:
    before = repr(HERO)
    with_all_required(HERO)
    assert repr(HERO) == before


def test_nulls_that_the_form_asked_for_go_and_those_that_are_meant_stay() -> None:
    answered = {
        "headline": "Bread",
        "note": None,
        "buttons": [{"label": "Visit", "url": None}, {"label": "Call", "url": "/call"}],
        "media": {"label": "Film", "url": None},
    }
    assert without_nulls(HERO, answered) == {
        "headline": "Bread",
        "note": None,
        "buttons": [{"label": "Visit"}, {"label": "Call", "url": "/call"}],
        "media": {"label": "Film"},
    }


def test_a_null_in_place_of_something_required_stays_to_be_found() -> None:
    assert without_nulls(HERO, {"headline": None, "buttons": None}) == {"headline": None}


def test_what_the_schema_does_not_describe_stays_to_be_found() -> None:
    assert without_nulls(HERO, {"headline": "A", "other": None, "buttons": "none"}) == {
        "headline": "A",
        "other": None,
        "buttons": "none",
    }


def test_definitions_that_refer_to_themselves_come_to_an_end() -> None:
    tree: dict[str, Any] = {
        "type": "object",
        "properties": {"child": {"$ref": "#/$defs/node"}},
        "$defs": {
            "node": {
                "anyOf": [{"$ref": "#/$defs/node"}, {"type": "object", "properties": {"name": {"type": "string"}}}]
            }
        },
    }
    assert is_plain(tree)
    assert without_nulls(tree, {"child": {"name": None}}) == {"child": {}}
