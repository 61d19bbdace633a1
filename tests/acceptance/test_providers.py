"""Writers over HTTP, through a real desk, against a server that speaks the providers' wire formats and misbehaves."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio
import pytest

from copydesk.content.desk import open_desk
from copydesk.store.models import Job
from copydesk.store.states import JobState
from tests.providers_server import (
    MODEL,
    NOT_JSON,
    TOKENS_IN,
    TOKENS_OUT,
    Action,
    Copy,
    Cut,
    Failure,
    Flood,
    Hang,
    ProviderServer,
    Raw,
    Received,
    Refusal,
    Text,
    in_turn,
    serving,
)
from tests.workshop import AT_ONCE, SECONDS, ScriptedWriter, Workshop, numbered, obey, write_site

KEY = "sk-planted-3f9a1c77e2"
GOOD = Copy({"text": "Fresh bread, every morning."})
TOO_LONG = Copy({"text": "word " * 40})
FAMILIES = ("like-openai", "like-anthropic", "like-google", "like-ollama")
WAIT = 0.3
"""Seconds that an attempt may take where a server never answers."""

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COPYDESK_KEY_TEST", KEY)
    return KEY


@pytest.fixture(autouse=True, scope="module")
def libraries() -> None:
    """Loaded beforehand: it takes longer than some tests let an attempt take."""
    for name in ("openai", "anthropic", "google", "ollama"):
        import_module(f"pydantic_ai.models.{name}")
    import_module("copydesk.content.writers.providers.library.session")


@asynccontextmanager
async def working_on(
    folder: Path, server: ProviderServer, family: str = "like-openai", *, sections: int = 1, **settings: object
) -> AsyncIterator[Workshop]:
    """A desk on a site whose copy the server is to write."""
    write_site(folder, numbered(sections))
    chosen = {"writer": f"{family}:some-model", "writers": server.settings, **settings}
    with anyio.fail_after(SECONDS):
        async with open_desk(folder, settings=chosen, worker=False) as desk:
            yield Workshop(desk, ScriptedWriter(obey), AT_ONCE)


async def run(folder: Path, server: ProviderServer, family: str = "like-openai", **settings: Any) -> Job:
    """Write a site of one section; its job."""
    async with working_on(folder, server, family, **settings) as workshop:
        (job,) = await workshop.jobs(await workshop.run())
        return job


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_section_is_written(tmp_path: Path, family: str) -> None:
    async with serving(in_turn(GOOD)) as server, working_on(tmp_path, server, family) as workshop:
        await workshop.run()
        copy = await workshop.copy("home", "section-0000")
        assert copy is not None
        assert copy.fields == GOOD.fields
        assert copy.model == MODEL
        assert (copy.input_tokens, copy.output_tokens) == (TOKENS_IN, TOKENS_OUT)
        assert not copy.is_draft
        assert len(server.requests) == 1


@pytest.mark.parametrize("family", FAMILIES)
async def test_violations_are_sent_back_with_their_paths(tmp_path: Path, family: str) -> None:
    async with serving(in_turn(TOO_LONG, GOOD)) as server, working_on(tmp_path, server, family) as workshop:
        receipt = await workshop.run()
        copy = await workshop.copy("home", "section-0000")
        assert copy is not None
        assert copy.fields == GOOD.fields
        assert (copy.input_tokens, copy.output_tokens) == (2 * TOKENS_IN, 2 * TOKENS_OUT)
        assert [job.failures for job in await workshop.jobs(receipt)] == [0]
        first, second = server.requests
        assert "$.text" in second.last
        assert "80" in second.last
        assert json.dumps(TOO_LONG.fields) in json.dumps(json.loads(second.text)).replace('\\"', '"')
        assert second.first == first.first


@pytest.mark.parametrize("family", FAMILIES)
async def test_copy_that_never_fits_is_given_up_after_two_corrections(tmp_path: Path, family: str) -> None:
    async with serving(in_turn(TOO_LONG)) as server:
        job = await run(tmp_path, server, family)
        assert (job.state, job.error_code, len(server.requests)) == (JobState.FAILED, "invalid-copy", 3)


ONCE: list[tuple[str, Action, str]] = [
    ("refusal", Refusal(), "refused"),
    ("unknown model", Failure(404, "The model does not exist."), "unknown-model"),
    ("bad request", Failure(400, f"Unknown parameter. Your key is {KEY}."), "bad-request"),
    ("brief too large", Failure(413), "brief-too-long"),
]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("action", "code"), [(action, code) for _, action, code in ONCE], ids=[one[0] for one in ONCE])
async def test_what_cannot_get_better_fails_at_once(tmp_path: Path, family: str, action: Action, code: str) -> None:
    async with serving(in_turn(action)) as server:
        job = await run(tmp_path, server, family)
        assert (job.state, job.error_code, len(server.requests)) == (JobState.FAILED, code, 1)
        assert job.stopped is None
        assert KEY not in str(job)


PASSING: list[tuple[str, Action, str, int]] = [
    ("internal error", Failure(500), "unavailable", 2),
    ("overloaded", Failure(529), "unavailable", 2),
    ("conflict", Failure(409), "unavailable", 2),
    ("cut body", Cut(), "unavailable", 2),
    ("no JSON on the wire", Raw(b"<html>Bad gateway</html>", "text/html"), "unavailable", 2),
    ("no JSON from the model", Text(NOT_JSON), "no-json", 4),
    ("nothing", Text(""), "empty-answer", 2),
    ("cut copy", Text('{"text": "Fre', "length"), "truncated", 2),
    ("huge output", Flood(), "truncated", 2),
]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("action", "code", "calls"), [one[1:] for one in PASSING], ids=[one[0] for one in PASSING])
async def test_what_may_pass_is_tried_again_and_no_more_often_than_set(
    tmp_path: Path, family: str, action: Action, code: str, calls: int
) -> None:
    async with serving(in_turn(action)) as server:
        job = await run(tmp_path, server, family, max_attempts=2)
        assert (job.state, job.error_code, len(server.requests)) == (JobState.FAILED, code, calls)
        assert job.failures == 2


@pytest.mark.parametrize("family", ["like-openai", "like-anthropic", "like-ollama"])
async def test_a_list_in_place_of_the_fields_is_sent_back_like_other_answers_that_are_no_object(
    tmp_path: Path, family: str
) -> None:
    async with serving(in_turn(Copy(["Fresh bread."]), GOOD)) as server:
        job = await run(tmp_path, server, family)
        assert (job.state, job.failures, len(server.requests)) == (JobState.COMPLETED, 0, 2)


@pytest.mark.parametrize("family", FAMILIES)
async def test_trouble_that_passes_costs_no_copy(tmp_path: Path, family: str) -> None:
    async with serving(in_turn(Failure(500), Cut(), Text(NOT_JSON), GOOD)) as server:
        job = await run(tmp_path, server, family)
        assert (job.state, job.failures, len(server.requests)) == (JobState.COMPLETED, 2, 4)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("where", ["headers", "body"])
async def test_a_server_that_never_answers_is_left(tmp_path: Path, family: str, where: str) -> None:
    hang = Hang("headers") if where == "headers" else Hang("body")
    async with serving(in_turn(hang)) as server:
        job = await run(tmp_path, server, family, max_attempts=1, attempt_timeout=WAIT)
        assert (job.state, job.error_code, len(server.requests)) == (JobState.FAILED, "timeout", 1)
        await server.hung_up.wait()


@pytest.mark.parametrize("family", FAMILIES)
async def test_cancelling_closes_the_request(tmp_path: Path, family: str) -> None:
    async with serving(in_turn(Hang())) as server, working_on(tmp_path, server, family) as workshop:
        async with workshop.working():
            receipt = await workshop.generate()
            await server.asked.wait()
            await workshop.desk.cancel(receipt.operation_id)
            with anyio.fail_after(1):
                await server.hung_up.wait()
        assert [job.state for job in await workshop.jobs(receipt)] == [JobState.CANCELLED]


def in_seconds() -> str:
    return "1"


def as_a_date() -> str:
    """Dates have no fractions: up to a second of the two is lost."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("how", [in_seconds, as_a_date])
async def test_a_rate_limited_writer_waits_as_long_as_it_is_asked_to(
    tmp_path: Path, family: str, how: Callable[[], str]
) -> None:
    asked: list[float] = []

    def script(request: Received) -> Action:
        asked.append(time.monotonic())
        return Failure(429, headers={"retry-after": how()}) if request.number == 0 else GOOD

    async with serving(script) as server:
        job = await run(tmp_path, server, family)
        assert job.state is JobState.COMPLETED
        assert asked[1] - asked[0] >= 0.9
        assert len(asked) == 2


async def test_milliseconds_are_understood_too(tmp_path: Path) -> None:
    headers = {"retry-after-ms": "400", "retry-after": "9"}
    started = time.monotonic()
    async with serving(in_turn(Failure(429, headers=headers), GOOD)) as server:
        job = await run(tmp_path, server)
        assert job.state is JobState.COMPLETED
        assert 0.4 <= time.monotonic() - started < 9


@pytest.mark.parametrize("family", [one for one in FAMILIES if one != "like-ollama"])
@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_stops_the_operation_with_one_sentence_after_one_call(
    tmp_path: Path, family: str, status: int
) -> None:
    refused = Failure(status, f"Incorrect API key provided: {KEY}.")
    async with serving(in_turn(refused)) as server, working_on(tmp_path, server, family, sections=20) as workshop:
        receipt = await workshop.run()
        jobs = await workshop.jobs(receipt)
        assert len(server.requests) == 1
        assert {job.state for job in jobs} == {JobState.FAILED}
        assert {job.stopped for job in jobs} == {"key"}
        assert {job.error_code for job in jobs} == {"wrong-key"}
        (sentence,) = {job.error for job in jobs}
        assert sentence is not None
        assert "COPYDESK_KEY_TEST" in sentence
        assert KEY not in receipt.model_dump_json()
        assert KEY not in str(jobs)


async def test_an_account_without_credit_stops_the_operation(tmp_path: Path) -> None:
    broke = Failure(429, "You exceeded your current quota.", "insufficient_quota")
    async with serving(in_turn(broke)) as server, working_on(tmp_path, server, sections=20) as workshop:
        jobs = await workshop.jobs(await workshop.run())
        assert {(job.error_code, job.stopped) for job in jobs} == {("no-credit", "key")}
        assert len(server.requests) == 1


async def test_a_retry_with_the_right_key_writes_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(request: Received) -> Action:
        return GOOD if request.headers["authorization"] == "Bearer sk-the-right-one" else Failure(401)

    async with serving(script) as server, working_on(tmp_path, server, sections=5) as workshop:
        stopped = await workshop.run()
        assert stopped.operation_id is not None
        monkeypatch.setenv("COPYDESK_KEY_TEST", "sk-the-right-one")
        async with workshop.working():
            again = await workshop.finish(await workshop.desk.retry(stopped.operation_id))
        assert again.counts.completed == 5


async def test_a_writer_without_its_key_is_planned_and_left_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COPYDESK_KEY_TEST")
    async with serving(in_turn(GOOD)) as server, working_on(tmp_path, server) as workshop:
        name = "like-openai:some-model"
        async with workshop.working():
            receipt = await workshop.generate()
            assert receipt.operation_id is not None
            waited = await workshop.desk.wait(receipt.operation_id, seconds=0.3)
            assert waited.counts.pending == 1
        writers = workshop.desk.writers
        assert writers.missing_key(name) == "COPYDESK_KEY_TEST"
        assert not writers.can_run(name)
        assert name not in writers.runnable()
        assert server.requests == []


async def test_a_key_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COPYDESK_KEY_TEST")
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="utf-8")
    monkeypatch.setenv("COPYDESK_KEY_TEST_FILE", str(tmp_path / "key"))
    async with serving(in_turn(GOOD)) as server:
        job = await run(tmp_path / "project", server)
        assert job.state is JobState.COMPLETED
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_nobodys_own_key_goes_to_another_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GOOGLE_API_KEY"):
        monkeypatch.setenv(variable, KEY)
    for api in ("openai", "anthropic", "google", "ollama"):
        async with serving(in_turn(GOOD)) as server:
            url = server.url if api in ("anthropic", "google") else server.openai_url
            writers = {"mine": {"api": api, "base_url": url}}
            write_site(tmp_path / api, numbered(1))
            chosen = {"writer": "mine:some-model", "writers": writers}
            async with open_desk(tmp_path / api, settings=chosen, worker=False) as desk:
                await Workshop(desk, ScriptedWriter(obey), AT_ONCE).run()
            (request,) = server.requests
            assert KEY not in str(request)


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_server_that_knows_no_schemas_is_asked_in_another_way(tmp_path: Path, family: str) -> None:
    def script(request: Received) -> Action:
        asks_for_more = request.body.get("tools") or "json_schema" in str(request.body.get("response_format"))
        return Failure(400, "json_schema and tools are not supported by this model") if asks_for_more else GOOD

    async with serving(script) as server, working_on(tmp_path, server, family, sections=1) as workshop:
        receipt = await workshop.run()
        assert receipt.counts.completed == 1
        assert len(server.requests) > 1


async def test_the_part_that_all_sections_share_comes_first_and_is_marked_for_the_cache(tmp_path: Path) -> None:
    async with serving(in_turn(GOOD)) as server:
        async with working_on(tmp_path, server, "like-anthropic", sections=3) as workshop:
            await workshop.run()
        systems = [request.body["system"] for request in server.requests]
        assert systems[0] == systems[1] == systems[2]
        assert systems[0][0]["cache_control"]["type"] == "ephemeral"
        assert len({request.first for request in server.requests}) == 3


def test_the_library_is_loaded_only_when_a_section_is_written(tmp_path: Path) -> None:
    """Opening, planning, estimating, submitting and looking load nothing."""
    write_site(tmp_path, numbered(2))
    program = f"""
import sys, anyio
from copydesk.content.desk import open_desk
from copydesk.content.operations.values import WHOLE_SITE, Generate
import copydesk.server.cli
async def main():
    settings = {{"writer": "openai:gpt-5-mini"}}
    async with open_desk({str(tmp_path)!r}, settings=settings, worker=False) as desk:
        operation = Generate(scope=WHOLE_SITE)
        await desk.plan(operation)
        receipt = await desk.submit(operation)
        await desk.receipt(receipt.operation_id)
        await desk.status()
        print(desk.writers.missing_key("openai:gpt-5-mini"), desk.writers.runnable())
anyio.run(main)
names = ("pydantic_ai", "openai", "anthropic", "google.genai")
print([name for name in names if name in sys.modules])
"""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "COPYDESK_CACHE": str(tmp_path / "none")}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    first, second = done.stdout.splitlines()
    assert first.startswith("OPENAI_API_KEY")
    assert "openai" not in first.partition("(")[2]
    assert second == "[]"
