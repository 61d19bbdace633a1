"""The writer `agent` outside of a chat: in a program that writes itself, for the manager, and in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from copydesk.content.assistant.items import Item
from copydesk.content.assistant.takers import Taker
from copydesk.content.desk import Asked, Desk, open_desk
from copydesk.content.errors import ContentError
from copydesk.content.manager.manager import SiteContentManager
from copydesk.content.manager.options import GenerateOptions
from copydesk.content.operations.values import WHOLE_SITE, Generate
from copydesk.store import operations
from tests.interaction.cli_runner import cli_in
from tests.workshop import SECONDS, write_site

GENERATE = Generate(scope=WHOLE_SITE, writer="agent")
ME = Taker("my-program", "1")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write_site(tmp_path / "site", {"home": ["hero", "why"], "about": ["hero"]})
    return tmp_path / "site"


async def write_everything(desk: Desk) -> None:
    taken = await desk.take_briefs(taker=ME)
    while taken.briefs:
        items = [Item(one.job_id, {"text": f"Words for {one.section}."}) for one in taken.briefs]
        assert (await desk.submit_content(items, taker=ME)).success
        taken = await desk.take_briefs(taker=ME)


@pytest.mark.parametrize(
    ("via", "setting", "argument", "writer"),
    [
        ("mcp", None, None, "agent"),
        ("cli", None, None, "outline"),
        ("library", None, None, "outline"),
        ("mcp", "outline", None, "outline"),
        ("library", "agent", None, "agent"),
        ("mcp", "outline", "agent", "agent"),
        ("cli", "agent", "outline", "outline"),
    ],
)
async def test_the_writer_is_who_is_named_or_set_or_goes_by_who_asks(
    site: Path, via: Any, setting: str | None, argument: str | None, writer: str
) -> None:
    async with open_desk(site, settings={"writer": setting}, worker=False) as desk:
        receipt = await desk.submit(Generate(scope=WHOLE_SITE, writer=argument), Asked(via=via))
    assert receipt.writer == writer


async def test_a_program_takes_briefs_and_submits_copy(site: Path) -> None:
    async with open_desk(site, worker=False) as desk:
        receipt = await desk.submit(GENERATE)
        await write_everything(desk)
        done = await desk.receipt(str(receipt.operation_id))
        again = await desk.take_briefs(taker=ME)
    assert (done.outcome, done.counts.completed, again.briefs) == ("ok", 3, ())


async def test_nothing_is_performed_inline_that_waits_for_an_assistant(site: Path) -> None:
    async with open_desk(site, worker=False) as desk:
        with pytest.raises(ContentError, match="Submit the operation to the queue") as caught:
            await desk.perform(GENERATE)
        nothing = await desk.store.read(operations.latest)
    assert (caught.value.code, nothing) == ("not-inline", None)


async def test_a_budget_does_not_hold_for_the_assistants_own_tokens(site: Path) -> None:
    async with open_desk(site, settings={"max_tokens": 1}, worker=False) as desk:
        plan = await desk.plan(GENERATE)
        receipt = await desk.submit(GENERATE)
        await write_everything(desk)
        done = await desk.receipt(str(receipt.operation_id))
    assert plan.estimate is not None
    assert plan.estimate.input_tokens > 0
    assert (plan.warnings, receipt.max_tokens, done.outcome) == ((), None, "ok")


async def test_a_running_worker_leaves_briefs_to_the_assistant(site: Path) -> None:
    async with open_desk(site) as desk:
        await desk.submit(GENERATE)
        drafts = await desk.submit(Generate(scope=WHOLE_SITE))
        assert drafts.skipped_total == 3
        with anyio.fail_after(SECONDS):
            status = await desk.status(wait_seconds=SECONDS)
        assert (status.pending, status.wait_ended) == (3, "blocked")
        await write_everything(desk)
        assert (await desk.status()).completed == 3


async def test_a_manager_waits_for_jobs_that_an_assistant_writes_meanwhile(site: Path) -> None:
    async with open_desk(site, settings={"writer": "agent"}, worker=False) as desk:
        manager = SiteContentManager(desk)
        async with anyio.create_task_group() as tasks:
            started = await manager.generate_all_async(GenerateOptions())
            tasks.start_soon(write_everything, desk)
            with anyio.fail_after(SECONDS):
                await manager.wait_for_content_jobs(started.jobs)
        statuses = await manager.get_content_job_statuses(started.jobs)
    assert statuses.completed == 3


def test_the_terminal_says_that_an_operation_waits_for_the_assistant(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = cli_in(site, monkeypatch)
    started = cli("generate", "--all", "--writer", "agent")
    status = cli("status")
    assert "waits for the assistant" in " ".join(status.out.split())
    assert "take-brief" in started.out + started.err


async def test_what_waits_for_a_key_names_it_and_the_other_way(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_API_KEY_FILE"):
        monkeypatch.delenv(variable, raising=False)
    async with open_desk(site) as desk:
        planned = await desk.plan(Generate(scope=WHOLE_SITE, writer="openai:gpt-5-mini"))
        receipt = await desk.submit(Generate(scope=WHOLE_SITE, writer="openai:gpt-5-mini"))
        waited = await desk.wait(str(receipt.operation_id), seconds=SECONDS)
        status = await desk.status()
    assert (waited.blocked_by, waited.wait_ended, waited.next_step) == ("no-key", "blocked", None)
    assert status.operations[0].blocked_by == "no-key"
    assert any("OPENAI_API_KEY, which is not set here" in warning for warning in planned.warnings)
    for message in (waited.message, status.message):
        assert "OPENAI_API_KEY" in message
        assert "writer agent" in message
