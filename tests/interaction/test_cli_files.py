"""Export and import from the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copydesk.content.project import Project
from tests.interaction.cli_runner import Cli, cli_in


@pytest.fixture
def cli(project: Project, monkeypatch: pytest.MonkeyPatch) -> Cli:
    run = cli_in(project.root, monkeypatch)
    run("edit", "home/hero", "--set", "headline=Bells and chains")
    return run


def test_export_writes_production_and_says_what_is_not_in_it(cli: Cli, tmp_path: Path) -> None:
    cli("promote", "--section", "home/hero")
    answer = cli("export", "--profile", "nextjs", "--to", "out", "--json").answer
    assert answer["environment"] == "production"
    assert answer["written"] == ["content/home/hero.json", "content/home/legal.json"]
    assert len(answer["skipped"]) == 3
    data = json.loads((tmp_path / "out" / "content" / "home" / "hero.json").read_text(encoding="utf-8"))
    assert data["fields"] == {"headline": "Bells and chains"}


def test_export_of_copy_that_is_not_live_points_to_the_drafts(cli: Cli) -> None:
    hint = "--environment preview"
    assert hint in cli("export", "--profile", "nextjs", "--json", "--dry-run").answer["message"]
    assert hint not in cli("export", "--section", "home/legal", "--profile", "nextjs", "--json").answer["message"]
    cli("promote", "--section", "home/hero")
    assert hint not in cli("export", "--profile", "nextjs", "--json").answer["message"]


def test_export_of_a_page_per_file_follows_the_pattern(cli: Cli, tmp_path: Path) -> None:
    done = cli(
        "export", "home", "--profile", "markdown", "--environment", "preview", "--per", "page",
        "--pattern", "drafts/{page}.md",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "Bells and chains" in (tmp_path / "drafts" / "home.md").read_text(encoding="utf-8")
    assert "+ drafts/home.md" in done.out


def test_dry_run_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    cli("export", "--profile", "astro", "--environment", "preview", "--to", "out", "--dry-run")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--profile", "astr"), "unknown-profile"),
        (("--profile", "astro", "--per", "side"), "invalid-option"),
        (("--profile", "astro", "--format", "toml"), "invalid-option"),
        (("--profile", "astro", "--pattern", "../{page}/{section}.md"), "invalid-pattern"),
        (("--profile", "astro", "--pattern", "copy.md"), "invalid-pattern"),
    ],
)
def test_options_that_do_not_fit_are_refused(cli: Cli, options: tuple[str, ...], code: str) -> None:
    done = cli("export", "--environment", "preview", "--to", "out", *options, "--json")
    assert done.code == 2
    assert done.error == code


def test_edited_file_comes_back_as_a_hand_edit(cli: Cli, tmp_path: Path) -> None:
    cli("export", "--profile", "hugo", "--environment", "preview", "--to", "out")
    file = tmp_path / "out" / "content" / "copy" / "home" / "hero.md"
    file.write_text(file.read_text(encoding="utf-8").replace("Bells", "Lamps"), encoding="utf-8")
    assert cli("import", "--profile", "hugo", "--from", "out", "--dry-run", "--json").answer["edited"]
    assert "home/hero" in cli("import", "--profile", "hugo", "--from", "out").out
    assert "Lamps and chains" in cli("show", "home/hero").out
    assert cli("import", "--profile", "hugo", "--from", "out", "--json").answer["edited"] == []
    assert cli("operations", "--kind", "edit", "--json").answer["totals"]["operations"] == 2


def test_import_with_a_problem_changes_nothing_and_ends_with_one(cli: Cli, tmp_path: Path) -> None:
    cli("export", "--profile", "nextjs", "--environment", "preview", "--to", "out")
    file = tmp_path / "out" / "content" / "home" / "hero.json"
    file.write_text(file.read_text(encoding="utf-8").replace("Bells and chains", "X"), encoding="utf-8")
    done = cli("import", "--profile", "nextjs", "--from", "out")
    assert done.code == 1
    assert "content/home/hero.json" in done.out
    assert "Bells and chains" in cli("show", "home/hero").out
