from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.content.definition.models import Route, Section, Site, Template, Terms
from copydesk.content.definition.snapshot import make_snapshot, read_snapshot
from copydesk.content.errors import ContentError

_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
_NAMES = st.tuples() | st.lists(_TEXT, max_size=2).map(tuple)
_SCHEMAS = st.dictionaries(
    _TEXT,
    st.recursive(st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT, st.lists),
    max_size=3,
)
_TEMPLATES = st.builds(
    Template, _TEXT, _TEXT, _TEXT, schema=_SCHEMAS, format=st.none() | _TEXT, generate=st.booleans(), sources=_NAMES
)
_SECTIONS = st.builds(Section, _TEXT, _TEXT, prompt=st.none() | _TEXT, content=st.none() | _TEXT, sources=_NAMES)
_ROUTES = st.builds(Route, _TEXT, _TEXT, _TEXT, _TEXT, sections=st.lists(_SECTIONS, max_size=3).map(tuple))
_SITES = st.builds(
    Site,
    id=_TEXT,
    title=_TEXT,
    description=_TEXT,
    url=st.none() | _TEXT,
    voice=st.none() | _TEXT,
    sources=_NAMES,
    templates=st.lists(_TEMPLATES, max_size=2).map(lambda templates: {each.name: each for each in templates}),
    routes=st.lists(_ROUTES, max_size=3).map(tuple),
    source_texts=st.dictionaries(_TEXT, _TEXT, max_size=2),
    terms=st.builds(Terms, use=_NAMES, avoid=_NAMES),
)
_SITE = Site("a", "A", "", None, None, (), {}, (Route("home", "/", "Home", "", ()),), {"facts/a.md": "One."})


@given(_SITES)
def test_a_snapshot_reads_back_as_exactly_the_site_that_it_was_made_of(site: Site) -> None:
    made = make_snapshot(site)
    read = read_snapshot(made.hash, made.document)
    assert read.site == site
    assert make_snapshot(read.site) == made


def test_the_hash_is_that_of_the_document() -> None:
    made = make_snapshot(_SITE)
    assert made.hash == hashlib.sha256(made.document.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        replace(_SITE, title="B"),
        replace(_SITE, voice="plain"),
        replace(_SITE, terms=Terms(avoid=("journey",))),
        replace(_SITE, source_texts={"facts/a.md": "Two."}),
        replace(_SITE, routes=(Route("home", "/", "Home", "", (Section("hero", "core:hero"),)),)),
    ],
)
def test_every_change_of_a_site_changes_the_hash(changed: Site) -> None:
    assert make_snapshot(changed).hash != make_snapshot(_SITE).hash


def test_the_order_of_properties_is_part_of_a_definition() -> None:
    def with_order(*names: str) -> Site:
        schema = {"properties": {name: {"type": "string"} for name in names}}
        return replace(_SITE, templates={"a:x": Template("a:x", "", "", schema)})

    made = make_snapshot(with_order("title", "body"))
    assert made.hash != make_snapshot(with_order("body", "title")).hash
    assert list(read_snapshot(made.hash, made.document).site.templates["a:x"].schema["properties"]) == ["title", "body"]


def test_a_damaged_document_is_refused() -> None:
    made = make_snapshot(_SITE)
    with pytest.raises(ContentError, match="was damaged") as caught:
        read_snapshot(made.hash, made.document.replace("One", "Two"))
    assert caught.value.code == "damaged-snapshot"


def test_a_document_of_a_newer_version_is_refused() -> None:
    document = make_snapshot(_SITE).document.replace('"version":1', '"version":3')
    with pytest.raises(ContentError, match="newer copydesk") as caught:
        read_snapshot(hashlib.sha256(document.encode()).hexdigest(), document)
    assert caught.value.code == "newer-snapshot"


def test_a_site_without_terms_keeps_the_form_and_the_hash_that_it_always_had() -> None:
    document = (
        '{"version":1,"site":{"id":"a","title":"A","description":""},"templates":{},'
        '"routes":[{"id":"home","path":"/","title":"Home","description":"","sections":[]}],'
        '"sourceTexts":{"facts/a.md":"One."}}'
    )
    assert make_snapshot(_SITE).document == document


def test_terms_are_told_in_a_form_that_an_older_copydesk_refuses_rather_than_misreads() -> None:
    document = json.loads(make_snapshot(replace(_SITE, terms=Terms(use=("Wi-Fi",)))).document)
    assert document["version"] == 2
    assert document["site"]["terms"] == {"use": ["Wi-Fi"]}
