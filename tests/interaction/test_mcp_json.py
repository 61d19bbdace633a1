"""The file that clients read in a checkout starts the server; a variable in it that they do not know is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.client import ConnectMode

from tests.interaction.http_server import environment

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 30


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_server_starts_from_the_checkout_as_mcp_json_says(era: ConnectMode, tmp_path: Path) -> None:
    (entry,) = json.loads((ROOT / "mcp.json").read_text(encoding="utf-8"))["mcpServers"].values()
    server = StdioServerParameters(
        command=entry["command"],
        args=entry["args"],
        cwd=ROOT,
        env={"COPYDESK_DATABASE": str(tmp_path / "copydesk.db")},
    )
    with anyio.fail_after(SECONDS):
        async with Client(server, mode=era) as client:
            assert client.server_info is not None
            assert client.server_info.name == "copydesk"
            assert "generate-all" in {tool.name for tool in (await client.list_tools()).tools}


@pytest.mark.parametrize("variable", ["${workspaceFolder}", "${workspaceFolder}/site.yaml", "${input:project}"])
@pytest.mark.parametrize("place", ["--project", "COPYDESK_PROJECT", "CLAUDE_PROJECT_DIR"])
def test_variable_that_the_client_did_not_replace_is_named(variable: str, place: str, tmp_path: Path) -> None:
    serve = [sys.executable, "-m", "copydesk", "serve"]
    named = ["--project", variable] if place == "--project" else []
    variables = environment({}) | ({} if named else {place: variable})
    done = subprocess.run(
        [*serve, *named], capture_output=True, text=True, env=variables, cwd=tmp_path, check=False, timeout=SECONDS
    )
    assert (done.returncode, done.stdout) == (2, "")
    [sentence] = done.stderr.splitlines()
    assert f"{place} is '{variable}': the client did not replace the variable." in sentence
    assert "Write the folder's full path there." in sentence
    assert list(tmp_path.iterdir()) == []
