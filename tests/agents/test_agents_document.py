"""docs/agents.md says what is measured; and what is measured keeps the limits, on a site of 2,000 sections too."""

from __future__ import annotations

import re

import anyio
import pytest

from copydesk.content.reports.paging import LARGEST_ANSWER
from tests.agents.document import DOCUMENT, Measured, measure, render

_ABOUT = re.compile(r"≈ ([\d,]+)")
_TOLERANCE = 0.1
_SLACK = 150
"""Characters: ids, times and rates differ in length."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return anyio.run(measure, tmp_path_factory.mktemp("agents"))


def about(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in _ABOUT.findall(text)]


def test_the_document_is_up_to_date(measured: Measured) -> None:
    rendered, committed = render(measured), DOCUMENT.read_text(encoding="utf-8")
    assert _ABOUT.sub("≈", rendered) == _ABOUT.sub("≈", committed), "`make agents` writes it again"
    far = [
        (now, then)
        for now, then in zip(about(rendered), about(committed), strict=True)
        if abs(now - then) > then * _TOLERANCE + _SLACK
    ]
    assert far == [], "`make agents` writes it again"


def test_tools_and_answers_keep_their_limits(measured: Measured) -> None:
    assert len(measured.tools) <= 20
    assert sum(tool.entry for tool in measured.tools) <= 29_900
    names = {tool.name for tool in measured.tools}
    for sizes in (measured.sample, measured.large):
        assert set(sizes) == names, "every tool is measured"
        assert {name: size for name, size in sizes.items() if size.largest > LARGEST_ANSWER} == {}


def test_descriptions_are_short_enough_to_be_read(measured: Measured) -> None:
    assert max(tool.description for tool in measured.tools) <= 250
