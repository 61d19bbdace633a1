"""Copy becomes HTML that can do nothing but be read."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.content.preview.copy_html import markdown_html, sanitise

PAGES = {"/": "page-home.html", "/pricing": "page-pricing.html"}
HARMLESS = {
    *("h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "span", "ins", "del"),
}
ATTRIBUTES = {"href", "title", "rel", "target", "start", "class"}
DESTINATION = re.compile(r"(https?://|mailto:|tel:|page-home\.html$|page-pricing\.html$)", re.IGNORECASE)
TRICKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href=javascript:x>a</a>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#x0A;script:alert(1))",
    "[a](\x01javascript:x)",
    "[a](data:text/html,<script>x</script>)",
    "[a](vbscript:x)",
    "![a](javascript:x)",
    "![<b onclick=x>](https://x.y/z)",
    "<javascript:alert(1)>",
    "<https://x.y/onerror=>",
    "[a](//evil.example)",
    "[a](/\\evil.example)",
    "[a](file:///etc)",
    '[a](https://x.y "t\' onmouseover=x")',
    "[a](https://x.y'onclick=\"x)",
    "[a]: javascript:x\n\n[a]",
    "&lt;script&gt;",
    "<!-- <script>x</script>",
    "]]><script>",
    "<style>*{}</style>",
    "<iframe srcdoc=x>",
    "</p></div></main>",
    "<a\x00b>",
    "```html\n<script>\n```",
    "`<script>`",
    "| a | b |\n|---|:-:|\n| <img> | x |",
    "# [x](javascript:y)",
    "> <base href=x>",
)


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def shown(text: str) -> str:
    return str(sanitise(markdown_html(text, PAGES)))


def assert_harmless(html: str) -> None:
    elements = Elements(html)
    assert elements.comments == []
    for tag, attributes in elements.found:
        assert tag in HARMLESS
        assert set(attributes) <= ATTRIBUTES
        assert "href" not in attributes or DESTINATION.match(attributes["href"] or "")


PIECES = st.lists(st.one_of(st.sampled_from(TRICKS), st.text(max_size=20)), max_size=6)


@given(PIECES, st.sampled_from(["", " ", "\n\n"]))
def test_no_copy_becomes_anything_but_harmless_html(pieces: list[str], glue: str) -> None:
    assert_harmless(shown(glue.join(pieces)))


@given(PIECES)
def test_the_second_gate_holds_without_the_first(pieces: list[str]) -> None:
    for tag, attributes in Elements(str(sanitise("".join(pieces)))).found:
        assert tag in HARMLESS
        assert not any(name.startswith("on") or name in ("style", "src") for name in attributes)
        assert not (attributes.get("href") or "").lower().lstrip().startswith(("javascript:", "data:", "vbscript:"))


def test_raw_html_in_copy_is_shown_as_text() -> None:
    assert shown("a <b>bold</b> word") == "<p>a &lt;b&gt;bold&lt;/b&gt; word</p>\n"


def test_headings_stand_below_those_of_the_page() -> None:
    assert shown("# One\n\n## Two\n\n###### Six") == "<h3>One</h3>\n<h4>Two</h4>\n<h6>Six</h6>\n"


def test_tables_and_lists_keep_their_form() -> None:
    html = shown("| Bread | Price |\n|---|--:|\n| Rye | 5 |\n\n3. three\n4. four")
    assert "<td>Rye</td>" in html
    assert '<ol start="3">' in html


def test_link_to_the_web_opens_elsewhere_and_tells_nobody_where_it_was() -> None:
    assert shown("[us](https://rye.example/a?b=1&c=2)") == (
        '<p><a href="https://rye.example/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">us</a></p>\n'
    )


@pytest.mark.parametrize("path", ["/pricing", "/pricing/", "/pricing#plans", "/pricing?from=home"])
def test_link_to_a_page_of_the_site_leads_to_its_preview(path: str) -> None:
    assert shown(f"[prices]({path})") == '<p><a href="page-pricing.html" rel="noopener noreferrer">prices</a></p>\n'


@pytest.mark.parametrize("path", ["/moon", "pricing", "#top", "", "//evil.example", "javascript:alert(1)", "data:,x"])
def test_link_that_leads_nowhere_is_text_that_says_so(path: str) -> None:
    assert shown(f"[x **y**]({path})") == '<p><span class="nowhere">x <strong>y</strong></span></p>\n'


def test_image_is_its_description_and_is_not_fetched() -> None:
    assert (
        shown("![A *warm* loaf](https://tracker.example/loaf.png)") == '<p><span class="image">A warm loaf</span></p>\n'
    )


def test_link_around_an_image_stays_a_link() -> None:
    html = shown("[![loaf](/loaf.png)](/pricing) and [no](/moon)")
    assert '<a href="page-pricing.html" rel="noopener noreferrer"><span class="image">loaf</span></a>' in html
    assert '<span class="nowhere">no</span>' in html
