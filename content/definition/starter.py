"""A first site definition: small, whole, and with comments that teach what can stand in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from copydesk.content.definition.loader import examine_content
from copydesk.content.definition.replacing import create_file
from copydesk.content.definition.sources import Sources
from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.definition.yaml_text import flow_text
from copydesk.content.errors import ContentError
from copydesk.content.project import SITE_FILE

__all__ = ["STARTER_PAGES", "USUAL_PAGES", "NewSite", "create_site", "site_id", "starter_definition"]

USUAL_PAGES: Final = ("home", "about", "services", "contact")


@dataclass(frozen=True, slots=True)
class NewSite:
    """What somebody says about a site that is to begin. `pages` are names of `STARTER_PAGES`, or any page id."""

    title: str
    description: str = ""
    url: str | None = None
    voice: str | None = None
    pages: tuple[str, ...] = USUAL_PAGES


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the starter: its path, title, purpose, and sections as they stand in the file."""

    path: str
    title: str
    description: str
    sections: tuple[str, ...]


_SEO: Final = "- {id: seo, template: core:seo-metadata}"

STARTER_PAGES: Final = {
    "home": _Page(
        "/",
        "Home",
        "The front page, for somebody who has never heard of us",
        (
            "# Each section names a template: what its copy is made of. The prompt adds what matters right here.",
            "- {id: hero, template: core:hero, prompt: Say what this is and for whom within three seconds.}",
            "- {id: why, template: core:features, prompt: Three reasons only.}",
            "- {id: start, template: core:call-to-action}",
            _SEO,
        ),
    ),
    "about": _Page(
        "/about",
        "About us",
        "Who is behind this, and why they do it",
        (
            "- {id: hero, template: core:hero}",
            "- id: story",
            "  template: core:prose",
            "  prompt: How it began. One scene rather than a chronicle.",
            _SEO,
        ),
    ),
    "services": _Page(
        "/services",
        "Services",
        "What we do, so that a stranger can choose",
        (
            "- {id: hero, template: core:hero}",
            "- {id: list, template: core:features, prompt: One item for each service.}",
            "- {id: questions, template: core:faq}",
            _SEO,
        ),
    ),
    "products": _Page(
        "/products",
        "Products",
        "What is for sale, so that a stranger can choose",
        ("- {id: hero, template: core:hero}", "- {id: list, template: core:products}", _SEO),
    ),
    "pricing": _Page(
        "/pricing",
        "Pricing",
        "What it costs and what is included",
        (
            "- {id: hero, template: core:hero}",
            "- {id: plans, template: core:pricing}",
            "- {id: questions, template: core:faq, prompt: Only questions about money.}",
            _SEO,
        ),
    ),
    "customers": _Page(
        "/customers",
        "Customers",
        "What others say about it",
        ("- {id: hero, template: core:hero}", "- {id: voices, template: core:testimonials}", _SEO),
    ),
    "faq": _Page(
        "/faq",
        "Questions",
        "What people ask before they decide",
        ("- {id: questions, template: core:faq}", _SEO),
    ),
    "contact": _Page(
        "/contact",
        "Contact",
        "How to reach a person, and what happens then",
        (
            "- {id: reach-us, template: core:contact}",
            "# A section with `content` is fixed text: it is never generated.",
            "- {id: legal, template: core:prose, content: Put your imprint here.}",
        ),
    ),
}
"""The pages that the starter knows; of another name it makes a page with an opening, a text and its metadata."""

_HEAD: Final = """\
# The definition of a site: what it is, and which copy it needs. `copydesk doctor` checks it; every problem is told with
# its line. Change it whenever you like: copy that exists stays until it is regenerated.
"""

_SITE_NOTES: Final = """\
  # Facts that the copy may claim, as files beside this one: `copydesk save-source prices --file prices.md` adds one.
  # sources: [facts/*.md]
  # Spellings to keep, and words to avoid; `copydesk check` finds them.
  # terms: {use: [Wi-Fi], avoid: [seamless, passionate]}
"""

_TEMPLATE_NOTES: Final = """\
# Templates named core:… come with copydesk: hero, features, products, call-to-action, prose, faq, testimonials,
# pricing, contact, seo-metadata. `copydesk list --templates` shows their fields. Your own stand here:
#
# templates:
#   opening-offer:
#     description: This month's offer
#     prompt: Present the offer in two sentences, with its price and its last day.
#     schema:
#       type: object
#       required: [headline, text]
#       properties:
#         headline: {type: string, maxLength: 60}
#         text: {type: string, maxLength: 280}
"""


def starter_definition(new: NewSite) -> str:
    """The text of the site file. Raises `ContentError`: no-pages; invalid-site, with every problem."""
    text = "\n".join(_lines(new)) + "\n"
    problems = examine_content(SITE_FILE, text.encode(), Sources(Path())).problems
    if problems:
        told = " ".join(problem.message for problem in problems)
        raise ContentError("invalid-site", f"The site was not made. {told}")
    return text


def create_site(folder: Path, new: NewSite) -> Path:
    """Write the site file of a new project and return its path; makes the folder if need be.

    Raises `ContentError`: site-exists, invalid-site, unwritable. Nothing is written then.
    """
    file = folder / SITE_FILE
    if file.exists() or file.is_symlink():
        message = f"There is a {file} already; it was left as it is. Name another folder, or edit the file."
        raise ContentError("site-exists", message)
    text = starter_definition(new)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ContentError("unwritable", f"The folder {folder} cannot be made: {error.strerror}.") from error
    create_file(file, text.encode())
    return file


def site_id(title: str) -> str:
    """The title as an id: `Rye & Shine` is `rye-and-shine`."""
    plain = unicodedata.normalize("NFKD", title.replace("&", " and ")).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)) or "site"


def _lines(new: NewSite) -> Iterator[str]:
    yield _HEAD.rstrip()
    yield "site:"
    yield f"  id: {site_id(new.title)}"
    yield f"  title: {flow_text(new.title)}"
    yield "  # What this is, for whom and where, in a sentence: it stands in the brief of every section."
    yield f"  description: {flow_text(new.description or f'The website of {new.title}')}"
    yield f"  url: {flow_text(new.url)}" if new.url else "  # url: https://www.example.com"
    yield "  # How it speaks, as you would tell a copywriter: tone, words you like, words you never use."
    yield f"  voice: {flow_text(new.voice or 'Plain and friendly. Short sentences, concrete nouns, no superlatives.')}"
    yield _SITE_NOTES
    yield _TEMPLATE_NOTES
    yield "# The pages, in their order. Commands and tools name a page by its id or its path: home, or /."
    yield "routes:"
    for number, name in enumerate(_distinct(new.pages)):
        yield from ([] if not number else [""])
        yield from _page_lines(name, STARTER_PAGES.get(name) or _page_named(name))


def _distinct(pages: Sequence[str]) -> list[str]:
    named = list(dict.fromkeys(page.strip().strip("/").lower() or "home" for page in pages))
    if not named:
        raise ContentError("no-pages", f"A site has at least one page; {did_you_mean('', STARTER_PAGES)}")
    return named


def _page_named(name: str) -> _Page:
    title = name.replace("-", " ").replace("_", " ").capitalize()
    sections = ("- {id: hero, template: core:hero}", "- {id: text, template: core:prose}", _SEO)
    return _Page(f"/{name}", title, f"Say here what the page {title} is for, and for whom", sections)


def _page_lines(name: str, page: _Page) -> Iterator[str]:
    yield f"  - id: {flow_text(name)}"
    yield f"    path: {flow_text(page.path)}"
    yield f"    title: {flow_text(page.title)}"
    yield f"    description: {flow_text(page.description)}"
    yield "    sections:"
    yield from (f"      {line}" for line in page.sections)
