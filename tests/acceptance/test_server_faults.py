"""The server goes, or its site file does: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import random
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import MCPError
from mcp.client.client import ConnectMode

from copydesk.content.desk import Desk, open_desk
from copydesk.content.operations.values import WHOLE_SITE, Generate
from copydesk.store import operations, queue
from copydesk.store.database import Database
from copydesk.store.models import Job
from copydesk.store.states import JobState
from tests.acceptance.served import (
    SECONDS,
    Served,
    assert_each_section_was_written_once,
    assert_status_agrees,
    command_line,
    served,
    until_completed,
    until_held,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these faults are signals of POSIX")

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "examples" / "rye-and-shine"
TINA = ROOT.parent / "shared" / "sites" / "tina-io.yaml"
SECTIONS = 39
"""Those of the sample that a writer writes."""
SECTIONS_OF_TINA = 190
WALK = 600
"""Ten sections a second: slow enough to meet it in the middle."""
RUN = 900
"""Fifteen a second: the same for less."""
HELD = 16
"""Claims of a server that hangs: its concurrency."""
KILLS_OF_A_RELEASE = 6


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".copydesk"))
    return folder


async def jobs_of(desk: Desk, operation: str) -> list[Job]:
    stored = await desk.store.read(operations.by_id, operation)
    assert stored is not None
    return await desk.store.read(operations.jobs_of, stored.seq, limit=-1)


async def finish_with_another_server(project: Path, operation: str) -> None:
    async with served(project) as server:
        await server.finish(operation)


async def finish_with_a_worker(project: Path, operation: str) -> None:
    await command_line(project, "worker", "--until-idle")


END_OF_INPUT = "end of input"


@pytest.mark.parametrize(
    ("told", "finish"),
    [
        (END_OF_INPUT, finish_with_another_server),
        (signal.SIGTERM, finish_with_a_worker),
        (signal.SIGINT, finish_with_another_server),
    ],
    ids=["EOF", "SIGTERM", "SIGINT"],
)
async def test_server_told_to_go_gives_back_its_claims_and_another_goes_on(
    project: Path, told: str | signal.Signals, finish: Callable[[Path, str], Any]
) -> None:
    async with open_desk(project, worker=False) as desk:
        async with served(project, hangs_after=0) as server:
            operation = (await server.call("generate-all"))["operationId"]
            await until_held(desk, operation, HELD)
            if isinstance(told, signal.Signals):
                server.process.send_signal(told)
            else:
                await server.close_input()
            assert await server.end() == 0
            assert server.complaints.read_text(encoding="utf-8") == ""
        jobs = await jobs_of(desk, operation)
        assert {job.state for job in jobs} <= {JobState.PENDING, JobState.COMPLETED}
        assert {(job.rescues, job.failures) for job in jobs} == {(0, 0)}
        await assert_status_agrees(project, desk, operation)

        await finish(project, operation)
        await assert_each_section_was_written_once(desk, operation, SECTIONS)
        assert {(job.rescues, job.failures) for job in await jobs_of(desk, operation)} == {(0, 0)}


async def survive_kills(project: Path, sections: int, moments: tuple[int, ...]) -> None:
    """Kill one server after the other when so many sections are written and more are claimed; the last may live.

    Two moments at most: a job whose process died three times is given up.
    """
    async with open_desk(project, worker=False) as desk:
        operation = (await desk.submit(Generate(scope=WHOLE_SITE))).operation_id
        assert operation is not None
        for moment in moments:
            written = await revisions_by_section(desk)
            async with served(project, "2026-07-28", hangs_after=moment - len(written)) as server:
                await server.call("check-generation-status")
                await until_completed(desk, operation, moment)
                await until_held(desk, operation, HELD)
                await server.kill()
            counts = (await desk.receipt(operation)).counts
            assert (counts.completed, counts.processing) == (moment, HELD), "a killed server gives nothing back"
            assert written.items() <= (await revisions_by_section(desk)).items()
            await assert_status_agrees(project, desk, operation)
        async with served(project) as server:
            assert (await server.finish(operation))["completed"] == sections
        await assert_each_section_was_written_once(desk, operation, sections)


async def revisions_by_section(desk: Desk) -> dict[tuple[str, str], int]:
    return await desk.store.read(_revisions)


def _revisions(db: Database) -> dict[tuple[str, str], int]:
    return {(row[0], row[1]): row[2] for row in db.rows("SELECT page, section, id FROM revisions", {})}


async def test_server_killed_half_way_loses_no_job_and_does_none_twice(project: Path) -> None:
    await survive_kills(project, SECTIONS, (13,))


@pytest.mark.skipif(not TINA.exists(), reason=f"the real site is not there: {TINA}")
@pytest.mark.parametrize("moments", [(1, 50), (120,)], ids=["1 and 50", "120"])
async def test_real_site_survives_servers_that_are_killed_half_way(tmp_path: Path, moments: tuple[int, ...]) -> None:
    project = tmp_path / "tina"
    project.mkdir()
    shutil.copyfile(TINA, project / "site.yaml")
    await survive_kills(project, SECTIONS_OF_TINA, moments)


async def test_handle_stands_when_the_server_is_killed_after_its_answer_and_before_the_first_claim(
    project: Path,
) -> None:
    async with served(project, worker="off") as server:
        answer = await server.call("generate-all")
        await server.kill()
    async with served(project) as server:
        status = await server.finish(answer["operationId"])
        assert status["completed"] == answer["queuedSections"] == SECTIONS
    async with open_desk(project, worker=False) as desk:
        await assert_each_section_was_written_once(desk, answer["operationId"], SECTIONS)


async def test_release_whose_server_is_killed_is_published_whole_or_not_at_all(project: Path) -> None:
    moments = random.Random(7)  # noqa: S311 - a seed that gives the same moments each time
    async with open_desk(project, worker=False) as desk:
        await desk.perform(Generate(scope=WHOLE_SITE))
        seen = {0}
        for _ in range(KILLS_OF_A_RELEASE):
            async with served(project) as server:
                await server.call("check-generation-status", waitSeconds=45)  # what the last one had left
                tool = "rollback" if await published(desk) else "promote"
                pages = [route.id for route in (await desk.site()).routes]
                with anyio.move_on_after(moments.uniform(0, 0.15)):
                    await server.call(tool, pages=pages)
                await server.kill()
            seen.add(await published(desk))
            assert await desk.store.read(_unapplied_and_applied) <= {(True, False), (False, True)}
        async with served(project) as server:
            await server.call("check-generation-status", waitSeconds=45)
        seen.add(await published(desk))
        assert await desk.store.read(_unapplied_and_applied) == {(False, True)}
    assert seen == {0, await _all_sections(project)}


async def published(desk: Desk) -> int:
    """How many sections are live."""
    sql = "SELECT count(*) FROM entities WHERE environment = 'production'"
    return int(await desk.store.read(lambda db: db.value(sql)))


def _unapplied_and_applied(db: Database) -> set[tuple[bool, bool]]:
    """Of the releases and rollbacks: whether anything of one is unfinished, and whether it changed all its sections."""
    sql = "SELECT pending + processing > 0, changed = completed AND changed > 0 FROM operations"
    rows = db.rows(f"{sql} WHERE kind IN ('promote', 'rollback')", {})
    return {(bool(row[0]), bool(row[1])) for row in rows}


async def _all_sections(project: Path) -> int:
    async with open_desk(project, worker=False) as desk:
        return len(await revisions_by_section(desk))


async def test_call_repeated_after_the_server_was_killed_while_it_answered_is_the_same_operation(
    project: Path,
) -> None:
    call = {"requestId": "monday", "waitSeconds": 45}
    async with open_desk(project, worker=False) as desk:
        async with served(project, hangs_after=0) as server, anyio.create_task_group() as tasks:
            tasks.start_soon(_kill_once_stored, desk, server)
            with pytest.raises(MCPError, match="Connection closed"):
                await server.call("generate-all", **call)
        stored = await desk.store.read(operations.latest)
        assert stored is not None
        async with served(project) as server:
            again = await server.call("generate-all", **call)
            assert (again["operationId"], again["outcome"]) == (stored.id, "ok")
        assert await desk.store.read(lambda db: db.value("SELECT count(*) FROM operations")) == 1
        await assert_each_section_was_written_once(desk, stored.id, SECTIONS)


async def _kill_once_stored(desk: Desk, server: Served) -> None:
    with desk.store.signals.watch() as watch, anyio.fail_after(SECONDS):
        while await desk.store.read(operations.latest) is None:
            await watch.wait(1)
    await server.kill()


async def test_two_windows_share_the_work_and_one_goes_on_when_the_other_is_killed(project: Path) -> None:
    answers: list[dict[str, Any]] = []

    async def ask(server: Served) -> None:
        answers.append(await server.call("generate-all"))

    async with (
        open_desk(project, worker=False) as desk,
        served(project, hangs_after=0) as hanging,
        served(project, "2026-07-28", rate=WALK, concurrency=4) as walking,
    ):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, hanging)
            tasks.start_soon(ask, walking)
        asked, told = sorted(answers, key=lambda answer: -answer["queuedSections"])
        operation = asked["operationId"]
        assert (asked["queuedSections"], told["queuedSections"], told["outcome"]) == (SECTIONS, 0, "nothing-to-do")
        assert told["operationId"] == operation
        assert {skip["code"] for skip in told["skipped"]} <= {"in-progress", "static", "has-copy"}
        assert {skip["operationId"] for skip in told["skipped"] if skip["code"] == "in-progress"} == {operation}
        for server in (hanging, walking):
            status = await server.call("check-generation-status")
            assert [one["operationId"] for one in status["operations"]] == [operation]

        held = await _held_by_the_hanging(desk)
        await hanging.kill()
        await assert_status_agrees(project, desk, operation)
        assert (await walking.finish(operation))["completed"] == SECTIONS
        await assert_each_section_was_written_once(desk, operation, SECTIONS)
        rescued = {job.position for job in await jobs_of(desk, operation) if job.rescues}
        assert len(rescued ^ held) <= 2, "it may have written one of them and begun another before it was killed"


async def _held_by_the_hanging(desk: Desk) -> set[int]:
    """The jobs of the process that holds as many as it may."""
    with desk.store.signals.watch() as watch, anyio.fail_after(SECONDS):
        while True:
            for holder in await desk.store.read(queue.claims_by_owner):
                held = await desk.store.read(queue.held, owner=str(holder.owner))
                if len(held) == HELD:
                    return {position for _, position, _ in held}
            await watch.wait(1)


@pytest.mark.parametrize(("era", "is_removed"), [("legacy", True), ("2026-07-28", False)], ids=["removed", "invalid"])
async def test_jobs_go_on_while_the_site_file_cannot_be_read(project: Path, era: ConnectMode, is_removed: bool) -> None:
    site = project / "site.yaml"
    text = site.read_text(encoding="utf-8")
    async with open_desk(project, worker=False) as desk, served(project, era, rate=RUN) as server:
        operation = (await server.call("generate-all"))["operationId"]
        if is_removed:
            site.unlink()
        else:
            site.write_text(text.replace("template: timeline", "template: timelin"), encoding="utf-8")
        for tool, arguments in (("generate-all", {"force": True}), ("promote", {"all": True})):
            error = await server.error(tool, **arguments)
            assert error.startswith("[invalid-site] ")
            assert "site.yaml" in error
            assert is_removed or 'did you mean "timeline"?' in error
        assert (await desk.receipt(operation)).counts.completed < SECTIONS, "it was to be asked in the middle"
        assert (await server.finish(operation))["completed"] == SECTIONS

        site.write_text(text, encoding="utf-8")
        await assert_status_agrees(project, desk, operation)
        assert (await server.call("promote", all=True))["outcome"] == "ok"
        await assert_each_section_was_written_once(desk, operation, SECTIONS)


async def test_work_of_a_killed_server_is_finished_though_the_site_file_is_invalid_by_then(project: Path) -> None:
    async with served(project, hangs_after=0) as server:
        operation = (await server.call("generate-all"))["operationId"]
        await server.kill()
    (project / "site.yaml").write_text("site: [", encoding="utf-8")
    async with served(project) as server:
        assert (await server.error("generate-all")).startswith("[invalid-site] ")
        assert (await server.finish(operation))["completed"] == SECTIONS
    async with open_desk(project, worker=False) as desk:
        await assert_each_section_was_written_once(desk, operation, SECTIONS)
