"""The server over HTTP: as a process of its own, or in this one with a desk that the test can see."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
from anyio.abc import Process, SocketStream
from mcp_types import CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY

from copydesk.content.desk import Desk
from copydesk.content.project import Project
from copydesk.content.writers.base import Writer
from copydesk.server.app import create_server
from copydesk.server.http.access import Access
from copydesk.server.http.running import listening, resolve, serve_http
from copydesk.server.serve import check_desk, working_desk
from copydesk.tools.catalog import register

SECONDS = 30
"""Generous for a busy machine; nothing waits for it when all is well."""
ACCEPT = {"accept": "application/json, text/event-stream"}
MODERN = "2026-07-28"
CLIENT = {"name": "raw-lines", "version": "1"}


@dataclass(frozen=True, slots=True)
class HttpProcess:
    """`copydesk serve --http`, listening."""

    process: Process
    url: str
    complaints: Path
    """Where its standard error goes."""

    def said(self) -> str:
        return self.complaints.read_text(encoding="utf-8")


@asynccontextmanager
async def http_process(
    project: Path, *arguments: str, command: list[str] | None = None, **settings: object
) -> AsyncIterator[HttpProcess]:
    """A process on a free port, once it says where it listens. Killed at the end if it still runs.

    `command` is another one that prints its `url` as `copydesk serve --http --json` does.
    """
    complaints = Path(mkdtemp(dir=project.parent)) / "complaints.txt"
    serve = ["serve", "--http", "--port", "0", "--json", "--project", str(project)]
    with complaints.open("wb") as stderr:
        own = [sys.executable, "-m", "copydesk", *serve, *arguments]
        process = await anyio.open_process(command or own, env=environment(settings), stderr=stderr)
    async with process:
        try:
            with anyio.fail_after(SECONDS):
                started = await _json_of(process, complaints)
            yield HttpProcess(process, started["url"], complaints)
        finally:
            if process.returncode is None:
                process.kill()


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Ours, with these settings of copydesk's and no others. The writer is `outline` unless they say another."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "CLAUDE_"))}
    chosen = {"writer": "outline", **settings}
    return mine | {f"COPYDESK_{name.upper()}": str(value) for name, value in chosen.items()}


async def _json_of(process: Process, complaints: Path) -> dict[str, Any]:
    assert process.stdout is not None
    text = b""
    async for chunk in process.stdout:
        text += chunk
        if text.endswith(b"\n}\n"):
            started: dict[str, Any] = json.loads(text)
            return started
    raise AssertionError(await anyio.Path(complaints).read_text(encoding="utf-8"))


@asynccontextmanager
async def http_here(
    project: Project, access: Access | None = None, *, writers: Mapping[str, Writer] | None = None, **settings: object
) -> AsyncIterator[tuple[str, Desk]]:
    """The project's server on a socket of this process: its endpoint and its desk. Ends as it would at a signal."""
    desks: list[Desk] = []

    @asynccontextmanager
    async def open_desk() -> AsyncIterator[Desk]:
        async with working_desk(project, settings, writers=writers) as desk:
            desks.append(desk)
            yield desk

    addresses: list[str] = []
    ready, ending = anyio.Event(), anyio.Event()

    async def started(address: str) -> None:
        addresses.append(address)
        ready.set()

    server = create_server(open_desk, register)

    async def serve(listener: socket.socket) -> None:
        rules = Access() if access is None else access
        await serve_http(server, listener, rules, ending=ending, started=started, check=check_desk)

    with listening(*resolve("127.0.0.1", 0)) as listener:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve, listener)
            with anyio.fail_after(SECONDS):
                await ready.wait()
            yield addresses[0], desks[0]
            ending.set()


def web_client(url: str, **headers: str) -> httpx2.AsyncClient:
    """A plain HTTP client for the server of that endpoint."""
    return httpx2.AsyncClient(base_url=url.removesuffix("/mcp"), headers=ACCEPT | headers, timeout=SECONDS)


def modern(method: str, **parameters: Any) -> dict[str, Any]:
    """A request in the words of 2026-07-28, which carries all that a handshake would have said."""
    meta = {
        PROTOCOL_VERSION_META_KEY: MODERN,
        CLIENT_CAPABILITIES_META_KEY: {},
        CLIENT_INFO_META_KEY: CLIENT,
        **parameters.pop("_meta", {}),
    }
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": {**parameters, "_meta": meta}}


def modern_headers(message: dict[str, Any]) -> dict[str, str]:
    """The headers that must repeat what such a request says."""
    headers = {"mcp-protocol-version": MODERN, "mcp-method": message["method"]}
    return headers | ({"mcp-name": message["params"]["name"]} if "name" in message["params"] else {})


def initialize(version: str) -> dict[str, Any]:
    """The first request of a handshake."""
    parameters = {"protocolVersion": version, "capabilities": {}, "clientInfo": CLIENT}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters}


def message_of(response: httpx2.Response) -> dict[str, Any]:
    """The one JSON-RPC message of an answer, in either form; notifications before it are left out."""
    if response.headers["content-type"].startswith("text/event-stream"):
        return messages_of(response.text)[-1]
    message: dict[str, Any] = response.json()
    return message


def messages_of(text: str) -> list[dict[str, Any]]:
    """All messages of an event stream."""
    lines = (line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:"))
    return [json.loads(line) for line in lines if line]


async def raw_request(url: str, message: dict[str, Any], headers: Mapping[str, str]) -> SocketStream:
    """Post a message over a bare socket, and leave the answer unread."""
    parts = urlsplit(url)
    body = json.dumps(message).encode()
    head = {
        "host": parts.netloc,
        "content-type": "application/json",
        "content-length": str(len(body)),
        **ACCEPT,
        **headers,
    }
    lines = [f"POST {parts.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    stream = await anyio.connect_tcp(str(parts.hostname), parts.port or 80)
    await stream.send("\r\n".join(lines).encode() + body)
    return stream
