"""Every revision says who wrote it, for whom, from what, and what it took; whoever reads it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from copydesk.content.briefs import build_brief
from copydesk.content.desk import Asked
from copydesk.content.operations.values import WHOLE_SITE, Edit, Generate
from copydesk.content.reports.content_views import Provenance
from copydesk.content.reports.copy_reading import ReadQuery, read_content
from tests.interaction.cli_runner import cli_in
from tests.interaction.conftest import Connect
from tests.workshop import Workshop, open_workshop, write_site

_PAGES = {"home": ["intro"]}
_BY_IDA = Asked(started_by="Ida")


async def _read(workshop: Workshop) -> Provenance:
    section = (await read_content(workshop.desk, ReadQuery())).sections[0]
    assert section.provenance is not None
    return section.provenance


async def test_copy_of_a_writer_says_its_model_brief_definition_and_usage(tmp_path: Path) -> None:
    write_site(tmp_path, _PAGES)
    async with open_workshop(tmp_path) as workshop:
        receipt = await workshop.desk.perform(Generate(scope=WHOLE_SITE), _BY_IDA)
        made = await _read(workshop)
        snapshot = await workshop.desk.snapshot()
    assert (made.origin, made.written_by) == ("writer", "scripted (fake-1)")
    assert (made.writer, made.model, made.is_draft, made.started_by) == ("scripted", "fake-1", False, "Ida")
    assert (made.snapshot, made.brief_hash) == (snapshot.hash, build_brief(snapshot.site, "home", "intro").hash)
    assert made.usage.model_dump() == {"input_tokens": 3, "output_tokens": 4, "cost": 0.001}
    assert made.operation_id == receipt.operation_id
    assert made.created_at.endswith("+00:00")


async def test_copy_by_hand_says_whose_it_is_and_was_made_from_no_brief(tmp_path: Path) -> None:
    write_site(tmp_path, _PAGES)
    async with open_workshop(tmp_path) as workshop:
        await workshop.desk.perform(Edit(page="home", section="intro", fields={"text": "Mine."}), _BY_IDA)
        made = await _read(workshop)
        snapshot = await workshop.desk.snapshot()
    assert (made.origin, made.written_by, made.started_by) == ("hand", "hand", "Ida")
    assert (made.writer, made.model, made.brief_hash, made.snapshot) == (None, None, None, snapshot.hash)
    assert made.usage.model_dump() == {"input_tokens": None, "output_tokens": None, "cost": None}


async def test_copy_of_the_assistant_says_so_with_its_brief(connect: Connect) -> None:
    async with connect(writer="agent") as there:
        started = await there.call("generate", sections=["home/hero"])
        (taken,) = (await there.call("take-brief"))["briefs"]
        item = {"jobId": taken["jobId"], "fields": {"headline": "By the sea"}}
        await there.call("submit-content", items=[item])
        (section,) = (await there.call("read-content", section="home/hero"))["sections"]
        site = await there.desk.site()
    made: dict[str, Any] = section["provenance"]
    assert (made["origin"], made["writer"]) == ("assistant", "agent")
    assert made["writtenBy"].startswith("the assistant")
    assert made["briefHash"] == build_brief(site, "home", "hero").hash
    assert made["operationId"] == started["operationId"]
    assert made["usage"] == {"inputTokens": None, "outputTokens": None, "cost": None}
    assert made["startedBy"] is not None


def test_show_prints_where_copy_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = anyio.run(_write_one_and_edit_one, tmp_path)
    shown = cli_in(tmp_path, monkeypatch)("show").out
    definition, brief = f"definition {made.snapshot[:12]}", f"brief {str(made.brief_hash)[:12]}"
    assert "by scripted (fake-1), " in shown
    assert f"asked for by Ida, {definition}, {brief}, 3 tokens in, 4 out, $0.0010\n" in shown
    assert "by hand, " in shown
    assert f"asked for by Ida, {definition}\n" in shown


async def _write_one_and_edit_one(folder: Path) -> Provenance:
    write_site(folder, {"home": ["intro", "more"]})
    async with open_workshop(folder) as workshop:
        await workshop.desk.perform(Generate(scope=WHOLE_SITE), _BY_IDA)
        made = await _read(workshop)
        await workshop.desk.perform(Edit(page="home", section="more", fields={"text": "Mine."}), _BY_IDA)
    return made
