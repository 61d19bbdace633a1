"""Keys are planted, a provider says them back in every way it can, and then everything that is left is searched."""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import pytest

from tests.acceptance.served import SECONDS, environment, served
from tests.workshop import write_site

KEY = "planted'key\"/+0123456789abcdef"
SECTIONS = ["raw", "json", "quoted", "based", "masked", "busy", "copied", "wrong"]
TOML = '[writers.planted]\napi = "openai"\nbase_url = "URL"\nkey = "COPYDESK_KEY_PLANTED"\n'


def ways_to_say(key: str) -> dict[str, str]:
    return {
        "raw": key,
        "json": json.dumps({"headers": {"authorization": f"Bearer {key}"}}),
        "quoted": f"https://provider/?api={quote(key, safe='')}",
        "based": base64.b64encode(f"user:{key}".encode()).decode(),
        "masked": f"{key[:7]}****{key[-4:]}",
        "busy": f"Too many requests with {key!r}",
        "copied": key,
        "wrong": f"Incorrect API key provided: {key}",
    }


STATUS = {"raw": 400, "json": 500, "quoted": 404, "based": 418, "masked": 422, "busy": 503, "copied": 200, "wrong": 401}


class Parrot(BaseHTTPRequestHandler):
    """A provider that repeats the key it was given, in the way that the section in the prompt asks for."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        way = next(one for one in SECTIONS if f"home/{one}" in asked)
        said = ways_to_say(self.headers["authorization"].removeprefix("Bearer "))[way]
        answer: dict[str, Any] = {"error": {"message": said, "type": said, "code": said}}
        if STATUS[way] == 200:
            answer = _completion(json.dumps({"text": said}), said)
        body = json.dumps(answer).encode()
        self.send_response(STATUS[way])
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("x-request-id", said)
        self.end_headers()
        self.wfile.write(body)
        self.server.heard.append(way)  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def _completion(content: str, model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": model, "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that ends takes its connections with it."""


@pytest.fixture
def parrot() -> Iterator[ThreadingHTTPServer]:
    server = QuietServer(("127.0.0.1", 0), Parrot)
    server.heard = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["variable", "file"])
def planted(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Where the key is, as `environment` takes it. And the libraries log all they can."""
    monkeypatch.setenv("OPENAI_LOG", "debug")
    monkeypatch.setenv("COLUMNS", "1000")  # a key that is wrapped would not be found
    monkeypatch.setenv("ANTHROPIC_API_KEY", "other-planted-key-0123456789")
    if request.param == "variable":
        return {"key_planted": KEY}
    (tmp_path / "secret").write_text(f"{KEY}\n", encoding="utf-8")
    return {"key_planted_file": str(tmp_path / "secret")}


@pytest.fixture
def project(tmp_path: Path, parrot: ThreadingHTTPServer) -> Path:
    folder = tmp_path / "project"
    write_site(folder, {"home": SECTIONS})
    url = f"http://127.0.0.1:{parrot.server_address[1]}/v1"
    (folder / "copydesk.toml").write_text(TOML.replace("URL", url), encoding="utf-8")
    return folder


def leaks_in(content: bytes) -> list[str]:
    """The ways in which the key stands in there."""
    plain = {"plain": KEY, "repr": repr(KEY)[1:-1], "json": json.dumps(KEY)[1:-1], "quoted": quote(KEY, safe="")}
    parts = {"beginning": "planted'key", "quoted beginning": "planted%27key", "end": "0123456789abc"}
    based = base64.b64encode(f"user:{KEY}".encode()).decode()[8:-4]
    return [name for name, form in {**plain, **parts, "based": based}.items() if form.encode() in content]


def leaks_in_folder(folder: Path) -> dict[str, list[str]]:
    found = {str(path): leaks_in(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    assert any(name.endswith("copydesk.db") for name in found)
    return {name: leaks for name, leaks in found.items() if leaks}


async def test_no_key_is_left_anywhere_by_a_server(
    project: Path, parrot: ThreadingHTTPServer, planted: dict[str, Any]
) -> None:
    settings: dict[str, Any] = {"writer": "planted:model", "max_attempts": 1, "concurrency": 1, **planted}
    async with served(project, **settings) as server:
        answers: list[Any] = []
        started = await server.call("generate-all", waitSeconds=45)
        finished = await server.finish(started["operationId"])
        reading = ("list-operations", "list-site", "read-content", "check-generation-status")
        answers += [await server.call(tool) for tool in reading]
        answers += [await server.error(tool, page=KEY) for tool in ("generate", "read-content")]
        refused = await server.error("generate-all", instructions=f"Use {KEY}", force=True)
        saved = await server.error("save-source", name="prices", text=f"The key is {KEY}.")
        everything = json.dumps([started, finished, *answers, refused, saved])
        # While it runs the write-ahead log is there, and is searched too.
        assert leaks_in_folder(project) == {}
    assert set(parrot.heard) == set(SECTIONS)  # type: ignore[attr-defined]
    assert finished["failed"] == len(SECTIONS)
    assert leaks_in(everything.encode()) == []
    assert "[holds-secret]" in refused
    assert "COPYDESK_KEY_PLANTED" in refused
    assert "[holds-secret]" in saved
    assert server.complaints.stat().st_size > 0, "the libraries have logged"
    assert leaks_in(server.complaints.read_bytes()) == []
    assert leaks_in_folder(project) == {}


async def test_no_key_is_left_anywhere_by_the_command_line(
    project: Path, parrot: ThreadingHTTPServer, planted: dict[str, Any]
) -> None:
    said = b""
    variables = environment({"writer": "planted:model", "max_attempts": 1, **planted})
    for arguments in (
        ["generate", "--all"],
        ["generate", "--all", "--json", "--instructions", KEY],
        ["status", "--json"],
        ["status"],
        ["operations", "--json"],
        ["doctor", "--json"],
        ["doctor"],
        ["show", "home", "--json"],
        ["show", KEY],
    ):
        command = [sys.executable, "-m", "copydesk", *arguments, "--project", str(project)]
        with anyio.fail_after(SECONDS):
            done = await anyio.run_process(command, env=variables, check=False)
        assert leaks_in(done.stdout + done.stderr) == [], arguments
        said += done.stdout + done.stderr
    assert parrot.heard  # type: ignore[attr-defined]
    assert b"[COPYDESK_KEY_PLANTED]" in said
    assert b"other-planted" not in said
    assert leaks_in_folder(project) == {}


CRASH = """
import asyncio, logging, sys, threading
import copydesk.server.cli as cli
from copydesk.content.secrets import read_secret

def crash(*arguments, **named):
    local = read_secret("COPYDESK_KEY_PLANTED")
    logging.getLogger("openai").error("sent %s", {"authorization": local}, exc_info=ValueError(local))
    thread = threading.Thread(target=lambda: int(local))
    thread.start()
    thread.join()
    raise RuntimeError("crashed with " + local) from KeyError(local)

cli.commands.main = crash
cli.main(["status"])
"""


async def test_a_process_that_crashes_tells_why_but_not_the_key(planted: dict[str, Any]) -> None:
    done = await anyio.run_process([sys.executable, "-c", CRASH], env=environment(planted), check=False)
    assert done.returncode == 1
    assert b"RuntimeError: crashed with [COPYDESK_KEY_PLANTED]" in done.stderr
    assert b"sent {'authorization': " in done.stderr
    assert b"ValueError: invalid literal for int()" in done.stderr
    assert leaks_in(done.stdout + done.stderr) == []
