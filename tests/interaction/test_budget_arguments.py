"""Budgets and costs over MCP and in the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from copydesk.content.project import Project
from tests.interaction.cli_runner import Cli, cli_in
from tests.interaction.conftest import Conversation

_CALLS = [
    ("generate", {"pages": ["home"]}),
    ("generate-all", {}),
    ("regenerate-content", {"all": True}),
    ("regenerate-all", {}),
]


@pytest.fixture
def cli(project: Project, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return cli_in(project.root, monkeypatch)


@pytest.mark.parametrize(("tool", "arguments"), _CALLS)
async def test_no_argument_raises_the_ceiling(connect: Any, tool: str, arguments: dict[str, Any]) -> None:
    async with connect(writer="gated", max_tokens=1_000) as talk:
        error = await talk.error(tool, **arguments, maxTokens=1_001)
        operations = await talk.call("list-operations")
    assert error.startswith("[over-ceiling] maxTokens 1,001 is more than the setting max_tokens allows: 1,000")
    assert "Nothing was changed" in error
    assert operations["totals"]["operations"] == 0


async def test_a_budget_is_kept_with_the_operation_and_shown(connect: Any, gated: Any) -> None:
    gated.open(100)
    talk: Conversation
    async with connect(writer="gated", max_tokens=1_000) as talk:
        planned = await talk.call("generate-all", maxTokens="600", dryRun=True)
        started = await talk.call("generate-all", maxTokens=600, waitSeconds=20)
        status = await talk.call("check-generation-status", operationId=started["operationId"])
        usual = await talk.call("regenerate-all")
    assert (planned["maxTokens"], started["maxTokens"], usual["maxTokens"]) == (600, 600, 1_000)
    assert status["operations"][0]["maxTokens"] == 600


async def test_without_any_budget_none_is_named(connect: Any, gated: Any) -> None:
    gated.open(100)
    async with connect(writer="gated") as talk:
        assert "maxTokens" not in await talk.call("generate-all")


async def test_a_retry_takes_a_budget_and_keeps_to_the_ceiling(connect: Any, gated: Any) -> None:
    gated.refused, gated.code = {"home/why"}, "unavailable"
    gated.open(100)
    async with connect(writer="gated", max_tokens=1_000) as talk:
        first = await talk.call("generate-all", waitSeconds=20)
        error = await talk.error("retry-failed", operationId=first["operationId"], maxTokens=5_000)
        retry = await talk.call("retry-failed", operationId=first["operationId"], maxTokens=500)
    assert error.startswith("[over-ceiling]")
    assert (retry["maxTokens"], retry["retryOf"]) == (500, first["operationId"])


@pytest.mark.parametrize("wrong", [0, -5, "many", 1.5, True])
async def test_what_is_no_number_of_tokens_is_refused(connect: Any, wrong: object) -> None:
    async with connect() as talk:
        assert "maxTokens" in await talk.error("generate-all", maxTokens=wrong)


async def test_jobs_asked_for_by_id_tell_their_attempts(connect: Any, gated: Any) -> None:
    gated.open(100)
    async with connect(writer="gated") as talk:
        first = await talk.call("generate-all", waitSeconds=20)
        by_id = await talk.call("check-generation-status", jobIds=[first["jobs"][0]["jobId"]])
        by_operation = await talk.call("check-generation-status", operationId=first["operationId"])
    assert by_id["jobs"][0]["attempts"] == 1
    assert "usage" not in by_id["jobs"][0], "the writer told nothing of it"
    assert "attempts" not in by_operation["jobs"][0], "lists stay short"


def test_the_terminal_has_the_same_budget_and_ceiling(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_MAX_TOKENS", "1000")
    for command in (("generate",), ("regenerate",)):
        ran = cli(*command, "--all", "--max-tokens", "1001", "--json")
        assert (ran.code, ran.error) == (2, "over-ceiling")
    planned = cli("generate", "--all", "--max-tokens", "1000", "--dry-run", "--json").answer
    assert planned["maxTokens"] == 1_000


def test_the_terminal_says_what_a_plan_will_cost_and_what_was_taken(cli: Cli) -> None:
    assert "no tokens" in cli("generate", "--all", "--dry-run").out
    assert cli("generate", "--all").code == 0
    told = cli("operations").out
    assert "tokens" in told
    assert "cost" in told
    assert "cost" in cli("status").out
