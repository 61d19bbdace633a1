"""What the README shows works as it stands there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from copydesk.content.definition.loader import load_site

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
    [definition] = blocks("yaml")
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "breads.md").write_text("Six breads.", encoding="utf-8")
    (tmp_path / "site.yaml").write_text(definition, encoding="utf-8")
    site = load_site(tmp_path / "site.yaml").site
    assert [section.template for section in site.routes[0].sections] == [
        "core:hero",
        "rye-and-shine:bread-of-the-week",
    ]


def test_client_configuration_is_json() -> None:
    [configuration] = blocks("json")
    assert list(json.loads(configuration)["mcpServers"]) == ["copydesk"]


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!https?:|#)[^)#]+)\)", README))
def test_link_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).is_file()
