"""What differs between preview and production is marked word by word, and nothing is lost by it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from copydesk.content.preview.copy_html import markdown_html, sanitise
from copydesk.content.preview.marking import Marked, mark_changes

WORDS = st.sampled_from(
    ["bread", "rye", "*warm*", "**new**", "# Head\n\n", "- item\n", "[link](/)", "&", "<", "`x`", "\n\n", "."]
)
COPY = st.lists(WORDS, max_size=30).map(" ".join)


def html(text: str) -> str:
    return markdown_html(text, {"/": "page-home.html"})


def unmarked(text: str) -> str:
    return re.sub(r"</?(?:ins|del)>", "", text)


def test_changed_words_are_marked_where_they_stand() -> None:
    marked = mark_changes("<p>The oven is lit at two.</p>", "<p>The oven is lit at three.</p>")
    assert marked.before == "<p>The oven is lit at <del>two</del>.</p>"
    assert marked.after == "<p>The oven is lit at <ins>three</ins>.</p>"


def test_what_is_only_in_one_version_is_marked_there() -> None:
    marked = mark_changes("<p>Rye and spelt bread.</p>", "<p>Rye and dark spelt bread, daily.</p>")
    assert marked.before == "<p>Rye and spelt bread.</p>"
    assert marked.after == "<p>Rye and <ins>dark</ins> spelt bread<ins>, daily</ins>.</p>"


def test_marks_never_cross_an_element() -> None:
    marked = mark_changes(
        "<p>We bake bread here.</p>", "<p>We bake <em>six good</em> <strong>rye breads</strong> here.</p>"
    )
    assert marked.after == "<p>We bake <em><ins>six good</ins></em> <strong><ins>rye breads</ins></strong> here.</p>"


def test_word_left_alone_between_two_changes_belongs_to_them() -> None:
    marked = mark_changes("<p>We sell a cold loaf to all of you.</p>", "<p>We sell two cold rolls to all of you.</p>")
    assert marked.after == "<p>We sell <ins>two cold rolls</ins> to all of you.</p>"
    assert marked.before == "<p>We sell <del>a cold loaf</del> to all of you.</p>"


def test_another_text_altogether_is_not_marked() -> None:
    marked = mark_changes("<p>Six breads from three farms.</p>", "<h3>Prices</h3><ul><li>Nothing in common</li></ul>")
    assert not marked.is_marked
    assert "<ins>" not in marked.after


def test_very_long_copy_is_not_compared_word_by_word() -> None:
    long = "<p>" + "word " * 4_000 + "</p>"
    assert mark_changes(long, long + "<p>end</p>") == Marked(long, long + "<p>end</p>", is_marked=False)


@given(COPY, COPY)
def test_without_the_marks_both_versions_are_what_they_were(before: str, after: str) -> None:
    old, new = html(before), html(after)
    marked = mark_changes(old, new)
    assert (unmarked(marked.before), unmarked(marked.after)) == (old, new)


@given(COPY, COPY)
def test_marked_copy_is_well_formed(before: str, after: str) -> None:
    marked = mark_changes(html(before), html(after))
    for side in (marked.before, marked.after):
        # The sanitiser parses as a browser does and closes what is open: nothing to close, nothing to move.
        assert unmarked(str(sanitise(side))) == str(sanitise(unmarked(side)))
