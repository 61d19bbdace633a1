"""What `copydesk connect` prints is what each client reads, and it starts the server."""

from __future__ import annotations

import base64
import json
import shlex
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import anyio
import fastmcp
import pytest
import yaml
from mcp import Client, StdioServerParameters

from copydesk.content.project import Project
from copydesk.server.connections import CLIENTS
from tests.interaction.cli_runner import Cli, cli_in

SECONDS = 30


@pytest.fixture
def cli(project: Project, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return cli_in(project.root, monkeypatch)


def connections(cli: Cli, *arguments: str) -> list[dict[str, Any]]:
    done = cli("connect", *arguments, "--json")
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


def entry_of(one: dict[str, Any]) -> dict[str, Any]:
    """Command and arguments, read as the client reads them."""
    text = one["text"]
    match one["language"]:
        case "json":
            [servers] = json.loads(text).values()
        case "toml":
            [servers] = tomllib.loads(text).values()
        case "yaml":
            [servers] = yaml.safe_load(text).values()
            servers["copydesk"]["command"] = servers["copydesk"]["cmd"]
        case "sh":
            words = shlex.split(text)
            words = words[words.index("--") + 1 :] if "--" in words else words
            servers = {"copydesk": {"command": words[0], "args": words[1:]}}
        case other:
            raise AssertionError(other)
    entry: dict[str, Any] = servers["copydesk"]
    return entry


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_is_told_the_whole_command_and_the_whole_path_of_the_project(
    client: str, cli: Cli, project: Project
) -> None:
    [one] = connections(cli, client)
    entry = entry_of(one)
    assert Path(entry["command"]).is_absolute()
    assert Path(entry["command"]).exists()
    assert entry["args"][:3] == ["serve", "--project", str(project.root)]


async def test_the_command_that_clients_are_told_starts_the_server(cli: Cli) -> None:
    [one] = connections(cli, "claude-desktop")
    entry = entry_of(one)
    server = StdioServerParameters(command=entry["command"], args=entry["args"], cwd="/")
    with anyio.fail_after(SECONDS):
        async with Client(server, mode="legacy") as client:
            assert client.server_info is not None
            assert client.server_info.name == "copydesk"


@pytest.mark.parametrize("client", ["claude-desktop", "cursor"])
async def test_client_of_another_maker_reads_the_configuration(client: str, cli: Cli) -> None:
    [one] = connections(cli, client)
    with anyio.fail_after(SECONDS):
        async with fastmcp.Client(json.loads(one["text"])) as connected:
            assert "generate-all" in {tool.name for tool in await connected.list_tools()}


def test_install_links_hold_the_same_command(cli: Cli) -> None:
    by_client = {one["client"]: one for one in connections(cli)}
    cursor = parse_qs(urlsplit(by_client["Cursor"]["link"]).query)
    assert json.loads(base64.b64decode(cursor["config"][0])) == entry_of(by_client["Cursor"])
    code = json.loads(unquote(by_client["VS Code"]["link"].partition("?")[2]))
    assert (code["command"], code["args"]) == tuple(entry_of(by_client["VS Code"])[key] for key in ("command", "args"))
    goose = parse_qs(urlsplit(by_client["Goose"]["link"]).query)
    assert [*goose["cmd"], *goose["arg"]] == [
        entry_of(by_client["Goose"])["command"],
        *entry_of(by_client["Goose"])["args"],
    ]


def test_people_read_where_it_goes(cli: Cli) -> None:
    done = cli("connect", "zed")
    assert "settings.json" in done.out
    assert '"context_servers"' in done.out
