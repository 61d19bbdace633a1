from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.content.reports.cutting import cut_text, cut_value, value_size
from copydesk.content.reports.differences import Difference, differences, inline_difference

_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


def test_each_place_that_differs_is_named_by_its_path() -> None:
    before = {"headline": "Six breads", "note": "old", "items": [{"title": "Rye"}, {"title": "Oat"}]}
    after = {"headline": "Seven breads", "items": [{"title": "Rye"}, {"title": "Oats"}], "new": [1]}
    assert differences(before, after) == [
        Difference("$.headline", "changed", "Six breads", "Seven breads"),
        Difference("$.items[1].title", "changed", "Oat", "Oats"),
        Difference("$.new[0]", "added", after=1),
        Difference("$.note", "removed", before="old"),
    ]


def test_an_item_put_in_at_the_top_does_not_change_those_below() -> None:
    assert differences({"items": ["a", "b"]}, {"items": ["new", "a", "b"]}) == [
        Difference("$.items[0]", "added", after="new")
    ]


def test_numbers_and_truth_are_not_the_same() -> None:
    assert [one.path for one in differences({"a": 1, "b": True}, {"a": True, "b": True})] == ["$.a"]


@given(_JSON, _JSON)
def test_two_values_have_differences_exactly_if_they_differ(before: Any, after: Any) -> None:
    assert differences(before, before) == []
    same = json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert bool(differences({"x": before}, {"x": after})) is not same


def test_a_long_text_is_shown_word_by_word() -> None:
    before = "We bake six breads, every morning, in the oven that came through the roof."
    after = before.replace("six", "seven")
    (difference,) = differences({"text": before}, {"text": after})
    assert difference.inline is not None
    assert difference.inline.startswith("We bake [-six-]{+seven+} breads")


def test_what_is_equal_far_from_a_change_is_left_out() -> None:
    text = " ".join(f"word{number}" for number in range(200))
    shown = inline_difference(text, text.replace("word100", "other"))
    assert "[-word100-]{+other+}" in shown
    assert "word10 " not in shown
    assert len(shown) < 400


@pytest.mark.parametrize("room", [5_000, 600, 60, 5])
def test_a_value_is_cut_to_its_room(room: int) -> None:
    value = {f"field{number}": ["x" * 500] * 20 for number in range(10)}
    cut = cut_value(value, room)
    assert cut.is_cut
    assert value_size(cut.value) <= max(room, 4)


def test_what_fits_is_not_cut() -> None:
    assert cut_value({"a": "b"}, 100).value == {"a": "b"}
    assert cut_text("short", 100).value == "short"


@given(st.text(max_size=300), st.integers(10, 100))
def test_a_text_is_cut_to_its_room_as_json(text: str, room: int) -> None:
    assert value_size(cut_text(text, room).value) <= room
