"""Pages and sources added to a project through a real desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from copydesk.content.authoring.pages import add_page
from copydesk.content.authoring.sources import SaveSource, save_source
from copydesk.content.definition.edits import NewPage, NewSection, plan_page
from copydesk.content.desk import Desk, open_desk
from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Generate, Scope

_SITE = """\
# The bakery
site: {id: bakery, title: Bakery}  # short
routes:
  - id: home
    path: /
    title: Home
    sections:
      - {id: hero, template: core:hero}
      - {id: legal, template: core:prose, content: Fixed text.}
"""
_JOBS = NewPage("jobs", "/jobs", "Jobs", "For early birds", (NewSection("hero", "core:hero"),))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    (tmp_path / "site.yaml").write_text(_SITE, encoding="utf-8")
    async with open_desk(tmp_path, worker=False) as opened:
        yield opened


def _files(desk: Desk) -> set[str]:
    root = desk.project.root
    paths = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    return {path for path in paths if not path.startswith(".copydesk/")}


async def _refused(desk: Desk, request: SaveSource) -> ContentError:
    """The error; the project's files are as they were."""
    before = {name: (desk.project.root / name).read_bytes() for name in _files(desk)}
    with pytest.raises(ContentError) as caught:
        await save_source(desk, request)
    assert {name: (desk.project.root / name).read_bytes() for name in _files(desk)} == before
    return caught.value


async def test_a_page_that_was_added_can_be_written_at_once(desk: Desk) -> None:
    added = await add_page(desk, _JOBS)
    assert (added.file, added.line, added.sections) == ("site.yaml", 10, 1)
    assert desk.project.site_file.read_text(encoding="utf-8") == _SITE + added.added
    assert added.next_step is not None
    receipt = await desk.perform(Generate(scope=Scope(pages=tuple(added.next_step.arguments["pages"]))))
    assert receipt.queued_sections == 1


async def test_a_dry_run_shows_the_text_and_writes_nothing(desk: Desk) -> None:
    added = await add_page(desk, _JOBS, dry_run=True)
    assert added.dry_run
    assert "id: jobs" in added.added
    assert desk.project.site_file.read_text(encoding="utf-8") == _SITE


async def test_an_edit_planned_on_a_file_that_changed_meanwhile_is_refused(desk: Desk) -> None:
    edit = plan_page(desk.project.site_file, _JOBS)
    theirs = _SITE.replace("Home", "Start")
    desk.project.site_file.write_text(theirs, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        edit.apply()
    assert caught.value.code == "file-changed"
    assert desk.project.site_file.read_text(encoding="utf-8") == theirs


async def test_pages_added_at_the_same_time_are_all_there_or_refused(desk: Desk) -> None:
    done: list[str] = []
    refused: list[str] = []

    async def add(name: str) -> None:
        try:
            done.append((await add_page(desk, NewPage(name, f"/{name}", name, "", ()))).page)
        except ContentError as error:
            refused.append(error.code)

    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(add, f"page-{number}")
    assert {route.id for route in (await desk.site()).routes} == {"home", *done}
    assert done
    assert set(refused) <= {"file-changed", "file-busy"}


async def test_a_source_is_written_and_named_for_the_whole_site(desk: Desk) -> None:
    saved = await save_source(desk, SaveSource("prices", "Rye costs 4.\r\n"))
    assert (saved.name, saved.created, saved.site_file_changed, saved.sections) == ("facts/prices.md", True, True, 1)
    site = await desk.site()
    assert site.sources == ("facts/prices.md",)
    assert site.source_texts == {"facts/prices.md": "Rye costs 4.\n"}
    text = desk.project.site_file.read_text(encoding="utf-8")
    assert text == _SITE.replace("title: Bakery}", "title: Bakery, sources: [facts/prices.md]}")


async def test_a_source_that_a_pattern_matches_leaves_the_site_file_alone(desk: Desk) -> None:
    await save_source(desk, SaveSource("a", "A."))
    path = desk.project.site_file
    path.write_text(path.read_text(encoding="utf-8").replace("facts/a.md", "facts/*.md"), encoding="utf-8")
    saved = await save_source(desk, SaveSource("b", "B."))
    assert not saved.site_file_changed
    assert (await desk.site()).sources == ("facts/a.md", "facts/b.md")


async def test_a_source_for_some_pages_goes_to_their_written_sections_only(desk: Desk) -> None:
    await add_page(desk, _JOBS)
    saved = await save_source(desk, SaveSource("wages", "Good ones.", pages=("/jobs",)))
    site = await desk.site()
    assert site.sources == ()
    assert saved.sections == 1
    assert {route.id: [one.sources for one in route.sections] for route in site.routes} == {
        "home": [(), ()],
        "jobs": [("facts/wages.md",)],
    }


async def test_a_source_is_overwritten_only_when_asked_to(desk: Desk) -> None:
    await save_source(desk, SaveSource("prices", "Old."))
    refusal = await _refused(desk, SaveSource("prices", "New."))
    assert refusal.code == "source-exists"
    assert not (await save_source(desk, SaveSource("prices", "Old."))).changed
    saved = await save_source(desk, SaveSource("prices", "New.", overwrite=True))
    assert (saved.created, saved.changed, saved.site_file_changed) == (False, True, False)
    assert (desk.project.root / "facts/prices.md").read_text(encoding="utf-8") == "New.\n"


async def test_a_dry_run_of_a_source_writes_nothing(desk: Desk) -> None:
    saved = await save_source(desk, SaveSource("prices", "New.", dry_run=True))
    assert saved.site_file_changed
    assert _files(desk) == {"site.yaml"}


@pytest.mark.parametrize(
    ("request_", "code", "said"),
    [
        (SaveSource("../prices", "x"), "invalid-name", "outside"),
        (SaveSource("con", "x"), "invalid-name", "Windows"),
        (SaveSource("prices", "  \n"), "invalid-text", "empty"),
        (SaveSource("prices", "a\0b"), "invalid-text", "no text"),
        (SaveSource("prices", "x" * 300_000), "invalid-text", "split it"),
        (SaveSource("prices", "x", pages=("hom",)), "unknown-page", 'did you mean "home"?'),
    ],
)
async def test_a_wrong_source_is_refused_and_nothing_changed(
    desk: Desk, request_: SaveSource, code: str, said: str
) -> None:
    refusal = await _refused(desk, request_)
    assert refusal.code == code
    assert said in refusal.message


async def test_a_source_is_taken_back_when_the_site_file_cannot_be_written_now(desk: Desk) -> None:
    (desk.project.root / ".site.yaml.copydesk-new").write_bytes(b"of another process")
    refusal = await _refused(desk, SaveSource("prices", "x"))
    assert refusal.code == "file-busy"


async def test_nothing_is_added_to_a_site_that_is_invalid(desk: Desk) -> None:
    desk.project.site_file.write_text(_SITE.replace("core:hero", "core:heroo"), encoding="utf-8")
    with pytest.raises(ContentError, match='did you mean "core:hero"') as caught:
        await add_page(desk, _JOBS)
    assert caught.value.code == "invalid-site"
    assert (await _refused(desk, SaveSource("prices", "x"))).code == "invalid-site"
