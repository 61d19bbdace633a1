from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from copydesk.content.definition.core_pack import core_templates
from copydesk.content.definition.models import Route, Section, Site, Template, Terms
from copydesk.content.site_checks.checking import check_site
from copydesk.content.site_checks.findings import Finding, Severity
from copydesk.content.site_checks.named_links import NamedLinks
from copydesk.content.site_checks.site_copy import SectionCopy, SiteCopy

_FREE = {"type": "object", "properties": {"text": {"type": "string"}, "href": {"type": "string"}}, "required": ["text"]}
_TEMPLATES = dict(core_templates()) | {
    "bakery:free": Template("bakery:free", "", "Write.", _FREE),
    "bakery:meta": Template("bakery:meta", "", "Write.", {"type": "object"}),
}
_HERO = {"headline": "Bread for the whole week", "subheadline": "Baked from three grains.", "callToAction": "See them"}


_FACTS = "Menu: elsewhere.example/x, /prices.pdf and //cdn.example/x. Write to a@b.c or call (0155) 123 45."


def _site(*pages: str, terms: Terms = Terms(), url: str | None = "https://bakery.example") -> Site:  # noqa: B008
    sections = (Section("hero", "core:hero"), Section("text", "bakery:free"), Section("seo", "bakery:meta"))
    routes = tuple(Route(page, "/" if page == "home" else f"/{page}", page, "", sections) for page in pages)
    return Site("bakery", "Bakery", "", url, None, (), _TEMPLATES, routes, {"facts.md": _FACTS}, terms)


def _copy(site: Site, **copies: dict[str, Any]) -> SiteCopy:
    """Copy by `page__section`."""
    templates = {"hero": "core:hero", "text": "bakery:free", "seo": "bakery:meta"}
    sections = {}
    for name, fields in copies.items():
        page, _, section = name.partition("__")
        sections[page, section] = SectionCopy(page, section, templates[section], fields)
    return SiteCopy(site, sections)


def _found(site: Site, **copies: dict[str, Any]) -> list[Finding]:
    return list(check_site(_copy(site, **copies)))


def test_good_copy_has_no_findings() -> None:
    text = {"text": "See [the list](/about#list), [us](https://elsewhere.example/x) and ![bread](/bread.jpg)."}
    about = {"text": "## List\n\nAll of it."}
    assert _found(_site("home", "about"), home__hero=_HERO, home__text=text, about__text=about) == []


@pytest.mark.parametrize(
    "text",
    [
        "See [the list](/abuot).",
        'See [the list](</abuot> "All of it").',
        "See [the list][1].\n\n[1]: /abuot",
        'See <a class="x" href="/abuot?x=1#y">the list</a>.',
        "See [the list](https://bakery.example/abuot).",
    ],
)
def test_a_link_to_a_page_that_is_not_there_is_found_with_the_nearest(text: str) -> None:
    (finding,) = _found(_site("home", "about"), home__text={"text": text})
    assert (finding.code, finding.severity) == ("broken-link", Severity.ERROR)
    assert (finding.page, finding.section, finding.path) == ("home", "text", "$.text")
    assert 'did you mean "/about"?' in finding.message


@pytest.mark.parametrize(
    "address",
    [
        *("/about", "/about/", "/About?x=1", "/", "about/", "./about", "https://bakery.example", "Shop", "us@b.c", ""),
        *(
            "/prices.pdf",
            "//cdn.example/x",
            "mailto:a@b.c?subject=x",
            "tel:+4915512345",
            "http://www.Elsewhere.example/x/",
        ),
    ],
)
def test_links_that_lead_somewhere_are_no_findings(address: str) -> None:
    assert _found(_site("home", "about"), home__text={"text": "Text.", "href": address}) == []


def test_a_field_that_is_an_address_is_a_link() -> None:
    (finding,) = _found(_site("home"), home__text={"text": "Text.", "href": "/gone"})
    assert (finding.code, finding.path) == ("broken-link", "$.href")


@pytest.mark.parametrize(
    "address",
    [
        *("https://elsewhere.example", "https://elsewhere.example/xy", "https://bakery.example.evil/about"),
        *("/prices.docx", "mailto:c@b.c", "tel:+49155999", "javascript:alert(1)"),
    ],
)
def test_an_address_that_nobody_named_is_a_warning(address: str) -> None:
    (finding,) = _found(_site("home", "about"), home__text={"text": f"[x]({address})"})
    assert (finding.code, finding.severity) == ("unnamed-link", Severity.WARNING)
    assert f'"{address.partition("(")[0]}' in finding.message


@pytest.mark.parametrize("change", [{"is_by_hand": True}, {"is_draft": True}])
def test_what_people_wrote_by_hand_may_link_anywhere_and_placeholders_too(change: dict[str, Any]) -> None:
    site = _site("home")
    copy = _copy(site, home__text={"text": "Text.", "href": "https://friends.example"})
    section = replace(copy.sections["home", "text"], **change)
    codes = [one.code for one in check_site(SiteCopy(site, {("home", "text"): section}))]
    assert "unnamed-link" not in codes


def test_a_relative_link_leads_from_its_page() -> None:
    (finding,) = _found(_site("home", "about"), about__text={"text": "[up](../gone) [home](./) [about](about#text)"})
    assert (finding.code, finding.path) == ("broken-link", "$.text")


def test_an_anchor_must_be_a_section_or_a_heading_of_its_page() -> None:
    text = {"text": "[hero](#hero) [top](#top) [week](/#bread-for-the-whole-week) [gone](#gone)"}
    (finding,) = _found(_site("home"), home__hero=_HERO, home__text=text)
    assert (finding.code, finding.severity) == ("unknown-anchor", Severity.WARNING)
    assert '"#gone"' in finding.message


def test_a_page_with_the_headline_or_search_title_of_another_is_found() -> None:
    same = {"headline": "bread for the  WHOLE week", "subheadline": "Another twenty letters.", "callToAction": "See us"}
    title = {"title": "Bread"}
    found = _found(_site("home", "about"), home__hero=_HERO, about__hero=same, home__seo=title, about__seo=title)
    assert [(one.code, one.page, one.section, one.path) for one in found] == [
        ("duplicate-title", "about", "hero", "$.headline"),
        ("duplicate-title", "about", "seo", "$.title"),
    ]
    assert "home/hero" in found[0].message


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"text": "  "}, "empty-field", "$.text"),
        ({}, "empty-field", "$.text"),
        ({"text": 7}, "invalid-field", "$.text"),
    ],
)
def test_a_field_that_is_empty_or_does_not_fit_is_found(fields: dict[str, Any], code: str, path: str) -> None:
    found = _found(_site("home"), home__text=fields)
    assert (found[0].code, found[0].path, found[0].severity) == (code, path, Severity.ERROR)


def test_optional_fields_may_be_empty() -> None:
    assert _found(_site("home"), home__hero=_HERO | {"eyebrow": ""}) == []


def test_a_field_longer_than_its_template_allows_now_is_found() -> None:
    (finding,) = _found(_site("home"), home__hero=_HERO | {"headline": "x" * 71})
    assert (finding.code, finding.path) == ("overlong-field", "$.headline")


def test_a_search_title_that_would_be_cut_is_a_warning() -> None:
    (finding,) = _found(_site("home"), home__seo={"title": "x" * 61})
    assert (finding.code, finding.severity) == ("overlong-field", Severity.WARNING)


def test_words_that_the_site_avoids_are_found_as_whole_words_outside_of_links() -> None:
    site = _site("home", "journey", terms=Terms(avoid=("journey", "crafted with love")))
    assert _found(site, home__text={"text": "[Read](/journey), journeyman!", "href": "/journey"}) == []
    found = _found(site, home__text={"text": "A Journey. Crafted  with love."})
    assert [one.code for one in found] == ["avoided-term"] * 2
    assert 'says "Journey"' in found[0].message


def test_words_are_written_as_the_site_writes_them() -> None:
    site = _site("home", terms=Terms(use=("Wi-Fi", "sourdough")))
    assert _found(site, home__text={"text": "Sourdough and Wi-Fi."}) == []
    found = _found(site, home__text={"text": "SourDough with wifi."})
    assert [one.message for one in found] == [
        '$.text says "wifi"; this site writes "Wi-Fi".',
        '$.text says "SourDough"; this site writes "sourdough".',
    ]


def test_placeholder_copy_is_an_error() -> None:
    site = _site("home")
    draft = replace(_copy(site, home__text={"text": "Draft."}).sections["home", "text"], is_draft=True)
    (finding,) = check_site(SiteCopy(site, {("home", "text"): draft}))
    assert (finding.code, finding.severity) == ("placeholder-draft", Severity.ERROR)


def test_findings_come_for_the_sections_asked_for_and_errors_first() -> None:
    site = _site("home", "about", terms=Terms(avoid=("journey",)))
    text = {"text": "A journey.", "href": "/gone"}
    copy = _copy(site, home__text=text, about__text=text)
    assert [one.code for one in check_site(copy, [("about", "text")])] == ["broken-link", "avoided-term"]
    assert {one.page for one in check_site(copy, [("about", "text")])} == {"about"}


def test_long_and_hostile_text_is_checked_in_no_time() -> None:
    hostile = "[" * 20_000 + "](" * 20_000 + "# " * 20_000 + " " * 20_000
    assert _found(_site("home"), home__text={"text": hostile}) == []


@pytest.mark.parametrize("text", ["a" * 200_000, "a." * 100_000, "1 " * 100_000, "a@" * 100_000, "//" * 100_000])
def test_long_and_hostile_sources_are_read_in_no_time(text: str) -> None:
    links = ("https://a.example", "mailto:a@b.c", "tel:12345678", "/file.pdf")
    assert [NamedLinks([text]).names(link) for link in links] == [False] * 4
