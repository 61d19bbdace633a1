"""Advice of receipts in the words of the command line."""

from __future__ import annotations

import click
import pytest

from copydesk.content.reports.receipts import NextStep
from copydesk.server.cli.advice import command_for
from copydesk.server.cli.commands import commands


@pytest.mark.parametrize(
    ("tool", "arguments", "command"),
    [
        ("check-generation-status", {"operationId": "op_a", "waitSeconds": 9}, "copydesk status op_a --watch"),
        ("check-generation-status", {"jobIds": ["job_a_1"]}, "copydesk status --watch"),
        ("retry-failed", {"operationId": "op_a"}, "copydesk retry op_a"),
        ("promote", {"all": True, "dryRun": True}, "copydesk promote --all --dry-run"),
        ("promote", {"reviewId": "review_a"}, "copydesk promote --review review_a"),
        ("promote", {"sections": ["home/hero"]}, "copydesk promote --section home/hero"),
        ("generate-all", {"dryRun": True}, "copydesk generate --all --dry-run"),
        ("generate", {"sections": ["home/hero"]}, "copydesk generate --section home/hero"),
        (
            "generate-all",
            {"force": True, "writer": "openai:gpt-5-mini", "maxTokens": 9000},
            "copydesk generate --all --force --writer openai:gpt-5-mini --max-tokens 9000",
        ),
        ("retry-failed", {"operationId": "op_a", "maxTokens": 9000}, "copydesk retry op_a --max-tokens 9000"),
        ("compare-content", {"pages": ["home"]}, "copydesk diff home"),
        ("compare-content", {"all": True}, "copydesk diff --all"),
        ("read-content", {"sections": ["home/hero"]}, "copydesk show home/hero"),
        ("list-site", {"show": "sources"}, "copydesk list --sources"),
        ("list-site", {"missing": "production"}, "copydesk list --missing production"),
    ],
)
def test_next_step_becomes_a_command_that_exists(tool: str, arguments: dict[str, object], command: str) -> None:
    advised = command_for(NextStep(tool=tool, arguments=arguments))
    assert advised == command
    name, *words = command.split()[1:]
    found = commands.get_command(click.Context(commands), name)
    assert found is not None
    found.make_context(name, words)


def test_nothing_left_to_do_is_no_command() -> None:
    assert command_for(None) is None


def test_step_that_only_a_tool_can_do_is_no_command() -> None:
    assert command_for(NextStep(tool="take-brief", arguments={})) is None
