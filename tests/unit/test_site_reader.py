from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.content.definition.reader import Document, read_yaml

_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
_TEXTS = st.text(_LETTERS, max_size=30)
_NUMBERS = st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=20,
)


def _read(text: str) -> Document:
    return read_yaml(text.encode())


def _only_problem(text: str | bytes) -> tuple[int, str]:
    document = read_yaml(text if isinstance(text, bytes) else text.encode())
    assert len(document.problems) == 1, document.problems
    return document.problems[0].line, document.problems[0].message


@given(_JSON)
def test_json_reads_as_the_data_that_it_is(data: Any) -> None:
    document = _read(json.dumps(data, ensure_ascii=False, indent=1))
    assert document.problems == ()
    assert document.data == data


@given(st.binary(max_size=200) | st.text("[]{}:-&*!|>'\"#%,? \n\tab<", max_size=80).map(str.encode))
def test_any_bytes_give_data_or_problems_and_never_an_exception(content: bytes) -> None:
    document = read_yaml(content)
    assert document.complete or document.problems


@pytest.mark.parametrize(
    "word", ["no", "on", "yes", "off", "y", "12:30:45", "2026-11-23", "1_000", "0b11", "=", "1e", "."]
)
def test_words_that_older_yaml_takes_for_values_stay_text(word: str) -> None:
    assert _read(f"key: {word}").data == {"key": word}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("-12", -12),
        ("007", 7),
        ("0o17", 15),
        ("0xfF", 255),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("'12'", "12"),
        ('"true"', "true"),
    ],
)
def test_plain_scalars_follow_the_core_schema(written: str, value: object) -> None:
    read = _read(f"key: {written}").data["key"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("written", [".inf", "-.INF", ".nan", "1e999", "9" * 5000])
def test_numbers_that_json_cannot_hold_are_refused(written: str) -> None:
    line, message = _only_problem(f"key:\n- {written}")
    assert (line, "JSON has no number" in message) == (2, True)


def test_every_path_has_the_line_of_its_key_or_item() -> None:
    lines = _read(
        "site:\n  id: a\n  text: |\n    one\n    two\nroutes:\n\n- id: home\n  sections: [{id: hero},\n    {id: b}]\n"
    ).lines
    assert lines.at(()) == 1
    assert lines.at(("site", "id")) == 2
    assert lines.at(("site", "text")) == 3
    assert lines.at(("routes",)) == 6
    assert lines.at(("routes", 0)) == 8
    assert lines.at(("routes", 0, "sections", 1, "id")) == 10


def test_a_path_that_does_not_exist_has_the_line_of_what_is_around_it() -> None:
    lines = _read("site:\n  id: a\n").lines
    assert lines.at(("site", "title")) == 1
    assert lines.at(("site", "id", 7, "x")) == 2


def test_an_alias_repeats_the_value_and_points_to_where_it_is_written() -> None:
    document = _read("a: &shared\n  size: 1\nb: *shared\n")
    assert document.data == {"a": {"size": 1}, "b": {"size": 1}}
    assert document.lines.at(("b",)) == 3
    assert document.lines.at(("b", "size")) == 2


def test_the_billion_laughs_are_counted_as_if_written_out() -> None:
    rows = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    line, message = _only_problem("\n".join(rows))
    assert line <= 7
    assert "too large" in message


def test_one_long_text_repeated_by_aliases_is_counted_too() -> None:
    line, message = _only_problem(f"- &long {'x' * 1_000_000}\n" + "- *long\n" * 100)
    assert line < 50
    assert "too large" in message


def test_nesting_beyond_sixty_four_levels_is_refused_and_the_limit_itself_is_not() -> None:
    assert _read("[" * 64 + "]" * 64).complete
    assert "64 levels" in _only_problem("[" * 65 + "]" * 65)[1]
    assert "64 levels" in _only_problem("".join(f"{'  ' * n}k:\n" for n in range(3000)))[1]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 'The key "a" stands here a second time; the first is on line 1.'),
        ("a: 1\nb: !!str 3\n", 2, "tag"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tag"),
        ("a: ! plain\n", 1, "tag"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "Merge keys"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("? [a, b]\n: 1\n", 1, "A key must be plain text"),
        ("a: &x [*x]\n", 1, "inside the value"),
        ("a: 1\nb: *nowhere\n", 2, '"&nowhere"'),
        ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
        ("a: 1\nb: \x00\n", 2, "U+0000"),
        ('a: 1\nb: "x\\0y"\n', 2, "U+0000"),
        ("a: \x1b[31m\n", 1, "U+001B"),
    ],
)
def test_odd_yaml_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    found, message = _only_problem(text)
    assert found == line
    assert said in message


def test_bytes_that_are_not_utf_8_are_refused_with_their_line() -> None:
    assert _only_problem(b"a: 1\nb: caf\xe9\n") == (2, "The file is not UTF-8 text; save it with that encoding.")


def test_a_byte_order_mark_is_ignored() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1").data == {"a": 1}


def test_a_quoted_merge_key_is_a_key_like_any_other() -> None:
    assert _read('"<<": 1').data == {"<<": 1}


def test_several_problems_are_told_at_once() -> None:
    assert [problem.line for problem in _read("a: 1\na: !!str 2\nb: .inf\n").problems] == [2, 2, 3]
