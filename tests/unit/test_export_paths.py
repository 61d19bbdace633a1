"""Where files may be: inside the target, usable on every system, each in a place of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.content.errors import ContentError
from copydesk.content.files.patterns import parse_pattern
from copydesk.content.files.profiles import PROFILES, Per, find_profile
from copydesk.content.files.safe_paths import find_clashes, link_problem, path_problem


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/etc/passwd",
            "C:/x.md",
            "c:x.md",
            "../x.md",
            "a/../x.md",
            "a/./x.md",
            "a//x.md",
            "a/",
            "\\\\host\\x.md",
            "a\\b",
        ),
        *(
            ".git/hooks/x.md",
            "a/.hidden.md",
            "con",
            "CON.md",
            "a/nul.json",
            "lpt1.md",
            "COM¹.md",
            "aux/x.md",
            "conin$.md",
        ),
        *(
            "a./x.md",
            "a /x.md",
            " a.md",
            "x.md.",
            "a:b.md",
            "a|b",
            "a?.md",
            "a*.md",
            'a".md',
            "<a>.md",
            "a\x00.md",
            "a\n.md",
        ),
        *("x" * 201, "/".join(["xxxxxxxxx"] * 30), "é" * 101),
    ],
)
def test_unusable_path_is_refused_with_a_sentence(path: str) -> None:
    problem = path_problem(path)
    assert problem is not None
    assert problem.endswith(".")


@pytest.mark.parametrize(
    "path", ["a.md", "docs/home/hero.mdx", "_data/copy/a.b.yml", "console.md", "com10.md", "Über/uns.md"]
)
def test_usable_path_is_let_through(path: str) -> None:
    assert path_problem(path) is None


@pytest.mark.parametrize(
    ("paths", "clashes"),
    [
        (["a.md", "b.md"], []),
        (["a.md", "A.md"], [("a.md", "A.md")]),
        (["é.md", "e\u0301.md"], [("é.md", "e\u0301.md")]),
        (["straße.md", "STRASSE.md"], [("straße.md", "STRASSE.md")]),
        (["a.md", "A.MD/b.md"], [("a.md", "A.MD/b.md")]),
        (["a/b.md", "A/b.md"], [("a/b.md", "A/b.md")]),
    ],
)
def test_paths_that_are_one_file_somewhere_are_found(paths: list[str], clashes: list[tuple[str, str]]) -> None:
    assert find_clashes(paths) == clashes


def test_links_and_folders_in_the_place_of_files_are_found(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    target = tmp_path / "target"
    (target / "folder.md").mkdir(parents=True)
    outside.mkdir()
    (target / "file").write_text("x")
    (target / "linked").symlink_to(outside)
    (target / "link.md").symlink_to(target / "file")
    (target / "dangling.md").symlink_to(tmp_path / "nowhere")
    assert '"linked" is a symbolic link' in (link_problem(target, "linked/x.md") or "")
    assert "is a symbolic link" in (link_problem(target, "link.md") or "")
    assert "is a symbolic link" in (link_problem(target, "dangling.md") or "")
    assert '"folder.md" must be a file' in (link_problem(target, "folder.md") or "")
    assert '"file" must be a folder' in (link_problem(target, "file/x.md") or "")
    assert link_problem(target, "file") is None
    assert link_problem(target, "new/x.md") is None


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("../{page}/{section}.md", 'holds ".."'),
        ("/{page}/{section}.md", "must be a path relative"),
        (".git/{page}/{section}.md", "hidden name"),
        ("nul/{page}/{section}.md", "reserved name"),
        ("{page}/{sektion}.md", 'the unknown placeholder "{sektion}": did you mean "section"?'),
        ("{page}/{section.md", "a brace without its partner"),
        ("{page}/{section}.sh", "must end with .md"),
        ("{section}.md", "needs {page} or {path}"),
        ("{page}.md", "needs {section}"),
        ("{page}./{section}.md", "nor end with a dot"),
    ],
)
def test_pattern_that_would_lead_elsewhere_or_mix_files_up_is_refused(pattern: str, said: str) -> None:
    with pytest.raises(ContentError) as caught:
        find_profile("markdown", pattern=pattern)
    assert caught.value.code == "invalid-pattern"
    assert said in caught.value.message


def test_page_pattern_may_not_hold_the_section() -> None:
    with pytest.raises(ContentError, match="it writes one file per page"):
        find_profile("markdown", pattern="{page}/{section}.md", per="page")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("hugoo", {}, 'no export profile "hugoo": did you mean "hugo"?'),
        ("astro", {"format": "jsn"}, 'no `format` "jsn": did you mean "json"?'),
        ("docusaurus", {"format": "json"}, "docusaurus does not read json files"),
        ("astro", {"per": "pages"}, 'no `per` "pages": did you mean "page"?'),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(name: str, options: dict[str, str], said: str) -> None:
    with pytest.raises(ContentError) as caught:
        find_profile(name, **options)
    assert said in caught.value.message


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("per", Per)
def test_pattern_of_every_profile_finds_again_what_it_wrote(name: str, per: Per) -> None:
    for form in PROFILES[name].places:
        pattern = find_profile(name, per=per, format=form).pattern
        path = pattern.fill({"page": "a.b-c", "section": "d_1"})
        assert path_problem(path) is None
        assert pattern.match(path) == {"page": "a.b-c"} | ({"section": "d_1"} if per is Per.SECTION else {})


def test_placeholder_that_comes_twice_must_stand_for_the_same() -> None:
    pattern = parse_pattern("{environment}/{path}/{page}-{page}.md")
    assert pattern.match("preview/a/b/home-home.md") == {"environment": "preview", "path": "a/b", "page": "home"}
    assert pattern.match("preview/a/home-about.md") is None
    assert pattern.match("draft/a/home-home.md") is None
