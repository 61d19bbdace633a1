"""How each client is told of a project's server: the file it reads, what to put there, and a link that does it."""

from __future__ import annotations

import base64
import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CLIENTS", "Connection", "Launch", "connection", "own_command"]

_NAME: Final = "copydesk"
_SUMMARY: Final = "Write, review, publish and undo the copy of a website"
_CLAUDE_DESKTOP: Final = {
    "darwin": "~/Library/Application Support/Claude/claude_desktop_config.json",
    "win32": r"%APPDATA%\Claude\claude_desktop_config.json",
}
_GOOSE: Final = {"win32": r"%APPDATA%\Block\goose\config\config.yaml"}


@dataclass(frozen=True, slots=True)
class Launch:
    """How a client starts the server: the command by its full path, and its arguments."""

    command: str
    arguments: tuple[str, ...]

    @classmethod
    def of_project(cls, root: str) -> Launch:
        """The server of the project in this folder, started with the copydesk that runs now."""
        command, *arguments = own_command()
        return cls(command, (*arguments, "serve", "--project", root))

    @property
    def entry(self) -> dict[str, Any]:
        return {"command": self.command, "args": list(self.arguments)}


@dataclass(frozen=True, slots=True)
class Connection:
    """What one client needs. `place` is a file or a program, `language` that of `text`; `link` installs by itself."""

    client: str
    place: str
    language: str
    text: str
    note: str
    link: str | None = None


def own_command() -> list[str]:
    """The command that runs this very copydesk, by its full path: clients do not have your shell's PATH."""
    script = Path(sys.executable).with_name("copydesk.exe" if sys.platform == "win32" else "copydesk")
    return [str(script)] if script.exists() else [sys.executable, "-m", "copydesk"]


def connection(client: str, launch: Launch) -> Connection:
    """How this client, a name of `CLIENTS`, is connected."""
    return _BUILDERS[client](launch)


def _claude_desktop(launch: Launch) -> Connection:
    return Connection(
        "Claude Desktop",
        _CLAUDE_DESKTOP.get(sys.platform, "~/.config/Claude/claude_desktop_config.json"),
        "json",
        _json({"mcpServers": {_NAME: launch.entry}}),
        "Settings, Developer, Edit Config opens the file. Quit and start the application afterwards.",
    )


def _claude_code(launch: Launch) -> Connection:
    return Connection(
        "Claude Code",
        "a terminal",
        "sh",
        shlex.join(["claude", "mcp", "add", _NAME, "--", launch.command, *launch.arguments]),
        "For a team: --scope project writes .mcp.json, which you commit; the project is then found without --project.",
    )


def _cursor(launch: Launch) -> Connection:
    entry = base64.b64encode(json.dumps(launch.entry).encode()).decode()
    return Connection(
        "Cursor",
        "~/.cursor/mcp.json, or .cursor/mcp.json in a workspace",
        "json",
        _json({"mcpServers": {_NAME: launch.entry}}),
        "Cursor Settings, MCP shows whether it runs. --project may be ${workspaceFolder}: Cursor fills it in.",
        f"cursor://anysphere.cursor-deeplink/mcp/install?{urlencode({'name': _NAME, 'config': entry})}",
    )


def _vscode(launch: Launch) -> Connection:
    entry = {"type": "stdio", **launch.entry}
    return Connection(
        "VS Code",
        ".vscode/mcp.json in a workspace, or the user's (command palette: MCP: Open User Configuration)",
        "json",
        _json({"servers": {_NAME: entry}}),
        "In a workspace file --project may be ${workspaceFolder}: VS Code fills it in. In the user's it does not.",
        "vscode:mcp/install?" + quote(json.dumps({"name": _NAME, **entry})),
    )


def _codex(launch: Launch) -> Connection:
    return Connection(
        "Codex",
        "~/.codex/config.toml",
        "toml",
        f"[mcp_servers.{_NAME}]\ncommand = {json.dumps(launch.command)}\nargs = {json.dumps(list(launch.arguments))}\n"
        'env_vars = ["OPENAI_API_KEY"]\nstartup_timeout_sec = 20\ntool_timeout_sec = 60',
        "Codex passes on only the variables that env_vars names; leave the line out if you have no key. The ChatGPT "
        "desktop application reads this file, too.",
    )


def _goose(launch: Launch) -> Connection:
    query = [("cmd", launch.command), *(("arg", one) for one in launch.arguments)]
    query += [("id", _NAME), ("name", _NAME), ("description", _SUMMARY), ("timeout", "300")]
    text = (
        f"extensions:\n  {_NAME}:\n    enabled: true\n    type: stdio\n    name: {_NAME}\n"
        f"    description: {_SUMMARY}\n    cmd: {json.dumps(launch.command)}\n"
        f"    args: {json.dumps(list(launch.arguments))}\n    envs: {{}}\n    timeout: 300"
    )
    note = "Or `goose configure`, Add Extension, Command-line Extension."
    link = f"goose://extension?{urlencode(query, quote_via=quote)}"
    place = _GOOSE.get(sys.platform, "~/.config/goose/config.yaml")
    return Connection("Goose", place, "yaml", text, note, link)


def _zed(launch: Launch) -> Connection:
    return Connection(
        "Zed",
        "settings.json (command palette: zed: open settings file)",
        "json",
        _json({"context_servers": {_NAME: {**launch.entry, "env": {}}}}),
        "A green dot in Settings, AI, MCP Servers says that it runs.",
    )


def _chatgpt(launch: Launch) -> Connection:
    arguments = [*launch.arguments, "--http"]
    return Connection(
        "ChatGPT",
        "a terminal; then Settings, Apps, Advanced settings, Developer mode, Create",
        "sh",
        shlex.join([launch.command, *arguments]),
        "ChatGPT speaks to servers on the internet, over HTTPS, with OAuth or without a key; it cannot send a fixed "
        "token. So put a gateway in front that does the sign-in and adds `Authorization: Bearer …`, and never the "
        "server itself. The ChatGPT desktop application reads Codex's file instead: copydesk connect codex.",
    )


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


_BUILDERS: Final[dict[str, Callable[[Launch], Connection]]] = {
    "claude-desktop": _claude_desktop,
    "claude-code": _claude_code,
    "cursor": _cursor,
    "vscode": _vscode,
    "chatgpt": _chatgpt,
    "codex": _codex,
    "goose": _goose,
    "zed": _zed,
}
CLIENTS: Final = tuple(_BUILDERS)
"""The clients, as the command line names them."""
