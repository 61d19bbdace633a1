from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.content.briefs import build_brief
from copydesk.content.definition.loader import examine, load_site
from copydesk.content.definition.models import Terms

_SITE = """\
site:
  id: bakery
  title: Bakery
TERMSroutes:
  - {id: home, path: /, title: Home, sections: [{id: hero, template: core:hero}]}
"""


def _written(folder: Path, terms: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(_SITE.replace("TERMS", terms), encoding="utf-8")
    return path


def test_terms_are_read_each_once_and_reach_every_brief(tmp_path: Path) -> None:
    site = load_site(
        _written(tmp_path, "  terms: {use: [Wi-Fi], avoid: [crafted  with love, journey, journey]}\n")
    ).site
    assert site.terms == Terms(use=("Wi-Fi",), avoid=("crafted with love", "journey"))
    brief = build_brief(site, "home", "hero")
    assert "Write these exactly like this: Wi-Fi." in brief.stable
    assert "Never use these words: crafted with love; journey." in brief.stable


def test_a_site_without_terms_says_nothing_about_them_to_a_writer(tmp_path: Path) -> None:
    site = load_site(_written(tmp_path, "")).site
    assert site.terms == Terms()
    assert "these words" not in build_brief(site, "home", "hero").text


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ("  terms: [journey]\n", "must be a mapping"),
        ("  terms: {avoids: [journey]}\n", 'did you mean "avoid"?'),
        ("  terms: {avoid: journey}\n", "must be a list"),
        ("  terms: {use: [Oven], avoid: [oven]}\n", "both to use and to avoid"),
        (f"  terms: {{avoid: [{'x' * 101}]}}\n", "longer than 100 characters"),
    ],
)
def test_wrong_terms_are_told_with_their_line(tmp_path: Path, terms: str, said: str) -> None:
    (problem,) = examine(_written(tmp_path, terms)).problems
    assert problem.line == 4
    assert said in problem.message
