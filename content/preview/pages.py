"""The preview's pages as HTML, and the Content-Security-Policy that goes with them.

Templates escape everything that is no `Markup`. The style sheet stands in the page itself and is allowed by its hash:
so a page needs nothing else, wherever its file lies.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from copydesk.content.preview.views import IndexView, MessageView, PageView

__all__ = ["SCRIPT_FILE", "index_html", "message_html", "page_html", "script", "security_policy"]

SCRIPT_FILE: Final = "live.js"
"""Where served pages look for their script."""

_NOTHING_ELSE: Final = ("default-src 'none'", "base-uri 'none'", "form-action 'none'", "img-src data:")


def index_html(view: IndexView, *, version: str | None = None) -> str:
    """The list of pages. With a `version` it is live: a script exchanges it when the site has another one."""
    return _render("index.html.jinja", view, version)


def page_html(view: PageView, *, version: str | None = None) -> str:
    """One page with its sections; live as the list is."""
    return _render("page.html.jinja", view, version)


def message_html(view: MessageView, *, version: str | None = None) -> str:
    """A page that only says something; live as the list is."""
    return _render("message.html.jinja", view, version)


def security_policy(*, live: bool) -> str:
    """What a page may load and do: its own style sheet, and if it is live the script beside it and its events."""
    directives = [*_NOTHING_ELSE, f"style-src 'sha256-{_hash(_style())}'"]
    if live:
        directives += ["script-src 'self'", "connect-src 'self'"]
    return "; ".join(directives)


def script() -> str:
    """The script of live pages."""
    return _read(SCRIPT_FILE)


def _render(name: str, view: object, version: str | None) -> str:
    policy = security_policy(live=version is not None)
    surroundings = {"version": version, "policy": policy, "style": _style(), "script_file": SCRIPT_FILE}
    return _environment().get_template(name).render(view=view, **surroundings) + "\n"


@cache
def _environment() -> Environment:
    return Environment(
        autoescape=True,
        loader=FunctionLoader(_read),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> Markup:
    return Markup(_read("preview.css"))  # noqa: S704 - our own file


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _read(name: str) -> str:
    return files("copydesk.content.preview").joinpath(name).read_text(encoding="utf-8")
