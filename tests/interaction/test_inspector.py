"""The MCP Inspector, a client that we did not write, lists and calls our tools: over both transports, in both eras."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.interaction.client_story import tell_story
from tests.interaction.http_server import environment, http_process

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / "build" / "inspector"
PROGRAM = INSTALLED / "node_modules" / ".bin" / "mcp-inspector"
PINNED = Path(__file__).with_name("inspector") / "package.json"
TOKEN = "a-long-and-secret-token"  # noqa: S105  (it guards nothing)
TOOL_ERROR = 5
"""The Inspector's exit code for a result that is an error."""
SECONDS = 60

each_era = pytest.mark.parametrize("era", ["legacy", "modern"])
each_transport = pytest.mark.parametrize("transport", ["stdio", "http"])


@pytest.fixture(scope="session")
def inspector() -> Path:
    """The Inspector's program, installed once into build/inspector. Without Node the tests are skipped."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("the MCP Inspector needs Node.js and npm, which are not on the PATH")
    wanted = PINNED.read_text(encoding="utf-8")
    manifest = INSTALLED / "package.json"
    if not PROGRAM.exists() or manifest.read_text(encoding="utf-8") != wanted:
        INSTALLED.mkdir(parents=True, exist_ok=True)
        manifest.write_text(wanted, encoding="utf-8")
        subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund"], cwd=INSTALLED, check=True, timeout=150)
    return PROGRAM


@asynccontextmanager
async def reachable(project: Any, transport: str) -> AsyncIterator[list[str]]:
    """A server of the project, as the Inspector is told of it; over HTTP with a token."""
    if transport == "stdio":
        yield [sys.executable, "-m", "copydesk", "serve", "--project", str(project.root), "--writer", "outline"]
        return
    async with http_process(project.root, http_token=TOKEN) as server:
        yield ["--server-url", server.url, "--transport", "http", "--header", f"Authorization: Bearer {TOKEN}"]


async def inspect(
    inspector: Path, server: list[str], era: str, method: str, *arguments: str
) -> subprocess.CompletedProcess[bytes]:
    asked = [str(inspector), "--cli", "--protocol-era", era, "--format", "json", "-q", "--method", method, *arguments]
    with anyio.fail_after(SECONDS):
        return await anyio.run_process([*asked, *server], check=False, env=environment({}))


def call_of(tool: str, arguments: dict[str, Any]) -> tuple[str, ...]:
    return "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments)


@each_transport
@each_era
async def test_inspector_lists_the_tools_and_finds_no_fault_in_their_schemas(
    inspector: Path, project: Any, transport: str, era: str
) -> None:
    async with reachable(project, transport) as server:
        done = await inspect(inspector, server, era, "tools/list", "--strict")
    assert done.returncode == 0, done.stderr
    names = [tool["name"] for tool in json.loads(done.stdout)["result"]["tools"]]
    assert names[:2] == ["generate", "generate-all"]


@each_transport
@each_era
async def test_inspector_lives_through_the_story(inspector: Path, project: Any, transport: str, era: str) -> None:
    async with reachable(project, transport) as server:

        async def call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
            done = await inspect(inspector, server, era, *call_of(tool, arguments))
            assert done.returncode == 0, done.stderr
            result = json.loads(done.stdout)["result"]
            answer: dict[str, Any] = result["structuredContent"]
            assert json.loads(result["content"][0]["text"]) == answer
            return answer

        await tell_story(call)


@each_era
async def test_inspector_is_told_of_a_wrong_call(inspector: Path, project: Any, era: str) -> None:
    async with reachable(project, "stdio") as server:
        done = await inspect(inspector, server, era, *call_of("generate", {"page": "hom"}))
    assert done.returncode == TOOL_ERROR
    assert b'[unknown-page] There is no page \\"hom\\"' in done.stdout


@each_era
async def test_inspector_without_the_token_is_turned_away(inspector: Path, project: Any, era: str) -> None:
    async with reachable(project, "http") as server:
        without = server[: server.index("--header")]
        done = await inspect(inspector, without, era, "tools/list", "--stored-auth-only")
    assert done.returncode != 0
    assert json.loads(done.stderr)["error"]["code"] == "auth_required"
