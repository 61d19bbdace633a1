"""What a file holds comes back from it: for every profile and any fields."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.content.definition.models import Route
from copydesk.content.files.bodies import body_hash, escape_body, tidy_body
from copydesk.content.files.portable import portability_problem
from copydesk.content.files.profiles import PROFILES, Format, Per, Profile, Syntax, find_profile
from copydesk.content.files.reading import NotOurs, UnreadableFile, read_sheet
from copydesk.content.files.sheets import Piece, Sheet, write_sheet
from copydesk.content.files.yaml_text import dump_yaml
from copydesk.store.database import to_json
from copydesk.store.ids import fields_hash

EVERY_PROFILE = [
    find_profile(name, format=form, per=per)
    for name, generator in PROFILES.items()
    for form in generator.places
    for per in Per
]
ROUTE = Route(id="home", path="/", title="No: 12:30 #1", description="yes", sections=())

AWKWARD = (
    *(
        "no",
        "NO",
        "y",
        "on",
        "~",
        "null",
        "",
        " ",
        "1_000",
        "012",
        "0o7",
        "1e3",
        "12:30",
        "2024-01-01",
        ".inf",
        "=",
        "<<",
    ),
    *(
        "- a",
        "a: b",
        "a #b",
        "'",
        '"',
        "\\",
        "|",
        ">",
        "%a",
        "@a",
        "`a`",
        "&a",
        "*a",
        "!a",
        "{a}",
        "[a]",
        "---",
        "...",
        "?",
    ),
    *(
        " a",
        "a ",
        "a\n",
        "a\n\n",
        "\na",
        "a\n b",
        "a\nb\n",
        "a\n\nb",
        "a \nb",
        "a\tb",
        "\ta",
        "a\r\nb",
        "a\rb",
        "\r",
        "\n",
    ),
    *(
        "a\u2028b",
        "a\u0085b",
        "a\xa0\nb",
        "\ufeffa",
        "é",
        "e\u0301",
        "日本\n語",
        "😀",
        "---\na\n---\n",
        "#a\n#b",
        "a\n---\nb",
    ),
)
TEXT = st.one_of(st.sampled_from(AWKWARD), st.text(), st.text(alphabet="ab \n\t:#-'\"|>\\{}<", max_size=12))
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False), TEXT
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)
FIELDS = st.dictionaries(TEXT, VALUES, max_size=4).filter(lambda fields: portability_problem(fields) is None)


def sheet_of(fields: dict[str, Any], profile: Profile, body: str = "") -> Sheet:
    piece = Piece("home", "hero", "core:hero", fields, fields_hash("core:hero", fields), revision=7)
    section = "hero" if profile.per is Per.SECTION else None
    return Sheet("x", ROUTE, "preview", (piece,), body if profile.has_body else None, section)


@pytest.mark.parametrize("profile", EVERY_PROFILE, ids=lambda one: f"{one.name}-{one.format}-{one.per}")
@settings(max_examples=15)
@given(fields=FIELDS, body=TEXT)
def test_fields_come_back_from_the_file(profile: Profile, fields: dict[str, Any], body: str) -> None:
    body = escape_body(tidy_body(body), profile.syntax)
    content = write_sheet(sheet_of(fields, profile, body), profile.format)
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.endswith(b"\n")
    found = read_sheet(content, profile)
    (piece,) = found.pieces
    assert to_json(piece.fields) == to_json(fields)
    assert (piece.page, piece.section, piece.template) == ("home", "hero", "core:hero")
    assert piece.hash == fields_hash("core:hero", fields)
    assert found.body_hash == (body_hash(body) if profile.has_body else None)
    assert tidy_body(found.body or "") == (body if profile.has_body else "")


@pytest.mark.parametrize("form", [Format.YAML, Format.JSON])
@given(fields=FIELDS)
def test_any_fields_come_back_from_data(form: Format, fields: dict[str, Any]) -> None:
    profile = find_profile("jekyll", format=form)
    (piece,) = read_sheet(write_sheet(sheet_of(fields, profile), form), profile).pieces
    assert to_json(piece.fields) == to_json(fields)


@settings(max_examples=30)
@given(fields=FIELDS)
def test_fields_come_back_from_a_file_with_the_line_ends_of_windows(fields: dict[str, Any]) -> None:
    profile = find_profile("markdown")
    content = write_sheet(sheet_of(fields, profile, "a\nb\n"), profile.format).replace(b"\n", b"\r\n")
    found = read_sheet(content, profile)
    assert to_json(found.pieces[0].fields) == to_json(fields)
    assert found.body_hash == body_hash(found.body or "")


def test_yaml_quotes_text_and_keeps_paragraphs_readable() -> None:
    data = {"headline": "no", "on": 1, "text": "First.\n\nSecond.\n", "empty": [], "list": ["a", 2.5]}
    assert dump_yaml(data) == (
        'headline: "no"\n"on": 1\ntext: |\n  First.\n\n  Second.\nempty: []\nlist:\n- "a"\n- 2.5\n'
    )


def test_section_file_is_written_so() -> None:
    content = write_sheet(sheet_of({"headline": "Bread"}, find_profile("markdown"), "# Bread\n"), Format.MARKDOWN)
    fields_and_body = (fields_hash("core:hero", {"headline": "Bread"}), body_hash("# Bread\n"))
    assert content.decode() == (
        '---\ntitle: "No: 12:30 #1"\ndescription: "yes"\ncopydesk:\n  page: "home"\n  path: "/"\n'
        '  environment: "preview"\n  section: "hero"\n  template: "core:hero"\n  revision: 7\n'
        '  hash: "{}"\n  body: "{}"\nfields:\n  headline: "Bread"\n---\n\n# Bread\n'.format(*fields_and_body)
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": "x\x07"}, "$.a holds the control character U+0007"),
        ({"a\x00": 1}, "$ holds the control character U+0000"),
        ({"a": [float("inf")]}, "$.a[0] is inf"),
        ({"a": 10**40}, "$.a has 40 digits or more"),
    ],
)
def test_fields_that_no_file_could_hold_are_refused_with_their_place(value: dict[str, Any], said: str) -> None:
    assert said in (portability_problem(value) or "")


def test_endless_nesting_is_refused() -> None:
    value: Any = "deep"
    for _ in range(60):
        value = [value]
    assert portability_problem({"a": value}) == "The fields are nested more than 50 levels deep."


@given(body=st.text(alphabet="{}<>\\`~ \nimportexporta%#:$"))
def test_nothing_in_an_mdx_body_is_code(body: str) -> None:
    escaped = escape_body(body, Syntax.MDX)
    assert not set(escaped) & set("{}<")
    assert not any(line.startswith(("import", "export")) for line in escaped.split("\n"))


@pytest.mark.parametrize(
    ("body", "escaped"),
    [
        ("a {b} <c>", "a &#123;b&#125; &lt;c>"),
        ("\\{", "&#123;"),
        ("\\\\{", "\\\\&#123;"),
        ("\\\\\\{", "\\\\&#123;"),
        ("import x\nimported", "&#105;mport x\n&#105;mported"),
        ("an export", "an export"),
    ],
)
def test_mdx_is_escaped_so(body: str, escaped: str) -> None:
    assert escape_body(body, Syntax.MDX) == escaped


@given(body=st.text(alphabet="{}%#<a `\n"))
def test_nothing_in_a_body_begins_a_template_tag(body: str) -> None:
    escaped = escape_body(body, Syntax.TEMPLATE)
    assert not any(tag in escaped for tag in ("{{", "{%", "{#"))
    assert escaped.replace("&#123;", "{") == body


@pytest.mark.parametrize(
    ("profile", "content", "line", "said"),
    [
        ("nextjs", b'{\n  "a": 1,\n}', 3, "This is not valid JSON"),
        ("nextjs", b'{"a": 1, "a": 2}', None, 'the key "a" stands twice'),
        ("nextjs", b'{"a": NaN}', None, "JSON has no number NaN"),
        ("nextjs", b"\xff", 1, "not UTF-8"),
        ("nextjs", b'{"copydesk": 1}', None, "`copydesk` is missing, or is no mapping"),
        ("nextjs", b'{"copydesk": {"page": 3}}', None, "`copydesk.page` is missing, or is no id"),
        (
            "nextjs",
            b'{"copydesk": {"page": "\\ud800", "section": "a"}}',
            None,
            "`copydesk.page` is missing, or is no id",
        ),
        ("nextjs", b'{"\\ud800": 1, "\\ud800": 2}', None, 'the key "\\ud800" stands twice'),
        ("jekyll", b"copydesk: {page: a, section: b}\nfields: [1]\n", 2, "`fields` is missing, or is no mapping"),
        ("jekyll", b"a: 1\nb: [\n", 3, "This is not valid YAML"),
        ("astro", b"---\na: 1\na: 2\n---\n", 3, 'The key "a" stands here a second time'),
        ("astro", b"---\na: 1\n", 1, "The front matter does not end"),
    ],
)
def test_broken_file_is_described_with_its_line(profile: str, content: bytes, line: int | None, said: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_sheet(content, find_profile(profile))
    assert said in caught.value.message
    assert caught.value.line == line


@pytest.mark.parametrize("content", [b"# Read me\n", b"---\ntitle: Other\n---\n", b""])
def test_file_without_our_key_is_somebody_elses(content: bytes) -> None:
    with pytest.raises(NotOurs):
        read_sheet(content, find_profile("markdown"))
