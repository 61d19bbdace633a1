"""The official conformance suite of the protocol, run against the real server over HTTP, in both eras.

`make conformance` runs this alone. The scenarios are those that any server can pass, and all of the Tasks extension,
for which the server has the tools that the suite asks for beside its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.client.extension import advertise
from mcp_types import INVALID_PARAMS, Request, Result

ROOT = Path(__file__).resolve().parents[2]
PINNED = ("package.json", "package-lock.json")
INSTALLED = ROOT / "build" / "conformance"
PROGRAM = INSTALLED / "node_modules" / ".bin" / "conformance"
OLDEST_NODE = 22
SECONDS_TO_END = 10

LEGACY = (
    "server-initialize",
    "server-session-lifecycle",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
    "server-sse-multiple-streams",
)
MODERN = (
    "tools-list",
    "resources-list",
    "prompts-list",
    "sep-2164-resource-not-found",
    "caching",
    "dns-rebinding-protection",
    "server-sse-multiple-streams",
    "http-header-validation",
    "input-required-result-unsupported-methods",
)
TASKS = (
    "tasks-lifecycle",
    "tasks-capability-negotiation",
    "tasks-wire-fields",
    "tasks-request-state-removal",
    "tasks-mrtr-input",
    "tasks-request-headers",
    "tasks-dispatch-and-envelope",
    "tasks-required-task-error",
    "tasks-mrtr-composition",
)
"""All but `tasks-status-notifications`, which the suite itself skips: tests/acceptance/test_tasks_of_processes.py."""


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """With the Node of the development dependencies first. Without a Node that is new enough the tests are skipped."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        pytest.skip("the conformance suite needs Node.js and npm: neither the PATH nor the environment has them")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"the conformance suite needs Node.js {OLDEST_NODE} or newer, and {version} comes first")
    return os.environ | {"PATH": path}


@pytest.fixture(scope="session")
def suite(environment: dict[str, str]) -> Path:
    """The program of the suite, installed once into build/conformance exactly as it is locked."""
    wanted = [Path(__file__).with_name(name) for name in PINNED]
    if not PROGRAM.exists() or any((INSTALLED / one.name).read_bytes() != one.read_bytes() for one in wanted):
        INSTALLED.mkdir(parents=True, exist_ok=True)
        npm = str(shutil.which("npm", path=environment["PATH"]))
        for one in wanted:
            shutil.copy(one, INSTALLED)
        install = [npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(install, cwd=INSTALLED, env=environment, check=True, timeout=150)
    return PROGRAM


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server listens: a process of its own, ended as a client ends one."""
    folder = tmp_path_factory.mktemp("project")
    command = [sys.executable, "-m", "tests.conformance.fixture_server", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            yield server.stdout.readline().strip()
            server.stdin.close()
            assert server.wait(SECONDS_TO_END) == 0
        finally:
            server.kill()


@pytest.fixture
def run(suite: Path, environment: dict[str, str], address: str, tmp_path: Path) -> Any:
    """Runs a scenario; its checks with what the suite says of each."""

    def run_scenario(scenario: str, *arguments: str) -> list[dict[str, Any]]:
        command = [str(suite), "server", "--url", address, "--scenario", scenario, "-o", str(tmp_path), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=90)
        (written,) = tmp_path.glob("*/checks.json")
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        checks: list[dict[str, Any]] = json.loads(written.read_text(encoding="utf-8"))
        return checks

    return run_scenario


def assert_passed(checks: list[dict[str, Any]]) -> None:
    """Each check was made, and passed."""
    assert [check for check in checks if check["status"] not in ("SUCCESS", "INFO")] == []
    assert [check for check in checks if check["status"] == "SUCCESS"] != []


@pytest.mark.parametrize("scenario", LEGACY)
def test_scenario_of_the_legacy_protocol_passes(run: Any, scenario: str) -> None:
    assert_passed(run(scenario, "--spec-version", "2025-11-25"))


@pytest.mark.parametrize("scenario", MODERN)
def test_scenario_of_the_modern_protocol_passes(run: Any, scenario: str) -> None:
    assert_passed(run(scenario, "--spec-version", "2026-07-28"))


@pytest.mark.parametrize("scenario", TASKS)
def test_scenario_of_the_tasks_extension_passes(run: Any, scenario: str) -> None:
    assert_passed(run(scenario))


async def test_request_about_a_task_is_served_without_the_header_that_routes_it(address: str) -> None:
    """The suite tries headers that are right and wrong; general client libraries cannot set one for extensions."""
    asked = Request[dict[str, Any], str](method="tasks/get", params={"taskId": "x"})
    async with Client(address, mode="2026-07-28", extensions=[advertise("io.modelcontextprotocol/tasks")]) as client:
        with pytest.raises(MCPError, match="There is no task") as refused:
            await client.session.send_request(asked, Result)
    assert refused.value.error.code == INVALID_PARAMS
