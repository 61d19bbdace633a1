"""The MCP Inspector, a client that we did not write, lists our tools and calls them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / "build" / "inspector"
PROGRAM = INSTALLED / "node_modules" / ".bin" / "mcp-inspector"
PINNED = Path(__file__).with_name("inspector") / "package.json"
SERVE = "import sys; from copydesk.server.serve import run_stdio; run_stdio(sys.argv[1], {})"
TOOL_ERROR = 5
"""The Inspector's exit code for a result that is an error."""


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


def inspect(inspector: Path, project: Any, era: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    asked = [str(inspector), "--cli", "--protocol-era", era, "--format", "json", "-q", *arguments]
    server = [sys.executable, "-c", SERVE, str(project.root)]
    return subprocess.run([*asked, *server], capture_output=True, text=True, check=False, timeout=60, cwd=project.root)


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_inspector_lists_the_tools_and_finds_no_fault_in_their_schemas(inspector: Path, project: Any, era: str) -> None:
    done = inspect(inspector, project, era, "--strict", "--method", "tools/list")
    assert done.returncode == 0, done.stderr
    names = [tool["name"] for tool in json.loads(done.stdout)["result"]["tools"]]
    assert names[:2] == ["generate", "generate-all"]


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_inspector_calls_a_tool(inspector: Path, project: Any, era: str) -> None:
    call = ("--method", "tools/call", "--tool-name", "generate-all", "--tool-args-json", '{"waitSeconds": 20}')
    done = inspect(inspector, project, era, *call)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)["result"]
    assert result["structuredContent"]["outcome"] == "ok"
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_inspector_is_told_of_a_wrong_call(inspector: Path, project: Any, era: str) -> None:
    call = ("--method", "tools/call", "--tool-name", "generate", "--tool-args-json", '{"page": "hom"}')
    done = inspect(inspector, project, era, *call)
    assert done.returncode == TOOL_ERROR
    assert '[unknown-page] There is no page \\"hom\\"' in done.stdout
