"""Looking at a site from the terminal: list, show, history, operations, diff and check."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from copydesk.content.desk import open_desk
from copydesk.content.project import Project
from copydesk.content.reports.comparison import CompareQuery, compare_content
from copydesk.content.reports.site_listing import list_site
from copydesk.content.settings import Settings
from tests.interaction.cli_runner import Cli, cli_in

SECTIONS = 4


@pytest.fixture
def cli(project: Project, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return cli_in(project.root, monkeypatch)


@pytest.fixture
def written(cli: Cli) -> Cli:
    """The site with placeholder copy everywhere."""
    assert cli("generate", "--all").code == 0
    return cli


def test_list_is_what_the_tool_answers(written: Cli, project: Project) -> None:
    async def listing() -> str:
        async with open_desk(project, worker=False) as desk:
            return (await list_site(desk)).model_dump_json(by_alias=True)

    assert written("list", "--json").answer == json.loads(anyio.run(listing))


def test_list_has_a_line_for_every_section_of_a_page(written: Cli) -> None:
    done = written("list", "home")
    assert done.code == 0
    assert [line.split()[:3] for line in done.out.splitlines() if line.startswith("home/")] == [
        ["home/hero", "draft", "none"],
        ["home/why", "draft", "none"],
        ["home/legal", "static", "static"],
    ]


def test_list_of_what_is_missing_in_production_leaves_out_what_is_live(written: Cli) -> None:
    written("promote", "home")
    answer = written("list", "--missing", "production", "--json").answer
    assert [route["page"] for route in answer["routes"]] == ["repairs"]


def test_list_of_templates_marks_required_fields(cli: Cli) -> None:
    (template,) = cli("list", "--templates", "--json").answer["templates"]
    assert template["fields"] == ["headline*"]
    assert "headline*" in cli("list", "--templates").out


def test_show_prints_the_copy_with_where_it_comes_from(written: Cli) -> None:
    done = written("show", "home/hero")
    assert done.code == 0
    assert "== home/hero (tern:hero, revision " in done.out
    assert "by outline, a placeholder draft" in done.out


def test_show_raw_prints_the_markdown_alone(written: Cli) -> None:
    (section,) = written("show", "home/hero", "--json").answer["sections"]
    assert written("show", "home/hero", "--raw").out.strip() == section["markdown"].strip()


def test_show_takes_pages_and_sections_together(written: Cli) -> None:
    shown = written("show", "/repairs", "home/why", "--json").answer["sections"]
    assert [(one["page"], one["section"]) for one in shown] == [
        ("home", "why"),
        ("repairs", "hero"),
        ("repairs", "prices"),
    ]


@pytest.mark.parametrize(("name", "code"), [("hom", "unknown-page"), ("home/her", "unknown-section")])
def test_show_suggests_the_nearest_name(cli: Cli, name: str, code: str) -> None:
    done = cli("show", name, "--json")
    assert done.code == 2
    assert done.error == code
    assert "did you mean" in done.answer["error"]["message"]


def test_show_of_a_large_section_is_not_cut(cli: Cli) -> None:
    large = "word " * 4_000
    assert cli("edit", "home/hero", "--file", "-", given=json.dumps({"headline": large})).code == 0
    assert cli("show", "home/hero", "--json").answer["sections"][0]["fields"]["headline"] == large


def test_show_of_a_revision_is_what_stood_then(written: Cli) -> None:
    before = written("show", "home/hero", "--json").answer["sections"][0]
    written("edit", "home/hero", "--set", "headline=Bells and chains")
    then = written("show", "home/hero", "--revision", str(before["revision"]), "--json").answer["sections"][0]
    assert then["fields"] == before["fields"]


def test_brief_is_the_prompt_that_writers_get(cli: Cli) -> None:
    (brief,) = cli("show", "home/hero", "--brief", "--json").answer["briefs"]
    assert "Say what the page is about." in brief["prompt"]
    assert brief["prompt"].strip() in cli("show", "home/hero", "--brief").out


def test_history_tells_who_did_what_newest_first(written: Cli) -> None:
    written("edit", "home/hero", "--set", "headline=Bells and chains")
    changes = written("history", "home/hero", "--json").answer["changes"]
    assert [(one["operation"], one["origin"], one["writer"]) for one in changes] == [
        ("edit", "hand", None),
        ("generate", "writer", "outline"),
    ]
    assert changes[0]["before"] == changes[1]["after"]
    assert "outline (draft)" in written("history", "home/hero").out


def test_history_of_what_never_was_says_so(cli: Cli) -> None:
    assert cli("history", "home/hero").out == "home/hero has never had copy in preview.\n"


def test_history_marks_what_was_undone(written: Cli) -> None:
    edit = written("edit", "home/hero", "--set", "headline=Bells and chains", "--json").answer["operationId"]
    written("rollback", "--operation", edit)
    changes = written("history", "home/hero", "--json").answer["changes"]
    assert [one["undone"] for one in changes] == [False, True, False]


def test_operations_are_listed_by_kind_with_totals(written: Cli) -> None:
    written("promote", "home")
    answer = written("operations", "--kind", "promote", "--json").answer
    assert [one["operation"] for one in answer["operations"]] == ["promote"]
    assert answer["totals"]["sectionsDone"] == 2
    assert written("operations", "--kind", "promot", "--json").error == "unknown-kind"


def test_diff_is_what_the_tool_answers_and_its_review_can_be_promoted(written: Cli, project: Project) -> None:
    async def compare() -> str:
        async with open_desk(project, worker=False) as desk:
            return (await compare_content(desk, CompareQuery(detail=True))).model_dump_json(by_alias=True)

    answer = written("diff", "--detail", "--json").answer
    own = {"reviewId", "reviewExpiresAt", "nextStep"}
    tool = json.loads(anyio.run(compare))
    assert {key: answer[key] for key in answer.keys() - own} == {key: tool[key] for key in tool.keys() - own}
    assert written("promote", "--review", answer["reviewId"], "--json").answer["counts"]["completed"] == SECTIONS


def test_diff_in_detail_marks_what_is_taken_out_and_put_in(written: Cli) -> None:
    written("edit", "home/hero", "--set", "headline=Old words")
    written("promote", "--section", "home/hero")
    written("edit", "home/hero", "--set", "headline=New [bold]words[/]")
    done = written("diff", "home", "--detail")
    assert "$.headline [-Old words-] {+New [bold]words[/]+}" in done.out
    assert "Review: review_" in done.out


def test_diff_against_what_stood_before_has_no_review(written: Cli) -> None:
    written("edit", "home/hero", "--set", "headline=New words")
    answer = written("diff", "home", "--against", "previous", "--json").answer
    assert answer["counts"]["changed"] == 1
    assert answer["reviewId"] is None


def test_check_ends_with_one_while_there_are_errors(written: Cli) -> None:
    done = written("check", "home")
    assert done.code == 1
    assert "placeholder-draft" in done.out
    for section in ("hero", "why"):
        written("edit", f"home/{section}", "--set", f"headline=The {section} of it")
    assert written("check", "home").code == 0
    assert written("check", "--environment", "production").code == 0, "nothing is live that could be wrong"


def test_check_lists_all_findings(cli: Cli, project: Project) -> None:
    many = "\n".join(f"      - {{id: more-{number}, template: hero}}" for number in range(20))
    site = project.site_file.read_text(encoding="utf-8")
    project.site_file.write_text(f"{site}{many}\n", encoding="utf-8")
    cli("generate", "--all")
    answer = cli("check", "--json").answer
    assert len(answer["findings"]) == answer["errors"] + answer["warnings"] >= SECTIONS + 20


@pytest.mark.parametrize("command", [("list",), ("show",), ("diff", "--detail"), ("check",), ("operations",)])
def test_piped_output_is_plain(written: Cli, command: tuple[str, ...]) -> None:
    done = written(*command)
    assert done.out
    assert "\x1b" not in done.out
    assert not [line for line in done.out.splitlines() if line != line.rstrip()]


def test_doctor_tells_of_orphans_and_of_templates_that_cannot_be_drafted(written: Cli, project: Project) -> None:
    site = project.site_file.read_text(encoding="utf-8")
    impossible = site.replace("minLength: 3", "minLength: 3, not: {}").replace("id: prices", "id: price")
    project.site_file.write_text(impossible, encoding="utf-8")
    findings = {one["topic"]: one for one in written("doctor", "--json").answer["findings"]}
    assert "repairs/prices" in findings["orphans"]["message"]
    assert "old ids" in findings["orphans"]["fix"]
    assert "tern:hero (4 sections)" in findings["template"]["message"]
    assert all(one["fix"] for one in findings.values() if one["state"] != "ok")


def test_doctor_says_how_to_get_back_from_a_newer_store(written: Cli, project: Project) -> None:
    stamp_version(project.database(Settings()), 99)
    findings = {one["topic"]: one for one in written("doctor", "--json").answer["findings"]}
    assert findings["database"]["state"] == "wrong"
    assert "pip install --upgrade copydesk" in findings["database"]["fix"]


def stamp_version(database: Path, version: int) -> None:
    """Let the file say that a later copydesk has migrated it: bytes 60 to 63 of its header are the version."""
    with database.open("r+b") as file:
        file.seek(60)
        file.write(version.to_bytes(4, "big"))
