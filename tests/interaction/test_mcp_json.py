"""The file that clients read in a checkout starts the server."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.client import ConnectMode

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
