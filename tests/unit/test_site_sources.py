from __future__ import annotations

import os
from pathlib import Path

import pytest

from copydesk.content.definition.loader import load_site
from copydesk.content.definition.models import Site
from copydesk.content.definition.problems import Problem, SiteInvalid

_SITE = """\
site:
  id: bakery
  title: Bakery
  sources: [{patterns}]
routes:
  - {{id: home, path: /, title: Home, sections: [{{id: hero, template: core:hero}}]}}
"""


def _site(folder: Path, patterns: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(_SITE.format(patterns=patterns), encoding="utf-8")
    return path


def _load(folder: Path, patterns: str) -> Site:
    return load_site(_site(folder, patterns)).site


def _problem(folder: Path, patterns: str) -> Problem:
    with pytest.raises(SiteInvalid) as caught:
        load_site(_site(folder, patterns))
    assert len(caught.value.problems) == 1
    return caught.value.problems[0]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a few facts; what lies beside it is not its own."""
    for name in ("facts/b.md", "facts/a.md", "facts/deep/er/c.md", "facts/.secret.md", "notes.txt"):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Text of {name}", encoding="utf-8")
    (tmp_path / "private.md").write_text("not yours", encoding="utf-8")
    return tmp_path / "project"


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ("facts/*.md", ["facts/a.md", "facts/b.md"]),
        ("facts/**/*.md", ["facts/a.md", "facts/b.md", "facts/deep/er/c.md"]),
        ("facts/**", ["facts/a.md", "facts/b.md", "facts/deep/er/c.md"]),
        ("notes.txt, facts/a.md", ["notes.txt", "facts/a.md"]),
        ("facts/a.md, facts/*.md", ["facts/a.md", "facts/b.md"]),
        ("'*/[b].md'", ["facts/b.md"]),
    ],
)
def test_patterns_name_visible_files_each_once(project: Path, patterns: str, names: list[str]) -> None:
    site = _load(project, patterns)
    assert list(site.sources) == names
    assert list(site.source_texts.items()) == [(name, f"Text of {name}") for name in sorted(names)]


def test_templates_and_sections_have_sources_of_their_own(project: Path) -> None:
    path = _site(project, "notes.txt")
    text = path.read_text().replace("template: core:hero}", "template: special, sources: [facts/a.md]}")
    path.write_text(text + "templates: {special: {prompt: x, schema: {type: object}, sources: [facts/b.md]}}\n")
    site = load_site(path).site
    assert site.templates["bakery:special"].sources == ("facts/b.md",)
    assert site.routes[0].sections[0].sources == ("facts/a.md",)
    assert list(site.source_texts) == ["facts/a.md", "facts/b.md", "notes.txt"]


@pytest.mark.parametrize(
    "pattern", ["../private.md", "/etc/passwd", "facts/../../private.md", "~/x", "'c:\\x'", "'C:/x'"]
)
def test_a_source_outside_the_project_is_refused(project: Path, pattern: str) -> None:
    problem = _problem(project, pattern)
    assert "leads outside the project" in problem.message
    assert (problem.line, problem.path) == (4, "site.sources[0]")


@pytest.mark.parametrize("link", ["facts/link.md", "elsewhere"])
def test_a_link_that_leads_outside_the_project_is_refused(project: Path, link: str) -> None:
    (project / link).symlink_to(project.parent / ("private.md" if link.endswith(".md") else ""))
    problem = _problem(project, link if link.endswith(".md") else "elsewhere/*.md")
    assert "leads outside the project through" in problem.message


def test_a_link_within_the_project_may_be_followed_but_not_to_a_hidden_file(project: Path) -> None:
    (project / "good.md").symlink_to("facts/a.md")
    (project / "bad.md").symlink_to("facts/.secret.md")
    assert _load(project, "good.md").source_texts == {"good.md": "Text of facts/a.md"}
    assert "leads outside" in _problem(project, "bad.md").message


def test_links_in_a_circle_end(project: Path) -> None:
    (project / "facts" / "round").symlink_to(project / "facts")
    (project / "facts" / "self.md").symlink_to("self.md")
    assert "facts/a.md" in _load(project, "facts/**/*.md").sources


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("fact/*.md", "matches no file"),
        ("facts", "matches no file"),
        ("facts/.secret.md", "hidden"),
        ("./facts/a.md", "hidden"),
        ("'**/**'", "more than once"),
        ("a" * 300, "not a usable pattern"),
    ],
)
def test_a_pattern_that_names_nothing_usable_is_refused(project: Path, pattern: str, said: str) -> None:
    assert said in _problem(project, pattern).message


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"x" * (256 * 1024 + 1), "larger than 256 KB"), (b"caf\xe9", "not UTF-8"), (b"a\x00b", "NUL")],
)
def test_a_source_that_is_no_reasonable_text_is_refused_by_name(project: Path, content: bytes, said: str) -> None:
    (project / "facts" / "a.md").write_bytes(content)
    problem = _problem(project, "facts/*.md")
    assert (problem.file, problem.line) == ("facts/a.md", 0)
    assert said in problem.message


def test_all_sources_together_are_bounded(project: Path) -> None:
    for number in range(9):
        (project / "facts" / f"long{number}.md").write_text("x" * 250 * 1024)
    assert "2 MB" in _problem(project, "facts/*.md").message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_not_a_source(project: Path) -> None:
    os.mkfifo(project / "facts" / "pipe.md")
    assert "facts/pipe.md" not in _load(project, "facts/*.md").sources


_WITH_TEMPLATE = """\
site: {{id: bakery, title: Bakery, sources: [{site}]}}
templates:
  bakery:own: {{prompt: Write., schema: {{type: object}}, sources: [{template}]}}
  unwritten: {{generate: false, schema: {{type: object}}}}
routes:
  - id: home
    path: /
    title: Home
    sections:
      - {{id: plain, template: own}}
      - {{id: fixed, template: own, content: Fixed., sources: [facts/150.md]}}
      - {{id: filled, template: unwritten, sources: [facts/150.md]}}
      - {{id: rich, template: own, sources: [{section}]}}
"""


@pytest.mark.parametrize(
    ("site", "template", "section", "line", "whose"),
    [
        ("facts/150.md, facts/120.md", "facts/40.md", "facts/30.md", 1, "this site"),
        ("facts/120.md", "facts/150.md", "facts/30.md", 3, 'template "own"'),
        ("facts/120.md", "facts/40.md", "facts/50.md", 13, 'section "home/rich"'),
    ],
)
def test_the_sources_of_one_brief_are_bounded_and_told_where_they_are_too_much(
    project: Path, site: str, template: str, section: str, line: int, whose: str
) -> None:
    _write_facts(project)
    text = _WITH_TEMPLATE.format(site=site, template=template, section=section)
    (project / "site.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SiteInvalid) as caught:
        load_site(project / "site.yaml")
    (problem,) = caught.value.problems
    assert problem.line == line
    for said in (f"The briefs of {whose}", "200,000 at most", "the largest: facts/1", "0,000"):
        assert said in problem.message


def test_a_source_that_is_named_twice_counts_once(project: Path) -> None:
    _write_facts(project)
    text = _WITH_TEMPLATE.format(site="facts/150.md", template="facts/150.md", section="facts/150.md, facts/50.md")
    (project / "site.yaml").write_text(text, encoding="utf-8")
    assert load_site(project / "site.yaml").site.sources == ("facts/150.md",)


def _write_facts(project: Path) -> None:
    for thousands in (30, 40, 50, 120, 150):
        (project / "facts" / f"{thousands}.md").write_text("x" * thousands * 1000, encoding="utf-8")
