from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.content.definition.suggestions import did_you_mean, listed, nearest


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("hom", "home"),
        ("HOME", "home"),
        ("prcing", "pricing"),
        ("hero", "core:hero"),
        ("cor:hero", "core:hero"),
        ("core:heros", "core:hero"),
        ("zzzz", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_what_a_person_meant(name: str, meant: str | None) -> None:
    assert nearest(name, ["home", "pricing", "core:hero"]) == meant


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=6))
def test_a_suggestion_is_always_one_of_the_candidates(name: str, candidates: list[str]) -> None:
    assert nearest(name, candidates) in {None, *candidates}


def test_an_enormous_name_is_not_compared() -> None:
    assert nearest("x" * 1_000_000, ["x" * 99]) is None


def test_the_end_of_the_sentence_names_the_nearest_or_what_there_is() -> None:
    assert did_you_mean("hom", ["home", "about"]) == 'did you mean "home"?'
    assert did_you_mean("zzz", ["home", "about"]) == 'there are "home" and "about".'
    assert did_you_mean("zzz", ["home"]) == 'there is "home".'
    assert did_you_mean("zzz", []) == "there are none."


def test_a_long_list_ends_with_how_many_more_there_are() -> None:
    assert listed([str(number) for number in range(9)]) == '"0", "1", "2", "3", "4", "5" and 3 more'
