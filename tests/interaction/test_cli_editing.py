"""Putting things in from the terminal: edit, add-page and save-source."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from copydesk.content.definition.loader import load_site
from copydesk.content.project import Project
from tests.interaction.cli_runner import Cli, cli_in


@pytest.fixture
def cli(project: Project, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return cli_in(project.root, monkeypatch)


def headline(cli: Cli, section: str = "home/hero") -> str | None:
    fields = cli("show", section, "--json").answer["sections"][0]["fields"]
    return None if fields is None else str(fields["headline"])


def test_set_changes_one_field_and_protects_the_section(cli: Cli) -> None:
    cli("generate", "--all")
    answer = cli("edit", "home/hero", "--set", "headline=Ours, and = signs too", "--json").answer
    assert answer["operation"] == "edit"
    assert headline(cli) == "Ours, and = signs too"
    again = cli("regenerate", "home", "--json").answer
    assert ("hero", "edited") in {(one["section"], one["code"]) for one in again["skipped"]}


def test_set_of_a_text_that_looks_like_a_number_stays_text(cli: Cli) -> None:
    assert cli("edit", "home/hero", "--set", "headline=1887").code == 0
    assert headline(cli) == "1887"


def test_edit_that_does_not_fit_the_template_changes_nothing(cli: Cli) -> None:
    done = cli("edit", "home/hero", "--set", "headline=x", "--json")
    assert done.code == 2
    assert done.error == "invalid-fields"
    assert headline(cli) is None


def test_removing_a_required_field_is_refused(cli: Cli) -> None:
    cli("edit", "home/hero", "--set", "headline=Ours")
    done = cli("edit", "home/hero", "--remove", "headline", "--json")
    assert done.error == "invalid-fields"
    assert headline(cli) == "Ours"


def test_path_that_leads_nowhere_suggests_the_nearest(cli: Cli) -> None:
    cli("edit", "home/hero", "--set", "headline=Ours")
    done = cli("edit", "home/hero", "--remove", "headlin", "--json")
    assert done.error == "unknown-field"
    assert 'did you mean "headline"?' in done.answer["error"]["message"]


@pytest.mark.parametrize("text", ['{"headline": "From a file"}', "headline: From a file\n"])
def test_fields_come_from_a_file_as_json_or_yaml(cli: Cli, project: Project, text: str) -> None:
    (project.root / "hero.txt").write_text(text, encoding="utf-8")
    assert cli("edit", "home/hero", "--file", "hero.txt").code == 0
    assert headline(cli) == "From a file"


@pytest.mark.parametrize("text", ["[1, 2]", "headline: [", ""])
def test_file_without_fields_is_refused(cli: Cli, text: str) -> None:
    assert cli("edit", "home/hero", "--file", "-", "--json", given=text).error == "invalid-fields"


def test_edit_of_another_revision_than_the_named_one_is_refused(cli: Cli) -> None:
    cli("edit", "home/hero", "--set", "headline=First")
    done = cli("edit", "home/hero", "--set", "headline=Second", "--if-revision", "999", "--json")
    assert done.error == "outdated"
    assert headline(cli) == "First"


def test_edit_without_a_word_of_what_to_change_is_refused_where_nobody_could_answer(cli: Cli) -> None:
    assert "--set FIELD=VALUE" in cli("edit", "home/hero", "--json").answer["error"]["message"]


def test_edit_by_two_ways_at_once_is_refused(cli: Cli) -> None:
    done = cli("edit", "home/hero", "--set", "headline=Ours", "--file", "-", given="headline: Theirs")
    assert done.code == 2
    assert headline(cli) is None


def write_editor(folder: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """An editor that replaces `old` by `new` in the file it is given."""
    script = folder / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        f"file.write_text(file.read_text('utf-8').replace({old!r}, {new!r}), 'utf-8')\n",
        encoding="utf-8",
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f'"{sys.executable}" "{script}"')


def test_editor_shows_the_fields_and_what_it_leaves_is_kept(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("edit", "home/hero", "--set", "headline=By hand")
    write_editor(tmp_path, monkeypatch, "By hand", "By an editor")
    assert cli("edit", "home/hero", "--editor").code == 0
    assert headline(cli) == "By an editor"


def test_editor_that_changes_nothing_makes_no_edit(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("edit", "home/hero", "--set", "headline=By hand")
    write_editor(tmp_path, monkeypatch, "nothing of it", "")
    assert cli("edit", "home/hero", "--editor").err.endswith("Nothing was changed.\n")
    assert len(cli("history", "home/hero", "--json").answer["changes"]) == 1


def test_text_from_the_editor_that_does_not_fit_is_not_lost(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("edit", "home/hero", "--set", "headline=By hand")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    write_editor(tmp_path, monkeypatch, '"By hand"', '"X"')
    done = cli("edit", "home/hero", "--editor", "--json")
    assert done.error == "invalid-fields"
    (kept,) = tmp_path.glob("copydesk-*.yaml")
    assert str(kept) in done.answer["error"]["message"]
    assert 'headline: "X"' in kept.read_text(encoding="utf-8")


def test_added_page_is_in_the_file_and_its_comments_stay(cli: Cli, project: Project) -> None:
    text = project.site_file.read_text(encoding="utf-8")
    project.site_file.write_text(f"# ours\n{text}", encoding="utf-8")
    done = cli("add-page", "open-jobs", "--section", "hero=hero", "--prompt", "hero=Two jobs.", "--json")
    assert done.code == 0, done.out
    route = load_site(project.site_file).site.routes[-1]
    assert (route.id, route.path, route.title) == ("open-jobs", "/open-jobs", "Open jobs")
    assert route.sections[0].prompt == "Two jobs."
    assert project.site_file.read_text(encoding="utf-8").startswith("# ours\n")
    shown = cli("add-page", "jobs-2", "--section", "hero=hero").out
    assert "with 1 section." in shown
    assert "copydesk generate jobs-2" in shown


def test_dry_run_of_a_page_shows_the_text_and_changes_nothing(cli: Cli, project: Project) -> None:
    before = project.site_file.read_bytes()
    done = cli("add-page", "jobs", "--section", "hero=hero", "--dry-run")
    assert "- id: jobs" in done.out
    assert project.site_file.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("home", "--section", "hero=hero"), "home"),
        (("jobs", "--section", "hero=heroo"), 'did you mean "hero"?'),
        (("jobs", "--section", "hero"), "ID=TEMPLATE"),
        (("jobs", "--section", "hero=hero", "--prompt", "her=Hello"), 'did you mean "hero"?'),
        (("jobs",), "--section"),
        (("con", "--section", "hero=hero"), "Windows keeps for itself"),
        (("jobs", "--section", "aux=hero"), "Windows keeps for itself"),
        (("jobs.", "--section", "hero=hero"), "end in a dot"),
    ],
)
def test_page_that_cannot_be_is_refused_with_a_hint(
    cli: Cli, project: Project, arguments: tuple[str, ...], says: str
) -> None:
    before = project.site_file.read_bytes()
    done = cli("add-page", *arguments, "--json")
    assert done.code == 2
    assert says in done.answer["error"]["message"]
    assert project.site_file.read_bytes() == before


def test_status_tells_the_pace_of_writing_alone(cli: Cli) -> None:
    cli("generate", "home")
    assert "/min" in cli("status").out
    cli("promote", "home")
    assert "promote" in cli("status").out
    assert "/min" not in cli("status").out


def test_source_from_standard_input_goes_into_the_briefs(cli: Cli, project: Project) -> None:
    done = cli("save-source", "prices", "--json", given="A new chain costs 40.\n")
    assert done.answer["name"] == "facts/prices.md"
    assert (project.root / "facts" / "prices.md").read_text(encoding="utf-8") == "A new chain costs 40.\n"
    assert "A new chain costs 40." in cli("show", "home/hero", "--brief").out


def test_source_is_only_replaced_when_asked_to(cli: Cli, project: Project) -> None:
    cli("save-source", "prices", "--text", "40")
    assert cli("save-source", "prices", "--text", "50", "--json").error == "source-exists"
    assert cli("save-source", "prices", "--text", "50", "--overwrite").code == 0
    assert (project.root / "facts" / "prices.md").read_text(encoding="utf-8") == "50\n"


def test_source_for_one_page_is_in_no_other_brief(cli: Cli) -> None:
    cli("save-source", "prices", "--text", "A new chain costs 40.", "--page", "/repairs")
    briefs = cli("show", "--brief", "--json").answer["briefs"]
    assert {one["page"] for one in briefs if "A new chain costs 40." in json.dumps(one)} == {"repairs"}


def test_source_outside_the_project_is_refused(cli: Cli) -> None:
    assert cli("save-source", "../prices", "--text", "40", "--json").error == "invalid-name"
