"""What no copy can hold is told in words."""

from __future__ import annotations

from typing import Any

import pytest

from copydesk.content.schema.storable import DEEPEST, storable_problem


def nested(levels: int) -> Any:
    value: Any = "leaf"
    for _ in range(levels):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize("value", [None, True, 2**70, -1.5, "é 🥐 \u2028", {}, [], nested(DEEPEST // 2)], ids=str)
def test_what_json_can_say_can_be_kept(value: Any) -> None:
    assert storable_problem(value) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (float("nan"), "not finite"),
        ({"a": [1, float("-inf")]}, "not finite"),
        ("a\udcffb", "half a character"),
        ({"\ud800": 1}, "half a character"),
        (nested(DEEPEST), "nested deeper than 32 levels"),
        (nested(5_000), "nested deeper than 32 levels"),
    ],
    ids=["nan", "infinity", "text", "name", "deep", "very deep"],
)
def test_what_cannot_be_kept_is_named(value: Any, problem: str) -> None:
    assert problem in str(storable_problem(value))
