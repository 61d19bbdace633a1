from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copydesk.content.definition.loader import examine, load_site
from copydesk.content.definition.problems import Problem, SiteInvalid

_REAL_SITE = Path(__file__).parents[3] / "shared" / "sites" / "tina-io.yaml"

_VALID = """\
site: {id: bakery, title: Bakery}
templates:
  special:
    prompt: Write about {{ page.title }}.
    schema: {type: object, properties: {title: {type: string}}}
routes:
  - id: home
    path: /
    title: Home
    sections:
      - {id: hero, template: core:hero}
      - {id: special, template: special, prompt: Be brief.}
      - {id: own, template: "bakery:special"}
      - {id: legal, template: core:prose, content: Fixed.}
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _problems(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(SiteInvalid) as caught:
        load_site(_write(folder, text))
    return caught.value.problems


def _only(folder: Path, old: str, new: str) -> Problem:
    """The one problem that this change makes of a valid site."""
    assert old in _VALID
    problems = _problems(folder, _VALID.replace(old, new, 1))
    assert len(problems) == 1, problems
    return problems[0]


def test_a_valid_site_is_loaded_with_all_it_says(tmp_path: Path) -> None:
    site = load_site(_write(tmp_path, _VALID)).site
    assert (site.id, site.title, site.url, site.voice) == ("bakery", "Bakery", None, None)
    assert [section.content for section in site.routes[0].sections] == [None, None, None, "Fixed."]
    assert site.routes[0].sections[1].prompt == "Be brief."


def test_templates_have_qualified_names_and_only_used_bundled_ones_come_along(tmp_path: Path) -> None:
    site = load_site(_write(tmp_path, _VALID)).site
    used = [section.template for section in site.routes[0].sections]
    assert used == ["core:hero", "bakery:special", "bakery:special", "core:prose"]
    assert list(site.templates) == ["bakery:special", "core:hero", "core:prose"]


def test_the_real_site_loads_unchanged() -> None:
    if not _REAL_SITE.exists():
        pytest.skip(f"the real site is not at {_REAL_SITE}")
    site = load_site(_REAL_SITE).site
    assert (len(site.routes), site.section_count, len(site.templates)) == (46, 190, 33)
    assert all(section.template in site.templates for route in site.routes for section in route.sections)


@pytest.mark.parametrize("name", ["prn", "aux.b.c", "com1", "com9.x", "lpt1"])
def test_a_name_of_a_windows_device_is_no_id(tmp_path: Path, name: str) -> None:
    assert "Windows" in _only(tmp_path, "id: home", f"id: {name}").message
    assert "Windows" in _only(tmp_path, "id: legal", f"id: {name}").message


@pytest.mark.parametrize("name", ["contact", "console", "com", "com10", "a.con", "nul-1", "lpt"])
def test_an_id_that_only_looks_like_a_device_is_taken(tmp_path: Path, name: str) -> None:
    text = _VALID.replace("id: home", f"id: {name}").replace("id: legal", f"id: {name}")
    (route,) = load_site(_write(tmp_path, text)).site.routes
    assert (route.id, route.sections[-1].id) == (name, name)


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "said"),
    [
        ("title: Bakery", "titel: x, title: B", 1, "site.titel", 'unknown key "titel"; did you mean "title"?'),
        ("id: bakery, ", "", 1, "site", 'The site lacks the key "id"'),
        ("id: bakery", "id: core", 1, "site.id", "taken by the bundled templates"),
        ("title: Bakery", "title: 7", 1, "site.title", "must be text, but it is the number 7; put it in quotes."),
        ("title: Bakery", "title: B, url: bakery.example", 1, "site.url", "must begin with https://"),
        ("    prompt: Write", "    promt: x\n    prompt: Write", 4, "templates.special.promt", 'mean "prompt"?'),
        ("page.title }}", "page.title }", 4, "templates.special.prompt", "not a valid template"),
        ("{type: string}", "{type: strin}", 5, "templates.special.schema", "In the schema of template"),
        ("title: Home", "title: ''", 9, "routes[0].title", "is empty"),
        ("path: /", "path: home", 8, "routes[0].path", 'write "/home"'),
        ("path: /", "path: /a/../b", 8, "routes[0].path", "may not hold"),
        ("id: home", "id: Our Home", 7, "routes[0].id", '"our-home" would do.'),
        ("id: home", "id: '-'", 7, "routes[0].id", "begins with a letter"),
        ("id: home", "id: con", 7, "routes[0].id", 'The page id "con" is a name that Windows keeps for itself'),
        ("id: home", "id: con.a", 7, "routes[0].id", 'The page id "con.a" is a name that Windows keeps'),
        ("id: home", "id: NUL", 7, "routes[0].id", "keeps for itself; choose another."),
        ("id: home", "id: home.", 7, "routes[0].id", 'The page id "home." may not end in a dot'),
        ("id: hero", "id: lpt9", 11, "routes[0].sections[0].id", 'The section id "lpt9" is a name that Windows'),
        ("id: hero", "id: hero.", 11, "routes[0].sections[0].id", 'The section id "hero." may not end in a dot'),
        ("core:hero", "core:heros", 11, "routes[0].sections[0].template", 'did you mean "core:hero"?'),
        ("core:hero", "hero", 11, "routes[0].sections[0].template", 'did you mean "core:hero"?'),
        ("template: special", "template: speciall", 12, "routes[0].sections[1].template", 'mean "special"?'),
        (", template: core:hero", "", 11, "routes[0].sections[0]", "has no template"),
        ("id: special", "id: hero", 12, "routes[0].sections[1].id", "taken on line 11"),
        ("content: Fixed.", "content: [a]", 14, "routes[0].sections[3].content", "but it is a list."),
        ("content: Fixed.", "contents: x", 14, "routes[0].sections[3].contents", 'did you mean "content"?'),
    ],
)
def test_a_mistake_is_told_with_its_line_its_path_and_the_way_out(
    tmp_path: Path, old: str, new: str, line: int, path: str, said: str
) -> None:
    problem = _only(tmp_path, old, new)
    assert (problem.file, problem.line) == ("site.yaml", line)
    assert problem.path.startswith(path)
    assert said in problem.message


def test_a_schema_problem_points_into_the_schema(tmp_path: Path) -> None:
    text = _VALID.replace(
        "schema: {type: object, properties: {title: {type: string}}}",
        "schema:\n      type: object\n      properties:\n        title:\n          maxLength: -1",
    )
    (problem,) = _problems(tmp_path, text)
    assert problem.line == 9
    assert problem.path.startswith("templates.special.schema.properties.title")


def test_all_problems_come_at_once_by_line_and_the_message_shows_ten(tmp_path: Path) -> None:
    sections = "".join(f"      - {{id: s{number}, template: nothing}}\n" for number in range(30))
    text = _VALID.replace("title: Bakery", "titel: Bakery") + sections
    with pytest.raises(SiteInvalid) as caught:
        load_site(_write(tmp_path, text))
    problems = caught.value.problems
    assert len(problems) == 32
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
    assert caught.value.code == "invalid-site"
    assert str(caught.value).startswith("site.yaml has 32 problems to put right:\n- site.yaml:1: ")
    assert str(caught.value).count("\n- site.yaml:") == 10
    assert str(caught.value).endswith("- and 22 more.")


def test_repeated_pages_and_paths_are_refused_even_after_an_entry_that_is_no_page(tmp_path: Path) -> None:
    pages = "{id: home, path: /a/, title: A, sections: []}", "{id: b, path: /a, title: B, sections: []}"
    text = _VALID + "".join(f"  - {page}\n" for page in ("just text", *pages))
    problems = _problems(tmp_path, text)
    assert [(problem.line, problem.path) for problem in problems] == [
        (15, "routes[1]"),
        (16, "routes[2].id"),
        (17, "routes[3].path"),
    ]
    assert "taken by the page on line 7" in problems[1].message
    assert "taken by the page on line 16" in problems[2].message


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("core:special", "bundled and cannot be changed"),
        ("other:special", 'this site is "bakery"'),
        ("Special Offer", '"special-offer" would do.'),
    ],
)
def test_a_template_is_defined_only_in_the_namespace_of_its_site(tmp_path: Path, name: str, said: str) -> None:
    problems = _problems(tmp_path, _VALID.replace("  special:", f'  "{name}":', 1))
    assert said in problems[0].message
    assert problems[0].line == 3


def test_a_template_written_with_and_without_its_namespace_is_defined_twice(tmp_path: Path) -> None:
    text = _VALID.replace("routes:", "  bakery:special: {prompt: x, schema: {type: object}}\nroutes:")
    assert "defined twice" in _problems(tmp_path, text)[0].message


def test_a_template_that_never_generates_needs_no_prompt(tmp_path: Path) -> None:
    text = _VALID.replace("    prompt: Write about {{ page.title }}.", "    generate: false")
    assert load_site(_write(tmp_path, text)).site.templates["bakery:special"].generate is False


def test_the_extra_prompt_of_a_section_is_plain_text(tmp_path: Path) -> None:
    site = load_site(_write(tmp_path, _VALID.replace("Be brief.", '"Say {% and {{ as they are."'))).site
    assert site.routes[0].sections[1].prompt == "Say {% and {{ as they are."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"- a\n- b\n", "must be a mapping"),
        (b"just text", "must be a mapping"),
        (b"site: {id: a, title: A}\nroutes: 5\n", "must be a list"),
        (b"site: {id: a, title: A}\nroutes: []\ntemplates: []\n", "must be a mapping"),
        (b"site: [\n", "not valid YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * (16 * 1024 * 1024 + 1), "larger than 16 MB"),
    ],
)
def test_a_file_that_is_no_site_definition_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(content)
    with pytest.raises(SiteInvalid) as caught:
        load_site(path)
    assert len(caught.value.problems) == 1
    assert said in str(caught.value)


def test_a_file_that_is_missing_or_no_file_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteInvalid, match="does not exist"):
        load_site(tmp_path / "site.yaml")
    with pytest.raises(SiteInvalid, match="is not a file"):
        load_site(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_in_place_of_the_file_is_refused_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "site.yaml")
    with pytest.raises(SiteInvalid, match="is not a file"):
        load_site(tmp_path / "site.yaml")


_KEYS = st.sampled_from(
    [
        "site",
        "templates",
        "routes",
        "id",
        "title",
        "description",
        "url",
        "voice",
        "sources",
        "path",
        "sections",
        "template",
        "prompt",
        "content",
        "schema",
    ]
)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["", "a", "core:hero", "/", "{{", "../x", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_ANYTHING)
def test_whatever_stands_in_the_file_is_answered_with_problems(tmp_path: Path, data: Any) -> None:
    loaded = examine(_write(tmp_path, yaml.safe_dump(data)))
    assert loaded.problems
    assert loaded.snapshot is None


def test_five_thousand_sections_load(tmp_path: Path, record_property: Any) -> None:
    routes = [
        {
            "id": f"page-{page}",
            "path": f"/{page}",
            "title": f"Page {page}",
            "sections": [{"id": f"s{n}", "template": "core:hero", "prompt": f"Say {page} {n}."} for n in range(20)],
        }
        for page in range(250)
    ]
    path = _write(
        tmp_path, yaml.dump({"site": {"id": "big", "title": "Big"}, "routes": routes}, Dumper=yaml.CSafeDumper)
    )
    began = time.perf_counter()
    snapshot = load_site(path)
    record_property("seconds", time.perf_counter() - began)
    assert snapshot.site.section_count == 5_000
