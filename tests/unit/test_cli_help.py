"""What the command line says about itself, without a project."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import click
import pytest

from copydesk.server.cli.commands import COMMANDS, commands
from copydesk.server.cli.exits import EXIT_CODES, Exit


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "copydesk", *arguments], capture_output=True, text=True, check=False, encoding="utf-8"
    )


def test_help_lists_every_command_with_its_summary() -> None:
    shown = " ".join(run("--help").stdout.split())
    assert all(f"{name} {entry.summary}" in shown for name, entry in COMMANDS.items())


def test_list_of_commands_imports_none_of_them() -> None:
    program = (
        "import sys, copydesk.server.cli as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: print(sorted(name for name in sys.modules if name.startswith(('copydesk.store.store', "
        "'copydesk.content.desk', 'pydantic', 'mcp'))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_has_examples_and_exit_codes(name: str) -> None:
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    assert command.help is not None
    assert "Examples:\n" in command.help
    assert f"copydesk {name}" in command.help
    assert command.epilog == EXIT_CODES


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_a_project_and_speaks_json(name: str) -> None:
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    assert {"--project", "--json"} <= {option for parameter in command.params for option in parameter.opts}


def test_help_names_every_exit_code() -> None:
    assert all(f"\n  {code.value} " in EXIT_CODES for code in Exit)


def test_version_is_the_distribution_s() -> None:
    assert run("--version").stdout == f"copydesk {version('copydesk')}\n"


def test_unknown_command_suggests_the_nearest() -> None:
    done = run("genrate")
    assert done.returncode == Exit.REFUSED
    assert 'did you mean "generate"?' in done.stderr
    assert done.stdout == ""


def test_unknown_option_is_one_line_that_names_the_help() -> None:
    done = run("generate", "--al")
    assert done.returncode == Exit.REFUSED
    assert done.stderr.startswith("copydesk: [wrong-usage] ")
    assert "`copydesk generate --help`" in done.stderr
    assert len(done.stderr.splitlines()) == 1
