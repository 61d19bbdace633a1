"""A site from its first file to a release that is taken back: every step by the real command or the real server."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import pytest

from tests.acceptance.served import SECONDS, environment, served

TINA = Path(__file__).resolve().parents[3] / "shared" / "sites" / "tina-io.yaml"
SECTIONS_OF_TINA = 190
PROFILES = ("astro", "hugo", "eleventy", "jekyll", "docusaurus", "nextjs", "markdown")
HOME = ("home/hero", "home/why", "home/start", "home/seo")
JOBS = ("jobs/hero", "jobs/apply")
FIXED = "contact/legal"
"""The one text that `init` puts into the site file itself; it is exported with the copy."""
LINE = "Bread at the corner"
EDITED_LINE = "Bread round the corner"

Texts: TypeAlias = dict[str, dict[str, Any] | None]
"""The fields of each section, None where it has no copy."""


async def command(folder: Path, *arguments: str, code: int = 0, **settings: object) -> dict[str, Any]:
    """The JSON answer of a `copydesk` command in this folder, which must end with this exit code."""
    line = [sys.executable, "-m", "copydesk", *arguments, "--json"]
    with anyio.fail_after(SECONDS):
        done = await anyio.run_process(line, cwd=folder, env=environment(settings), check=False)
    assert done.returncode == code, (arguments, done.stdout.decode(), done.stderr.decode())
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def named(entries: list[dict[str, Any]]) -> set[str]:
    """Entries of any answer, as page/section."""
    return {f"{entry['page']}/{entry['section']}" for entry in entries}


def codes(answer: dict[str, Any]) -> Counter[str]:
    """Why sections or files were passed over, and how often."""
    return Counter(skip["code"] for skip in answer["skipped"])


async def stand(folder: Path, place: str) -> dict[str, dict[str, Any]]:
    """What stands in preview or production, by page/section."""
    answer = await command(folder, "show", "--environment", place)
    assert len(answer["sections"]) == answer["sectionsTotal"]
    return {f"{entry['page']}/{entry['section']}": entry for entry in answer["sections"]}


async def texts(folder: Path, place: str) -> Texts:
    """The copy of every section that is not fixed text."""
    standing = await stand(folder, place)
    return {section: entry["fields"] for section, entry in standing.items() if entry["state"] != "static"}


def differing(texts: Texts, others: Texts) -> set[str]:
    """The sections in which two places or moments do not say the same."""
    assert texts.keys() == others.keys()
    return {section for section in texts if texts[section] != others[section]}


def written(texts: Texts) -> set[str]:
    """The sections that have copy."""
    return {section for section, fields in texts.items() if fields is not None}


async def test_new_site_is_written_reviewed_published_exported_edited_as_a_file_and_taken_back(
    tmp_path: Path, local_model: Path
) -> None:
    site = await begin_with_a_page_more(tmp_path)
    drafts = await write_two_pages(site, local_model)
    live = await edit_the_first_line(site, drafts)
    await publish_what_the_review_showed(site, live)
    await export_for_every_generator(site, tmp_path)
    preview = await take_an_edited_file_back(site, tmp_path / "hugo", live)
    await take_the_page_off_line(site, preview, live)


async def begin_with_a_page_more(tmp_path: Path) -> Path:
    """`init`, and `add-page` over standard input and output."""
    flags = ("--title", "Corner Bakery", "--description", "A bakery at the corner", "--yes")
    await command(tmp_path, "init", "bakery", *flags)
    site = tmp_path / "bakery"
    totals = (await command(site, "list"))["totals"]
    assert (totals["pages"], totals["sections"], totals["missingPreview"]) == (4, 13, 12)

    sections = [{"id": "hero", "template": "core:hero"}, {"id": "apply", "template": "core:call-to-action"}]
    async with served(site) as server:
        added = await server.call("add-page", page="jobs", title="Work with us", sections=sections)
        assert (added["page"], added["sections"]) == ("jobs", 2)
    assert added["added"] in (site / "site.yaml").read_text(encoding="utf-8")
    totals = (await command(site, "list"))["totals"]
    assert (totals["pages"], totals["sections"], totals["missingPreview"]) == (5, 15, 14)
    return site


async def write_two_pages(site: Path, model: Path) -> Texts:
    """With the model on this machine: drafts, and `check` says so of each."""
    done = await command(site, "generate", "home", "jobs", "--writer", "local", cache=model.parents[1])
    assert (done["outcome"], done["writer"], done["sectionsGenerated"]) == ("ok", "local", 6)
    assert done["counts"] == {"pending": 0, "processing": 0, "completed": 6, "failed": 0, "cancelled": 0}
    assert done["usage"]["outputTokens"] > 0, "no model was asked"
    preview = await texts(site, "preview")
    assert named(done["generated"]) == written(preview) == {*HOME, *JOBS}
    assert await drafts_found(site) == {*HOME, *JOBS}
    return preview


async def drafts_found(site: Path) -> set[str]:
    """The sections that `check` calls drafts, which is an error."""
    report = await command(site, "check", code=1)
    drafts = [finding for finding in report["findings"] if finding["code"] == "placeholder-draft"]
    assert report["errors"] >= len(drafts)
    return named(drafts)


async def edit_the_first_line(site: Path, before: Texts) -> Texts:
    done = await command(site, "edit", "home/hero", "--set", f"headline={LINE}")
    assert named(done["edited"]) == {"home/hero"}
    after = with_headline(before, LINE)
    assert await texts(site, "preview") == after
    assert await drafts_found(site) == {*HOME, *JOBS} - {"home/hero"}
    return after


def with_headline(texts: Texts, headline: str) -> Texts:
    """The same with another first line on the front page."""
    hero = texts["home/hero"]
    assert hero is not None
    return texts | {"home/hero": hero | {"headline": headline}}


async def publish_what_the_review_showed(site: Path, preview: Texts) -> None:
    shown = await command(site, "diff")
    assert shown["counts"] == {"new": 6, "changed": 0, "identical": 0, "removed": 0, "none": 8, "static": 1}
    assert named(shown["sections"]) == {*HOME, *JOBS}
    done = await command(site, "promote", "--review", shown["reviewId"])
    assert (done["outcome"], done["changed"]) == ("ok", 6)
    assert codes(done) == {"no-copy": 8, "static": 1}
    assert named(done["promoted"]) == {*HOME, *JOBS}
    assert await texts(site, "production") == preview


async def export_for_every_generator(site: Path, outside: Path) -> None:
    async with anyio.create_task_group() as tasks:
        for profile in PROFILES:
            tasks.start_soon(export_what_is_live, site, profile, outside / profile)


async def export_what_is_live(site: Path, profile: str, target: Path) -> None:
    """Seven files: the copy, and the fixed text."""
    done = await command(site, "export", "--profile", profile, "--to", str(target))
    assert (len(done["written"]), codes(done)) == (7, {"no-copy": 8})
    files = files_in(target)
    assert files.keys() == {*done["written"], ".copydesk-export.json"}
    assert {"/".join(Path(name).with_suffix("").parts[-2:]) for name in done["written"]} == {*HOME, *JOBS, FIXED}
    (hero,) = (name for name, text in files.items() if LINE in text)
    assert Path(hero).with_suffix("").parts[-2:] == ("home", "hero")


def files_in(folder: Path) -> dict[str, str]:
    """The text of every file below it, by its path from there."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in files}


def replace_in(file: Path, old: str, new: str) -> None:
    """As somebody does in an editor who sees it once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


async def take_an_edited_file_back(site: Path, exported: Path, live: Texts) -> Texts:
    """As a hand edit of preview, which no writer replaces; what is live stays."""
    hero_file = exported / "content" / "copy" / "home" / "hero.md"
    replace_in(hero_file, f'headline: "{LINE}"', f'headline: "{EDITED_LINE}"')
    done = await command(site, "import", "--profile", "hugo", "--from", str(exported))
    (edited,) = done["edited"]
    assert (edited["page"], edited["section"], edited["changed"]) == ("home", "hero", ["headline"])
    assert (done["problems"], codes(done)) == ([], {"same": 5, "static": 1})
    preview = with_headline(live, EDITED_LINE)
    assert await texts(site, "preview") == preview
    assert await texts(site, "production") == live
    kept = await command(site, "regenerate", "--section", "home/hero")
    assert (kept["outcome"], codes(kept)) == ("nothing-to-do", {"edited": 1})
    return preview


async def take_the_page_off_line(site: Path, preview: Texts, live: Texts) -> None:
    """Its part of the release is undone; the other page stays live, and preview keeps everything."""
    done = await command(site, "rollback", "home")
    assert (done["outcome"], done["changed"], named(done["rolledBack"])) == ("ok", 4, set(HOME))
    assert await texts(site, "production") == live | dict.fromkeys(HOME)
    assert await texts(site, "preview") == preview


@pytest.mark.skipif(not TINA.exists(), reason=f"the real site is not there: {TINA}")
async def test_real_site_keeps_an_edit_and_comes_back_from_every_undo_as_it_was(tmp_path: Path) -> None:
    shutil.copyfile(TINA, tmp_path / "site.yaml")
    generated = await publish_everything(tmp_path)
    edited = (await command(tmp_path, "edit", "about/hero", "--set", f"headline={LINE}"))["operationId"]
    regenerated = await rewrite_all_but_the_edit(tmp_path)
    await publish_a_page_and_take_it_back(tmp_path, "about")
    await undo_and_redo(tmp_path, generated, edited, regenerated)


async def publish_everything(site: Path) -> str:
    """The operation that wrote it."""
    generated = await command(site, "generate", "--all")
    assert (generated["outcome"], generated["sectionsGenerated"]) == ("ok", SECTIONS_OF_TINA)
    released = await command(site, "promote", "--all")
    assert (released["outcome"], released["changed"], released["skipped"]) == ("ok", SECTIONS_OF_TINA, [])
    live = await texts(site, "production")
    assert live == await texts(site, "preview")
    assert len(written(live)) == SECTIONS_OF_TINA
    return str(generated["operationId"])


async def rewrite_all_but_the_edit(site: Path) -> str:
    """The operation that did. The instructions are there for the texts to differ."""
    before = await stand(site, "preview")
    done = await command(site, "regenerate", "--all", "--instructions", "Half as long")
    assert (done["outcome"], done["changed"], codes(done)) == ("ok", SECTIONS_OF_TINA - 1, {"edited": 1})
    after = await stand(site, "preview")
    kept = {section for section in before if before[section]["revision"] == after[section]["revision"]}
    assert kept == named(done["skipped"]) == {"about/hero"}
    assert after["about/hero"]["fields"]["headline"] == LINE
    return str(done["operationId"])


async def publish_a_page_and_take_it_back(site: Path, page: str) -> None:
    """Only what this release changed goes back, and to the release before it."""
    live, preview = await texts(site, "production"), await texts(site, "preview")
    new = {section for section in differing(live, preview) if section.startswith(f"{page}/")}
    assert len(new) > 1
    assert new < differing(live, preview), "other pages are not released, though they differ"
    released = await command(site, "promote", page)
    assert (released["changed"], named(released["promoted"])) == (len(new), new)
    assert await texts(site, "production") == live | {section: preview[section] for section in new}

    back = await command(site, "rollback", page)
    assert (back["changed"], named(back["rolledBack"])) == (len(new), new)
    assert await texts(site, "production") == live
    assert await texts(site, "preview") == preview


async def undo_and_redo(site: Path, *operations: str) -> None:
    """Three operations in one call, and that call: nothing stands, then all that stood."""
    live, preview = await stand(site, "production"), await stand(site, "preview")
    undone = await command(site, "rollback", *(part for name in operations for part in ("--operation", name)))
    assert (undone["outcome"], undone["changed"]) == ("ok", 2 * SECTIONS_OF_TINA), "written, and rewritten or edited"
    assert written(await texts(site, "preview")) == set()
    assert await stand(site, "production") == live

    redone = await command(site, "rollback", "--operation", undone["operationId"])
    assert (redone["outcome"], redone["changed"]) == ("ok", 2 * SECTIONS_OF_TINA)
    assert texts_and_revisions(await stand(site, "preview")) == texts_and_revisions(preview)
    assert await stand(site, "production") == live


def texts_and_revisions(standing: dict[str, dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """All but the history, which holds the undo and the redo too."""
    return {name: (entry["revision"], entry["fields"], entry["markdown"]) for name, entry in standing.items()}
