"""The writer `local` at every template of a real site, with the real model."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from copydesk.content.briefs import Brief, build_brief
from copydesk.content.definition.loader import examine
from copydesk.content.definition.models import Site
from copydesk.content.work.composing import Composition
from copydesk.content.writers.base import Written
from copydesk.content.writers.local.writer import LocalWriter

TINA = Path(__file__).resolve().parents[3] / "shared" / "sites" / "tina-io.yaml"
MINUTES = 5


def one_of_each_template(site: Site) -> dict[str, Brief]:
    """The brief of the first section of each template."""
    first = {}
    for route in site.routes:
        for section in route.sections:
            if section.content is None and section.template not in first:
                first[section.template] = build_brief(site, route.id, section.id)
    return first


@pytest.mark.skipif(not TINA.exists(), reason=f"the real site is not at {TINA}")
@pytest.mark.timeout(60 * MINUTES)
async def test_every_template_of_a_real_site_gets_valid_copy(local_model: Path) -> None:
    snapshot = examine(TINA).snapshot
    assert snapshot is not None
    briefs = one_of_each_template(snapshot.site)
    assert len(briefs) == 33
    writer = LocalWriter("local", local_model)
    outcomes = {}
    try:
        with anyio.fail_after(60 * MINUTES):
            for name, brief in briefs.items():
                outcomes[name] = await Composition(writer, brief).run()
    finally:
        await writer.aclose()
    assert {name for name, outcome in outcomes.items() if not isinstance(outcome, Written)} == set()
