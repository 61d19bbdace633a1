"""Prompts begin with what they share, so that a provider's cache can hold it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from copydesk.content.briefs import Brief, build_brief
from copydesk.content.definition.loader import load_site
from copydesk.content.definition.models import Site

SAMPLE: Final = Path(__file__).parents[2] / "examples" / "rye-and-shine" / "site.yaml"


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(SAMPLE).site


def briefs_of(site: Site, instructions: str | None = None) -> list[Brief]:
    return [
        build_brief(site, route.id, section.id, instructions=instructions)
        for route in site.routes
        for section in route.sections
        if section.content is None
    ]


def shared_by(one: str, other: str) -> str:
    """What both begin with."""
    length = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), len(one))
    return one[:length]


def test_any_two_briefs_of_a_site_share_the_whole_stable_part(site: Site) -> None:
    briefs = briefs_of(site)
    assert len(briefs) > 10
    for one, other in pairwise(briefs):
        assert one.stable == other.stable
        assert shared_by(one.text, other.text).startswith(one.stable)
        assert one.text != other.text


def test_the_stable_part_holds_the_whole_site_and_nothing_of_a_page(site: Site) -> None:
    stable = briefs_of(site)[0].stable
    assert site.title in stable
    assert all(text in stable for name, text in site.source_texts.items() if name in site.sources)
    assert not any(route.description in stable for route in site.routes if route.description)


def test_what_one_call_wishes_comes_after_what_all_calls_share(site: Site) -> None:
    for plain, wished in zip(briefs_of(site), briefs_of(site, "Mention the anniversary."), strict=True):
        shared = shared_by(plain.text, wished.text)
        assert len(shared) > len(plain.stable) + len(plain.variable) / 2
        assert "anniversary" not in shared


def test_the_stable_part_is_the_same_from_one_loading_to_the_next(site: Site) -> None:
    again = briefs_of(load_site(SAMPLE).site)
    assert [one.text for one in again] == [one.text for one in briefs_of(site)]
