"""How the placeholder drafts read: whole words, sentences where sentences belong, lists without full stops."""

from __future__ import annotations

from pathlib import Path

import anyio
from hypothesis import given
from hypothesis import strategies as st

from copydesk.content.briefs import build_brief
from copydesk.content.definition.loader import load_site
from copydesk.content.definition.models import Fields
from copydesk.content.writers.base import Written
from copydesk.content.writers.drafting import fitted
from copydesk.content.writers.outline import OutlineWriter

_SITE = load_site(Path(__file__).parents[2] / "examples" / "rye-and-shine" / "site.yaml").site
_WORDS = st.lists(st.sampled_from(["bread", "oven", "rye", "a"]), min_size=1, max_size=12)


def draft(page: str, section: str) -> Fields:
    answer = anyio.run(OutlineWriter().write, build_brief(_SITE, page, section))
    assert isinstance(answer, Written)
    return answer.fields


@given(_WORDS, st.integers(5, 60))
def test_text_that_is_too_long_is_cut_after_a_word(words: list[str], longest: int) -> None:
    cut = fitted(" ".join(words), 0, longest)
    assert len(cut) <= longest
    assert set(cut.rstrip(".…").split()) <= set(words)


def test_title_that_is_the_name_of_the_site_is_said_once() -> None:
    assert str(draft("home", "hero")).count("Rye & Shine at Rye & Shine") == 0


def test_subheadline_is_a_sentence() -> None:
    assert draft("home", "hero")["subheadline"].endswith(".")


def test_items_of_a_list_have_no_full_stop() -> None:
    assert not [item for item in draft("home", "bread-of-the-week")["eatWith"] if item.endswith(".")]
