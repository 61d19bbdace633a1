"""From Markdown to HTML that is safe to show, whatever the copy holds.

Two gates stand one behind the other. The Markdown reader knows no raw HTML and makes links only to the web, to mail and
telephone, and to pages of the same site; images become their description, so that nothing is fetched from elsewhere.
What comes out passes an allow-list of elements and attributes, which would hold by itself.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markdown_it.token import Token

__all__ = ["markdown_html", "sanitise"]

_ABROAD: Final = re.compile(r"(?:https?://|mailto:|tel:)[^\s]", re.IGNORECASE)
_SCHEMES: Final = {"http", "https", "mailto", "tel"}
_ELEMENTS: Final = {
    *("h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "span", "ins", "del"),
}
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
_VALUES: Final = {"span": {"class": {"image", "nowhere"}}, "a": {"target": {"_blank"}}}
_GONE_WITH_TEXT: Final = {"script", "style", "iframe", "object", "svg", "math", "template", "noscript", "title"}
_SHIFT: Final = 2
"""The page's title is the first heading and a section's name the second: headings of the copy stand below them."""
_SMALLEST_HEADING: Final = 6


def markdown_html(text: str, pages: Mapping[str, str]) -> str:
    """The Markdown as HTML, which still has to pass `sanitise`. `pages`: the address of each page by its path."""
    return str(_reader().render(text, {"pages": pages}))


def sanitise(html: str) -> Markup:
    """Only harmless elements and attributes of this HTML. The way to a `Markup` for everything that has copy in it."""
    return Markup(  # noqa: S704 - this is the gate
        nh3.clean(
            html,
            tags=_ELEMENTS,
            clean_content_tags=_GONE_WITH_TEXT,
            attributes=_ATTRIBUTES,
            tag_attribute_values=_VALUES,
            url_schemes=_SCHEMES,
            link_rel="noopener noreferrer",
        )
    )


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    reader.validateLink = lambda url: True  # type: ignore[method-assign]  # the link rule below decides
    reader.add_render_rule("link_open", _link_open)
    reader.add_render_rule("link_close", _link_close)
    reader.add_render_rule("image", _image)
    reader.add_render_rule("heading_open", _heading)
    reader.add_render_rule("heading_close", _heading)
    return reader


def _link_open(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, environment: Any) -> str:
    """A link that leads nowhere becomes text that looks like it: what a reviewer would want to know."""
    token = tokens[index]
    href = str(token.attrs.get("href", ""))
    title = token.attrs.get("title")
    told = f' title="{escape(title)}"' if title else ""
    if _ABROAD.match(href):
        return f'<a href="{escape(href)}" target="_blank"{told}>'
    found = _page_address(href, environment["pages"])
    token.meta["nowhere"] = found is None
    return '<span class="nowhere">' if found is None else f'<a href="{escape(found)}"{told}>'


def _link_close(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _environment: Any) -> str:
    return "</span>" if _opening(tokens, index).meta.get("nowhere") else "</a>"


def _opening(tokens: Sequence[Token], index: int) -> Token:
    """Links hold no links: the nearest opening before is the one."""
    return next(token for token in reversed(tokens[:index]) if token.type == "link_open")


def _page_address(href: str, pages: Mapping[str, str]) -> str | None:
    """Where a path of the site is shown in the preview; `None` if it is no page of the site."""
    path = href.partition("#")[0].partition("?")[0]
    return pages.get(path) or (pages.get(path.rstrip("/")) if path else None)


def _image(renderer: Any, tokens: Sequence[Token], index: int, options: Any, environment: Any) -> str:
    token = tokens[index]
    alt = renderer.renderInlineAsText(token.children or [], options, environment)
    return f'<span class="image">{escape(alt or token.attrs.get("src", ""))}</span>'


def _heading(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _environment: Any) -> str:
    token = tokens[index]
    level = min(_SMALLEST_HEADING, int(token.tag[1:]) + _SHIFT)
    return f"<h{level}>" if token.nesting == 1 else f"</h{level}>\n"
