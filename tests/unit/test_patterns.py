from __future__ import annotations

import re
from itertools import islice

import pytest

from copydesk.content.schema.explosions import MAX_SEARCHED
from copydesk.content.schema.patterns import matching_texts, search_within_limit


@pytest.mark.parametrize(
    ("pattern", "shortest", "longest"),
    [
        (r"^[a-z0-9]+(-[a-z0-9]+)*$", 12, 20),
        (r"^\d+(\.\d+)?\s*(px|em|%)$", 0, None),
        (r"(?P<quote>['\"])x(?P=quote)", 0, None),
        (r"^(?!draft)[a-z]+$", 1, 9),
        (r"^(?=.*\d)[a-z0-9]{4,}$", 0, 40),
        (r"^[^<>]*$", 0, None),
        (r"^$", 0, 0),
        (r"^((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}$", 0, None),
    ],
)
def test_texts_match_and_have_the_length_asked_for(pattern: str, shortest: int, longest: int | None) -> None:
    texts = list(islice(matching_texts(pattern, shortest=shortest, longest=longest), 3))
    assert texts
    for text in texts:
        assert re.search(pattern, text)
        assert shortest <= len(text) <= (len(text) if longest is None else longest)


def test_no_text_is_offered_for_a_pattern_that_nothing_was_found_for() -> None:
    assert list(matching_texts(r"^(?=a)b$")) == []


def test_repetitions_of_repetitions_end() -> None:
    assert list(matching_texts(r"^((((a{900}b){900}c){900}d){900}e){900}$")) == []


def test_only_the_beginning_of_a_very_long_text_is_searched() -> None:
    assert not search_within_limit("b", "a" * MAX_SEARCHED + "b")
    assert search_within_limit("b", "a" * (MAX_SEARCHED - 1) + "b")
