from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from copydesk.content.definition.edits import NewPage, NewSection, plan_page, plan_source
from copydesk.content.definition.loader import load_site
from copydesk.content.definition.problems import SiteInvalid
from copydesk.content.definition.reader import read_yaml
from copydesk.content.definition.sources import pattern_matches
from copydesk.content.definition.yaml_text import YamlValue, block_lines, flow_text
from copydesk.content.errors import ContentError

_ROOT = Path(__file__).parents[2]
_SAMPLE = _ROOT / "examples" / "rye-and-shine" / "site.yaml"
_REAL_SITE = _ROOT.parent / "shared" / "sites" / "tina-io.yaml"

_PAGE = NewPage(
    page="jobs",
    path="/jobs",
    title="Work: early # mornings",
    description="For people who like 5 a.m.",
    sections=(
        NewSection("hero", "core:hero", prompt='Say "hello", not: yes'),
        NewSection("story", "core:prose", prompt="Two lines,\n\n  one indented.\n"),
        NewSection("legal", "core:prose", content="true"),
    ),
)
_CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
_TEXTS = st.text(_CHARACTERS | st.sampled_from("\n: #'\"-[]{},"))
_WORDS = _TEXTS.filter(lambda text: bool(text.strip()))


def _written(folder: Path, text: str) -> Path:
    path = folder / "site.yaml"
    path.write_bytes(text.encode())
    return path


def _copied(folder: Path, original: Path) -> Path:
    for found in original.parent.glob("facts/*.md"):
        (folder / "facts").mkdir(exist_ok=True)
        (folder / "facts" / found.name).write_bytes(found.read_bytes())
    return _written(folder, original.read_bytes().decode())


@pytest.mark.parametrize("original", [_SAMPLE, _REAL_SITE], ids=["sample", "tina-io"])
def test_a_page_is_added_and_every_other_byte_stays(tmp_path: Path, original: Path) -> None:
    if not original.exists():
        pytest.skip(f"the real site is not at {original}")
    path = _copied(tmp_path, original)
    before = path.read_bytes()
    edit = plan_page(path, _PAGE)
    assert path.read_bytes() == before
    edit.apply()
    start = edit.after.index(edit.added.encode())
    assert before[:start] + before[start:] == before
    assert path.read_bytes() == before[:start] + edit.added.encode() + before[start:]
    added = load_site(path).site.routes[-1]
    assert (added.id, added.title, added.description) == ("jobs", _PAGE.title, _PAGE.description)
    assert [(one.prompt, one.content) for one in added.sections] == [
        (one.prompt, one.content) for one in _PAGE.sections
    ]


def test_a_page_looks_like_its_neighbours(tmp_path: Path) -> None:
    edit = plan_page(_copied(tmp_path, _SAMPLE), _PAGE)
    assert edit.added == (
        "\n"
        "  - id: jobs\n"
        "    path: /jobs\n"
        '    title: "Work: early # mornings"\n'
        "    description: For people who like 5 a.m.\n"
        "    sections:\n"
        '      - {id: hero, template: core:hero, prompt: "Say \\"hello\\", not: yes"}\n'
        "      - id: story\n"
        "        template: core:prose\n"
        "        prompt: |\n"
        "          Two lines,\n"
        "\n"
        "            one indented.\n"
        '      - {id: legal, template: core:prose, content: "true"}\n'
    )


_HEAD = "site: {id: bakery, title: Bakery}\n"
_HOME = "id: home, path: /, title: Home, sections: [{id: hero, template: core:hero}]"


@pytest.mark.parametrize(
    "text",
    [
        _HEAD + f"routes: [{{{_HOME}}}]\n",
        _HEAD + f"routes: [\n  {{{_HOME}}}, # the front page\n]\n",
        _HEAD + f"routes:\n- {{{_HOME}}}\n",
        _HEAD + f"routes:\n- {{{_HOME}}}",
        _HEAD + "routes: []\n# the end\n",
        _HEAD.replace("\n", "\r\n") + f"routes:\r\n  - {{{_HOME}}}\r\n    # of the page\r\n  # of nobody\r\n",
        "\ufeff" + _HEAD + f"routes:\n  - {{{_HOME}}}\n",
        f"routes:\n  -   id: home\n      path: /\n      title: Home\n      sections: []\n\n# the site\n{_HEAD}",
        '{"site": {"id": "bakery", "title": "Bakery"}, "routes": []}',
        _HEAD + "routes:\n- id: home\n  path: /\n  title: |+\n    Home\n\n\n  sections:\n  - id: hero\n"
        "    template: core:hero\n    content: |\n      Fixed.\n\n# comment\n",
        _HEAD + "routes:\n- id: home\n  path: /\n  title: Höme ☕ 𝄞\n  sections: [{id: hero, template: core:hero}] # x",
    ],
)  # fmt: skip
def test_every_way_to_write_the_pages_takes_one_more(tmp_path: Path, text: str) -> None:
    path = _written(tmp_path, text)
    edit = plan_page(path, _PAGE)
    edit.apply()
    written = path.read_bytes().decode()
    assert load_site(path).site.routes[-1].title == _PAGE.title
    assert written.replace(edit.added, " []" if "routes: []\n" in text else "", 1) == text
    if "\r\n" in text:
        assert "\n" not in written.replace("\r\n", "")


def test_comments_of_the_last_page_stay_with_it(tmp_path: Path) -> None:
    path = _written(tmp_path, _HEAD + f"routes:\n  - {{{_HOME}}}\n    # of the page\n  # of nobody\n")
    plan_page(path, NewPage("a", "/a", "A", "", ())).apply()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[3] == "    # of the page"
    assert lines[-1] == "  # of nobody"


@given(_TEXTS, _TEXTS)
@example("", "\n")
def test_any_text_reads_back_as_it_was(first: str, second: str) -> None:
    value: dict[str, YamlValue] = {"a": first, "list": [{"b": second, "texts": [first, second]}]}
    for flow in (True, False):
        lines = block_lines(value, flow_items=flow)
        document = read_yaml("\n".join([*lines, ""]).encode())
        assert (document.data, document.problems) == (value, ()), lines
    assert read_yaml(f"x: {flow_text(value)}\n".encode()).data == {"x": value}


@given(_WORDS, _WORDS)
@settings(max_examples=60, deadline=None)
def test_a_page_with_any_words_is_added_exactly_as_it_is(title: str, prompt: str) -> None:
    page = NewPage("x", "/x", title, "", (NewSection("a", "core:prose", prompt=prompt),))
    edit = plan_page(_SAMPLE, page)
    assert edit.after.decode().replace(edit.added, "", 1) == edit.before.decode()
    added = edit.snapshot.site.routes[-1]
    assert (added.title, added.sections[0].prompt) == (title, prompt)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (NewPage("home", "/x", "X", "", ()), 'page id "home" is taken by the page on line 2'),
        (NewPage("x", "/", "X", "", ()), 'path "/" is taken'),
        (NewPage("Our Jobs", "/x", "X", "", ()), '"our-jobs" would do'),
        (NewPage("x", "/../x", "X", "", ()), "may not hold"),
        (NewPage("x", "x", "X", "", ()), 'write "/x"'),
        (NewPage("x", "/x", "", "", ()), "is empty"),
        (NewPage("x", "/x", "X", "", (NewSection("a", "core:heros"),)), 'did you mean "core:hero"?'),
        (NewPage("x", "/x", "X", "", (NewSection("a", "core:hero"), NewSection("a", "core:faq"))), "taken on line"),
        (
            NewPage("x", "/x", "X", "", (NewSection("a", "core:hero", sources=("../secret.md",)),)),
            "outside the project",
        ),
    ],
)
def test_a_page_that_would_be_wrong_is_refused_and_the_file_untouched(tmp_path: Path, page: NewPage, said: str) -> None:
    path = _written(tmp_path, _HEAD + f"routes: [{{{_HOME}}}]\n")
    before = path.read_bytes()
    with pytest.raises(ContentError) as caught:
        plan_page(path, page)
    assert caught.value.code == "invalid-page"
    assert said in caught.value.message
    assert path.read_bytes() == before


def test_a_file_that_is_wrong_already_is_not_added_to(tmp_path: Path) -> None:
    with pytest.raises(SiteInvalid, match="lacks the key"):
        plan_page(_written(tmp_path, "routes: []\n"), _PAGE)


@pytest.mark.parametrize("sections", ["&same [{id: hero, template: core:hero}]", "[{id: hero, template: core:hero}]"])
def test_sections_that_two_pages_share_are_not_changed_for_one_of_them(tmp_path: Path, sections: str) -> None:
    other = "*same" if "&same" in sections else "[{id: hero, template: core:hero}]"
    path = _written(
        tmp_path,
        f"{_HEAD}routes:\n- {{id: home, path: /, title: Home, sections: {sections}}}\n"
        f"- {{id: about, path: /about, title: About, sections: {other}}}\n",
    )
    if "&same" in sections:
        with pytest.raises(ContentError, match="cannot be extended safely") as caught:
            plan_source(path, "facts/a.md", "A.\n", ["home"])
        assert caught.value.code == "unsupported-layout"
    else:
        site = plan_source(path, "facts/a.md", "A.\n", ["home"]).snapshot.site
        assert [route.sections[0].sources for route in site.routes] == [("facts/a.md",), ()]


def test_a_site_file_that_is_a_link_out_of_the_project_is_not_written(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (inside / "site.yaml").symlink_to(_written(outside, _HEAD + f"routes: [{{{_HOME}}}]\n"))
    with pytest.raises(ContentError, match="link out of the project"):
        plan_page(inside / "site.yaml", _PAGE)


@pytest.mark.parametrize(
    ("pattern", "name", "is_match"),
    [
        ("facts/*.md", "facts/a.md", True),
        ("facts/*.md", "facts/deep/a.md", False),
        ("facts/**", "facts/deep/a.md", True),
        ("facts/**/*.md", "facts/a.md", True),
        ("**/*.md", "a.md", True),
        ("facts/a.md", "facts/A.md", False),
        ("../*.md", "../a.md", False),
    ],
)
def test_a_pattern_matches_names_as_it_matches_files(pattern: str, name: str, is_match: bool) -> None:
    assert pattern_matches(pattern, name) is is_match
