"""The preview's pages: what they show, and that nothing in them can act."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from copydesk.content.preview.pages import index_html, message_html, page_html, script, security_policy
from copydesk.content.preview.views import (
    CopyView,
    FailureView,
    FieldChange,
    IndexView,
    MessageView,
    PageSummary,
    PageView,
    ProgressView,
    SectionSummary,
    SectionView,
    SiteHead,
    Standing,
)

HOSTILE = st.one_of(
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onmouseover='alert(1)",
            "javascript:alert(1)",
            "</title><script>alert(1)</script>",
            "</style><script>",
            "{{ 7 * 7 }}{% raw %}",
            "-->",
        ]
    ),
    st.text(min_size=1, max_size=15),
)


def page_summary(text: str = "home", *standings: Standing) -> PageSummary:
    sections = tuple(SectionSummary(f"{text}{number}", one) for number, one in enumerate(standings))
    return PageSummary(text, f"/{text}", text, text, sections)


def page_view(text: str, *, standing: Standing = Standing.CHANGED) -> PageView:
    summary = SectionSummary(text, standing, is_draft=True, is_edited=True, is_busy=True)
    shown = CopyView(Markup("<p>Copy</p>"), text, text, text)
    changes = (FieldChange(text, Markup("<del>old</del>"), Markup("<ins>new</ins>")),)
    section = SectionView(summary, text, shown, shown, changes)
    progress = ProgressView(3, 9, 1, text, text)
    beside = page_summary(text)
    return PageView(SiteHead(text, text, text), page_summary(text), (section,), beside, beside, progress)


def index_view(text: str) -> IndexView:
    pages = (page_summary(text, *Standing),)
    failures = (FailureView(text, text, text),)
    return IndexView(SiteHead(text, text, text), pages, 1, failures, 1, ProgressView(3, 9, 1, text, text))


def skeleton(html: str) -> list[str]:
    """All tags in order, without the values of their attributes."""
    return [re.sub(r'="[^"]*"', "", tag) for tag in re.findall(r"<[^>]*>", re.sub(r'="[^"]*"', "", html))]


@given(HOSTILE)
def test_no_text_changes_the_structure_of_a_page(text: str) -> None:
    for version in (None, "v1"):
        assert skeleton(page_html(page_view(text), version=version)) == skeleton(
            page_html(page_view("plain"), version=version)
        )


@given(HOSTILE)
def test_no_text_changes_the_structure_of_the_index(text: str) -> None:
    plain = skeleton(index_html(index_view("https://plain.example"), version="v1"))
    without_link = skeleton(index_html(index_view("plain"), version="v1"))
    assert skeleton(index_html(index_view(text), version="v1")) in (plain, without_link)


@given(HOSTILE)
def test_no_text_leads_a_link_astray(text: str) -> None:
    html = page_html(page_view(text)) + index_html(index_view(text))
    for address in re.findall(r'href="([^"]*)"', html):
        assert re.match(r"page-[\w.%~-]*\.html|index\.html$|#|https?://|data:image/svg", address), address


def test_site_address_that_is_none_of_the_web_is_no_link() -> None:
    view = IndexView(SiteHead("Rye", url="javascript:alert(1)"), (page_summary(),))
    assert "javascript:" not in index_html(view)


@pytest.mark.parametrize("live", [True, False])
def test_policy_allows_the_style_of_the_page_by_its_hash_and_nothing_inline(live: bool) -> None:
    policy = security_policy(live=live)
    html = page_html(page_view("home"), version="v1" if live else None)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert ("script-src 'self'" in policy) == live
    assert f'content="{policy}"'.replace("'", "&#39;") in html


def test_written_page_has_no_script_and_a_live_page_has_one_file() -> None:
    assert "<script" not in page_html(page_view("home"))
    assert re.findall(r"<script[^>]*>", page_html(page_view("home"), version="v1")) == ['<script src="live.js" defer>']
    assert "innerHTML" not in script()


def test_page_names_nothing_elsewhere() -> None:
    html = page_html(page_view("home"), version="v1")
    assert re.findall(r"(?:src|href)=\"((?:https?:)?//[^\"]*)\"|url\((?!data:)|@import", html) == []


def test_both_columns_are_shown_where_copy_differs_and_one_where_it_does_not() -> None:
    assert page_html(page_view("home")).count('class="column ') == 2
    assert page_html(page_view("home", standing=Standing.LIVE)).count('class="column ') == 1


def test_index_counts_sections_by_how_they_stand() -> None:
    pages = (page_summary("home", Standing.LIVE, Standing.NEW), page_summary("about", Standing.NEW))
    view = IndexView(SiteHead("Rye"), pages)
    assert view.figures == [(Standing.LIVE, 1, "live"), (Standing.NEW, 2, "new")]
    assert "<span>1 live</span><span>1 new</span>" in index_html(view)


def test_message_is_text() -> None:
    html = message_html(MessageView("Not <here>", ("line <1>",), (("index.html", "All & pages"),)))
    assert "Not &lt;here&gt;" in html
    assert "line &lt;1&gt;" in html
    assert "All &amp; pages" in html
