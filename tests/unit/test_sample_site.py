from __future__ import annotations

from pathlib import Path

from copydesk.content.definition.loader import load_site

_SAMPLE = load_site(Path(__file__).parents[2] / "examples" / "rye-and-shine" / "site.yaml").site
_SECTIONS = [section for route in _SAMPLE.routes for section in route.sections]


def test_the_sample_is_a_whole_site() -> None:
    assert len(_SAMPLE.routes) >= 8
    assert _SAMPLE.section_count >= 35


def test_the_sample_shows_every_kind_of_section() -> None:
    assert any(section.content for section in _SECTIONS)
    assert any(not _SAMPLE.templates[section.template].generate for section in _SECTIONS)
    assert any(section.template.startswith("rye-and-shine:") for section in _SECTIONS)
    assert any(section.template.startswith("core:") for section in _SECTIONS)
    assert any(section.sources for section in _SECTIONS)


def test_every_file_of_facts_in_the_sample_is_used() -> None:
    folder = Path(__file__).parents[2] / "examples" / "rye-and-shine" / "facts"
    assert set(_SAMPLE.source_texts) == {f"facts/{path.name}" for path in folder.iterdir()}


def test_everything_the_sample_defines_is_used() -> None:
    assert set(_SAMPLE.templates) == {section.template for section in _SECTIONS}
