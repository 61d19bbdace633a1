"""Regular expressions and schemas that are small to write and endless to use: refused, or given up in time."""

from __future__ import annotations

import time
from typing import Any

import pytest

from copydesk.content.schema.compiled import compile_schema, schema_problems
from copydesk.content.schema.explosions import pattern_problem
from copydesk.content.schema.patterns import search_within_limit

SECONDS = 20
"""Of processor time, on a slow and busy machine. What these tests are about would take hours."""


@pytest.mark.parametrize(
    "pattern",
    [
        "a?" * 28 + "a" * 28,
        r"^\d+\d+\d+\d+x$",
        r".*a.*b.*c$",
        r"(.+)\1+x",
        r"\s*\s*\s*$x",
        "(a|a)" * 30 + "b",
        "(.*)(.*)(.*)(.*)x",
        "a{0,30}" * 6 + "b",
        "([㐀-䶵]x|[㐁-䶴]x)+!",  # overlap between the ends of their ranges
        "(?i)(aX|AX)+!",
        "(㐀|.)+!",
        "(a)?(?(1)(x+)+y|z)",
        "(?>(x+x+)+y)",
    ],
)
def test_pattern_that_explodes_is_refused(pattern: str) -> None:
    assert pattern_problem(pattern) is not None


def test_length_that_makes_a_pattern_usable_is_named_and_is_enough() -> None:
    name: dict[str, Any] = {"type": "string", "pattern": "^.+ .+ .+$"}
    schema = {"type": "object", "properties": {"name": name}}
    ((path, problem),) = schema_problems(schema)
    assert path == "$.properties.name.pattern"
    assert "set maxLength to 500 or less" in problem
    name["maxLength"] = 500
    assert schema_problems(schema) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "a@" + "." * 9_998),
        (r"^[a-z]+(-[a-z]+)*(\.[a-z]+)*$", "a-" * 5_000),
        (r"^(?=.*[A-Z])(?=.*\d)(?=.*[^\w]).{8,}$", "a" * 10_000),
        (r".*foo.*", "fo" * 5_000),
        (r"\w+@\w+\.\w+", "a" * 10_000),
        (r"^\S+( \S+){2,8}$", "a " * 5_000),
        (r"^.+ .+$", " " * 9_999 + "\n"),
    ],
)
def test_pattern_that_people_write_is_allowed_and_ends_on_its_worst_text(pattern: str, text: str) -> None:
    assert pattern_problem(pattern) is None
    started = time.process_time()
    search_within_limit(pattern, text)
    assert time.process_time() - started < SECONDS


def test_pattern_of_any_length_is_judged_in_time() -> None:
    started = time.process_time()
    for pattern in ("(?:a?" * 100 + ")?" * 100, "|".join(f"ab{number}z" for number in range(280)), "a|" * 900):
        pattern_problem(pattern)
    assert time.process_time() - started < SECONDS
    assert pattern_problem("a" * 2_001) == "is longer than 2,000 characters"


def doubling(keyword: str) -> dict[str, Any]:
    """Thirty definitions, each of which leads twice to the next."""
    steps: dict[str, Any] = {f"d{one}": {keyword: [{"$ref": f"#/$defs/d{one + 1}"}] * 2} for one in range(30)}
    whole = steps | {"d30": {"type": "integer"}}
    return {"type": "object", "properties": {"x": {"$ref": "#/$defs/d0"}}, "$defs": whole}


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"c": 1}
    for _ in range(depth):
        value = {"c": value}
    return value


@pytest.mark.parametrize(
    ("schema", "fields"),
    [
        (doubling("anyOf"), {"x": "text"}),
        (doubling("allOf"), {"x": 1}),
        ({"type": "object", "properties": {"c": {"anyOf": [{"$ref": "#"}] * 2}}}, nested(28)),
        ({"type": "object", "additionalProperties": {"pattern": "^.+ .+$"}}, {f"{n}": " " * 9_999 for n in range(500)}),
    ],
    ids=["anyOf", "allOf", "recursive", "pattern"],
)
def test_check_that_would_not_end_is_given_up_and_the_copy_refused(
    schema: dict[str, Any], fields: dict[str, Any]
) -> None:
    compiled = compile_schema(schema)
    started = time.process_time()
    assert "takes too long to check" in str(compiled.violations(fields)[-1])
    assert time.process_time() - started < SECONDS


def test_long_lists_of_objects_are_compared_in_time_and_as_json_does() -> None:
    schema = compile_schema({"type": "object", "properties": {"list": {"type": "array", "uniqueItems": True}}})
    started = time.process_time()
    assert schema.violations({"list": [{"a": number} for number in range(20_000)]}) == ()
    assert time.process_time() - started < SECONDS
    assert schema.violations({"list": [1, True, "1", [1], {"a": 1}]}) == ()
    for pair in ([1, 1.0], [{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}]):
        assert schema.violations({"list": pair}) != ()


def test_name_of_any_length_is_searched_no_further_than_a_text() -> None:
    schema = compile_schema({"type": "object", "patternProperties": {"^.*a.*b": False}})
    started = time.process_time()
    assert schema.is_valid({"a" * 300_000: 1})
    assert time.process_time() - started < SECONDS


def test_chain_of_references_of_any_length_is_refused_not_followed() -> None:
    chain: dict[str, Any] = {f"d{one}": {"$ref": f"#/$defs/d{one + 1}"} for one in range(2_000)}
    schema = {"type": "object", "properties": {"x": {"$ref": "#/$defs/d0"}}, "$defs": chain | {"d2000": {}}}
    assert "leads on through too many others" in schema_problems(schema)[0][1]
    assert "takes too long to check" in str(compile_schema(schema).violations({"x": 1}))


def test_huge_schema_is_refused_and_many_problems_are_not_all_told() -> None:
    huge = {"type": "object", "properties": {f"p{one}": {"type": "string"} for one in range(6_000)}}
    assert schema_problems(huge) == [("$", "has more than 5,000 parts")]
    wrong = {"type": "object", "properties": {f"p{one}": {"$ref": f"#/$defs/x{one}"} for one in range(2_000)}}
    assert len(schema_problems(wrong | {"$defs": {f"y{one}": {} for one in range(2_000)}})) == 50
