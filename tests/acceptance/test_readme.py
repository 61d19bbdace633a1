"""What the README shows works as it stands there."""

from __future__ import annotations

import base64
import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from copydesk.content.definition.loader import load_site
from copydesk.server.connections import CLIENTS, Launch, connection

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_python_program_runs_and_says_what_it_did(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "rye-and-shine", tmp_path / "examples" / "rye-and-shine")
    [program] = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "39 of 41 sections were written, 2 skipped." in done.stdout
    assert "6 of 6 sections were published." in done.stdout


def test_site_definition_loads(tmp_path: Path) -> None:
    definition = blocks("yaml")[0]
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "breads.md").write_text("Six breads.", encoding="utf-8")
    (tmp_path / "site.yaml").write_text(definition, encoding="utf-8")
    site = load_site(tmp_path / "site.yaml").site
    assert [section.template for section in site.routes[0].sections] == [
        "core:hero",
        "rye-and-shine:bread-of-the-week",
    ]


@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_is_shown_what_copydesk_connect_says(client: str) -> None:
    said = connection(client, Launch("/path/to/.venv/bin/copydesk", ("serve", "--project", "/path/to/your/site")))
    [told] = re.findall(rf"<summary><b>{said.client}</b></summary>(.*?)</details>", README, re.DOTALL)
    [(language, text)] = re.findall(r"^```(\w+)\n(.*?)\n```$", told, re.MULTILINE | re.DOTALL)
    assert (language, text) == (said.language, said.text)


def install_link(page: str) -> dict[str, list[str]]:
    """What the button that leads to that page carries."""
    [link] = re.findall(rf"\]\(({re.escape(page)}\?[^)]+)\)", README)
    return parse_qs(urlsplit(link).query, strict_parsing=True)


def server_of(entry: dict[str, Any], project: str) -> dict[str, Any]:
    """The entry as the client starts it, once its variable is this folder."""
    [variable] = re.findall(r"\$\{\S+?\}", " ".join(entry["args"]))
    return {"command": entry["command"], "args": [one.replace(variable, project) for one in entry["args"]]}


def test_install_buttons_carry_a_configuration_without_anybodys_paths() -> None:
    code = install_link("https://vscode.dev/redirect/mcp/install")
    cursor = install_link("https://cursor.com/en/install-mcp")
    assert code["name"] == cursor["name"] == ["copydesk"]
    expected = Launch("copydesk", ("serve", "--project", "/home/me/site")).entry
    assert server_of(json.loads(code["config"][0]), "/home/me/site") == expected
    assert server_of(json.loads(base64.b64decode(cursor["config"][0])), "/home/me/site") == expected
    [asked] = json.loads(code["inputs"][0])
    assert f"${{input:{asked['id']}}}" in code["config"][0]


async def test_table_of_tools_is_what_the_server_says() -> None:
    with_table = runpy.run_path(str(ROOT / "docs" / "tools_table.py"))["with_table"]
    assert await with_table(README) == README, "make tools-table writes it anew"


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!https?:|#)[^)#]+)\)", README))
def test_link_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).is_file()
