"""Files out and in, with a real desk: what is written, what is left alone, and what comes back."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from copydesk.content.desk import Asked, Desk, open_desk
from copydesk.content.errors import ContentError
from copydesk.content.files.exporting import ExportOptions, export_copy
from copydesk.content.files.importing import ImportOptions, import_copy
from copydesk.content.files.manifest import MANIFEST
from copydesk.content.files.profiles import PROFILES, Per, Profile, find_profile
from copydesk.content.operations.values import WHOLE_SITE, Edit, Promote, Regenerate, Rollback, Scope
from copydesk.store import entities
from copydesk.store.entities import Place
from copydesk.store.states import Environment, Origin

SITE = """\
site: {id: bakery, title: Bakery}
templates:
  note:
    description: A note
    prompt: Write it
    schema:
      type: object
      additionalProperties: false
      required: [text]
      properties:
        text: {type: string, minLength: 3, maxLength: 400}
        more: {type: object, properties: {a: {type: string}, b: {type: string}}}
        maybe: {type: [string, "null"]}
    format: "{{ text }}"
  card:
    description: A card
    prompt: Write it
    schema:
      type: object
      additionalProperties: false
      required: [headline, points]
      properties:
        headline: {type: string, minLength: 3, maxLength: 80}
        points: {type: array, items: {type: string}, minItems: 1, maxItems: 3}
routes:
  - id: home
    path: /
    title: Home
    sections:
      - {id: hero, template: card}
      - {id: note, template: note}
      - {id: legal, template: core:prose, content: "Fixed {{ text }} by <the lawyer>."}
  - id: about
    path: /About/us
    title: About us
    description: Who we are
    sections:
      - {id: hero, template: card}
"""

PREVIEW = Environment.PREVIEW
ASTRO = find_profile("astro")
NEXT = find_profile("nextjs")
OVERWRITE = ExportOptions(overwrite=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
async def desk(root: Path) -> AsyncIterator[Desk]:
    """A desk whose three sections have copy in preview."""
    async with open_desk(root, worker=False, writers={}) as desk:
        await edit(desk, "home/hero", {"headline": "Rye & {{ bread }}", "points": ["no", "12:30", "two\nlines"]})
        await edit(desk, "home/note", {"text": "Sourdough since 1887.\n\nEvery day.", "more": {"a": "1", "b": "2"}})
        await edit(desk, "about/hero", {"headline": "We bake", "points": ["<b>early</b>"]})
        yield desk


async def edit(desk: Desk, section: str, fields: dict[str, object]) -> None:
    page, _, name = section.partition("/")
    await desk.perform(Edit(page=page, section=name, fields=fields))


async def fields_of(desk: Desk, section: str, environment: Environment = PREVIEW) -> dict[str, object] | None:
    page, _, name = section.partition("/")
    copy = await desk.store.read(entities.current_copy, Place(page, name, environment))
    return None if copy is None else copy.fields


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


EVERY_PROFILE = [
    find_profile(name, format=form, per=per)
    for name, generator in PROFILES.items()
    for form in generator.places
    for per in Per
]


@pytest.mark.parametrize("profile", EVERY_PROFILE, ids=lambda one: f"{one.name}-{one.format}-{one.per}")
async def test_every_profile_gives_back_what_it_wrote(desk: Desk, root: Path, out: Path, profile: Profile) -> None:
    report = await export_copy(desk, PREVIEW, profile, out)
    assert len(report.written) == (2 if profile.per is Per.PAGE else 4)
    assert report.skipped == ()
    sections = ("home/hero", "home/note", "about/hero")
    exported = {section: await fields_of(desk, section) for section in sections}
    again = await import_copy(desk, profile, out)
    assert (again.success, again.edited) == (True, ())
    assert sorted(one.code for one in again.skipped) == ["same", "same", "same", "static"]
    for section in sections:
        await edit(desk, section, {"headline": "Other"} if section.endswith("hero") else {"text": "Other"})
    back = await import_copy(desk, profile, out, options=ImportOptions(overwrite=True))
    assert (back.success, len(back.edited)) == (True, 3)
    assert {section: await fields_of(desk, section) for section in sections} == exported


async def test_unchanged_files_are_not_touched(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, ASTRO, out)
    old = dict.fromkeys(files_below(out), 1000000000)
    for name, time in old.items():
        os.utime(out / name, (time, time))
    again = await export_copy(desk, PREVIEW, ASTRO, out)
    assert (again.written, len(again.unchanged)) == ((), 4)
    assert {name: int((out / name).stat().st_mtime) for name in files_below(out)} == old
    await edit(desk, "home/note", {"text": "New words"})
    third = await export_copy(desk, PREVIEW, ASTRO, out)
    assert third.written == ("src/content/copy/home/note.md",)
    assert int((out / "src/content/copy/home/hero.md").stat().st_mtime) == 1_000_000_000
    assert not [name for name in files_below(out) if name.endswith(".tmp")]


async def test_sections_without_copy_are_named_and_static_ones_written(root: Path, out: Path) -> None:
    async with open_desk(root, worker=False) as empty:
        report = await export_copy(empty, Environment.PRODUCTION, ASTRO, out)
    assert report.written == ("src/content/copy/home/legal.md",)
    assert [(one.page, one.section, one.code) for one in report.skipped] == [
        ("home", "hero", "no-copy"),
        ("home", "note", "no-copy"),
        ("about", "hero", "no-copy"),
    ]
    assert "Fixed {{ text }} by <the lawyer>." in (out / report.written[0]).read_text(encoding="utf-8")


async def test_dry_run_writes_nothing(desk: Desk, out: Path) -> None:
    report = await export_copy(desk, PREVIEW, ASTRO, out, options=ExportOptions(dry_run=True))
    assert len(report.written) == 4
    assert files_below(out) == set()


async def test_files_of_others_are_refused_by_name_and_nothing_is_written(desk: Desk, out: Path) -> None:
    theirs = out / "src/content/copy/home/hero.md"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine", encoding="utf-8")
    with pytest.raises(ContentError, match=r"home/hero\.md \(no export wrote it\)") as caught:
        await export_copy(desk, PREVIEW, ASTRO, out)
    assert caught.value.code == "files-in-the-way"
    assert files_below(out) == {"src/content/copy/home/hero.md"}
    assert theirs.read_text(encoding="utf-8") == "mine"
    await export_copy(desk, PREVIEW, ASTRO, out, options=OVERWRITE)
    assert "copydesk:" in theirs.read_text(encoding="utf-8")


async def test_files_that_were_changed_since_are_refused_by_name(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, ASTRO, out)
    change(out / "src/content/copy/home/note.md", "Every day", "Every night")
    await edit(desk, "home/note", {"text": "New words"})
    with pytest.raises(ContentError, match=r"home/note\.md \(changed since it was exported\)"):
        await export_copy(desk, PREVIEW, ASTRO, out)
    await export_copy(desk, PREVIEW, ASTRO, out, options=OVERWRITE)
    assert "New words" in (out / "src/content/copy/home/note.md").read_text(encoding="utf-8")


async def test_export_that_was_killed_before_its_end_can_be_repeated(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, ASTRO, out)
    before = (out / MANIFEST).read_bytes()
    await edit(desk, "home/note", {"text": "New words"})
    await edit(desk, "home/hero", {"headline": "New head"})
    (out / "src/content/copy/about").rename(out / "aside")
    (out / "src/content/copy/about").write_text("no folder", encoding="utf-8")
    with pytest.raises(ContentError, match=r"needs a folder|must be a folder"):
        await export_copy(desk, PREVIEW, ASTRO, out)
    assert (out / MANIFEST).read_bytes() == before
    (out / "src/content/copy/about").unlink()
    (out / "aside").rename(out / "src/content/copy/about")
    await export_copy(desk, PREVIEW, ASTRO, out)
    # What a crash leaves: the files are new, and the manifest knows both what was and what was coming.
    now = json.loads((out / MANIFEST).read_bytes())
    was = json.loads(before)
    for name, entry in was["files"].items():
        entry["hashes"] += [one for one in now["files"][name]["hashes"] if one not in entry["hashes"]]
    (out / MANIFEST).write_text(json.dumps(was), encoding="utf-8")
    await edit(desk, "home/note", {"text": "Newer words"})
    report = await export_copy(desk, PREVIEW, ASTRO, out)
    assert report.written == ("src/content/copy/home/note.md",)
    assert (
        json.loads((out / MANIFEST).read_bytes())["files"]["src/content/copy/home/hero.md"]["hashes"]
        == (now["files"]["src/content/copy/home/hero.md"]["hashes"])
    )


async def test_files_whose_section_is_gone_are_reported_and_pruned_only_unchanged(
    desk: Desk, root: Path, out: Path
) -> None:
    await export_copy(desk, PREVIEW, ASTRO, out)
    site = SITE.replace("      - {id: note, template: note}\n", "").partition("  - id: about")[0]
    (root / "site.yaml").write_text(site, encoding="utf-8")
    change(out / "src/content/copy/about/hero.md", "We bake", "We baked")
    (out / "src/content/copy/home/own.md").write_text("mine", encoding="utf-8")
    report = await export_copy(desk, PREVIEW, ASTRO, out)
    assert [(one.path, one.removed) for one in report.left_over] == [
        ("src/content/copy/about/hero.md", False),
        ("src/content/copy/home/note.md", False),
    ]
    assert "home/note is not in the site any more." in report.left_over[1].reason
    pruned = await export_copy(desk, PREVIEW, ASTRO, out, options=ExportOptions(prune=True))
    assert [(one.path, one.removed) for one in pruned.left_over] == [
        ("src/content/copy/about/hero.md", False),
        ("src/content/copy/home/note.md", True),
    ]
    assert files_below(out / "src") == {
        f"content/copy/{name}.md" for name in ("about/hero", "home/hero", "home/legal", "home/own")
    }
    last = await export_copy(desk, PREVIEW, ASTRO, out, options=ExportOptions(prune=True))
    assert [one.path for one in last.left_over] == ["src/content/copy/about/hero.md"]


async def test_links_out_of_the_target_are_refused(desk: Desk, out: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (out / "src").mkdir(parents=True)
    (out / "src" / "content").symlink_to(outside)
    with pytest.raises(ContentError, match='"src/content" is a symbolic link'):
        await export_copy(desk, PREVIEW, ASTRO, out, options=OVERWRITE)
    with pytest.raises(ContentError, match='"src/content" is a symbolic link'):
        await import_copy(desk, ASTRO, out)
    assert list(outside.iterdir()) == []
    assert not (out / MANIFEST).exists()


async def test_manifest_that_would_lead_elsewhere_is_refused(desk: Desk, out: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim.md"
    victim.write_text("precious", encoding="utf-8")
    await export_copy(desk, PREVIEW, ASTRO, out)
    entry = {"madeBy": "bakery:astro:markdown:preview", "page": "gone", "section": "x", "hashes": []}
    (out / MANIFEST).write_text(json.dumps({"version": 1, "files": {"../victim.md": entry}}), encoding="utf-8")
    with pytest.raises(ContentError, match=r'holds "\.\."') as caught:
        await export_copy(desk, PREVIEW, ASTRO, out, options=ExportOptions(prune=True, overwrite=True))
    assert caught.value.code == "invalid-manifest"
    assert victim.read_text(encoding="utf-8") == "precious"


async def test_reserved_names_and_clashing_paths_are_refused(root: Path, out: Path) -> None:
    by_path = find_profile("markdown", pattern="{path}/{section}.md")
    (root / "site.yaml").write_text(SITE.replace("path: /About/us", "path: /con"), encoding="utf-8")
    async with open_desk(root, worker=False) as desk:
        await edit(desk, "about/hero", {"headline": "We bake", "points": ["early"]})
        with pytest.raises(ContentError, match="a reserved name on Windows"):
            await export_copy(desk, PREVIEW, by_path, out)
        other = (
            SITE
            + "  - {id: other, path: /about/US, title: Other, sections: [{id: hero, template: card, content: x}]}\n"
        )
        (root / "site.yaml").write_text(other, encoding="utf-8")
        await edit(desk, "about/hero", {"headline": "We bake", "points": ["early"]})
        with pytest.raises(ContentError) as caught:
            await export_copy(desk, PREVIEW, by_path, out)
    assert caught.value.code == "path-clash"
    assert '"About/us/hero.md" and "about/US/hero.md"' in caught.value.message
    assert files_below(out) == set()


async def test_pages_are_written_whole_whatever_the_scope(desk: Desk, out: Path) -> None:
    profile = find_profile("nextjs", per="page", pattern="{environment}/{path}.json")
    report = await export_copy(desk, PREVIEW, profile, out, scope=Scope(sections=("home/hero",)))
    assert report.written == ("preview/index.json",)
    data = json.loads((out / "preview/index.json").read_bytes())
    assert list(data["sections"]) == ["hero", "note", "legal"]
    assert data["sections"]["legal"] == {"content": "Fixed {{ text }} by <the lawyer>."}


async def test_control_characters_are_left_out_with_a_reason(desk: Desk, out: Path) -> None:
    await edit(desk, "home/note", {"text": "bell \x07"})
    report = await export_copy(desk, PREVIEW, ASTRO, out)
    (skipped,) = report.skipped
    assert (skipped.section, skipped.code) == ("note", "not-portable")
    assert "U+0007" in skipped.reason


async def test_edited_fields_come_in_as_one_edit_that_can_be_undone(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, ASTRO, out)
    change(out / "src/content/copy/home/hero.md", 'headline: "Rye', 'headline: "Better rye')
    report = await import_copy(desk, ASTRO, out, asked=Asked(started_by="ada"))
    (edited,) = report.edited
    assert (edited.page, edited.section, edited.changed) == ("home", "hero", ("headline",))
    assert await fields_of(desk, "home/hero") == {
        "headline": "Better rye & {{ bread }}",
        "points": ["no", "12:30", "two\nlines"],
    }
    copy = await desk.store.read(entities.current_copy, Place("home", "hero", PREVIEW))
    assert copy is not None
    assert (copy.origin, copy.operation_id) == (Origin.HAND, edited.operation_id)
    await desk.perform(Rollback(operation_ids=(str(edited.operation_id),)))
    assert await fields_of(desk, "home/hero") == {
        "headline": "Rye & {{ bread }}",
        "points": ["no", "12:30", "two\nlines"],
    }


async def test_removed_fields_are_removed_at_any_depth(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    path = out / "content/home/note.json"
    data = json.loads(path.read_bytes())
    data["fields"] = {"text": "Only this", "more": {"b": "2"}}
    path.write_text(json.dumps(data), encoding="utf-8")
    assert (await import_copy(desk, NEXT, out)).edited[0].changed == ("text", "more")
    assert await fields_of(desk, "home/note") == {"text": "Only this", "more": {"b": "2"}}


async def test_null_that_an_edit_cannot_express_is_a_problem(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    change(out / "content/home/note.json", '"fields": {', '"fields": {"maybe": null,')
    report = await import_copy(desk, NEXT, out)
    assert [one.code for one in report.problems] == ["null-field"]


async def test_dry_import_changes_nothing(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, ASTRO, out)
    change(out / "src/content/copy/about/hero.md", 'headline: "We bake', 'headline: "We baked')
    report = await import_copy(desk, ASTRO, out, options=ImportOptions(dry_run=True))
    assert [(one.section, one.operation_id) for one in report.edited] == [("hero", None)]
    assert await fields_of(desk, "about/hero") == {"headline": "We bake", "points": ["<b>early</b>"]}


async def test_bad_files_are_all_reported_and_nothing_is_changed(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    home = out / "content/home"
    change(home / "note.json", "Sourdough", "Rye")
    change(home / "hero.json", '"points": [', '"points": [], "pints": [')
    change(home / "legal.json", "Fixed", "Unfixed")
    change(out / "content/about/hero.json", '"headline"', "headline")
    (home / "heroo.json").write_text(
        json.dumps({"copydesk": {"page": "home", "section": "heroo"}, "fields": {}}), encoding="utf-8"
    )
    (home / "mine.json").write_text("{}", encoding="utf-8")
    report = await import_copy(desk, NEXT, out)
    problems = {one.path: one for one in report.problems}
    assert {path: one.code for path, one in problems.items()} == {
        "content/about/hero.json": "invalid-file",
        "content/home/hero.json": "invalid-fields",
        "content/home/heroo.json": "unknown-section",
        "content/home/legal.json": "static-section",
    }
    assert problems["content/about/hero.json"].line == 14
    assert "$.points" in problems["content/home/hero.json"].message
    assert "$.pints" in problems["content/home/hero.json"].message
    assert 'did you mean "hero"?' in problems["content/home/heroo.json"].message
    assert [(one.path, one.code) for one in report.skipped] == [("content/home/mine.json", "not-ours")]
    assert [(one.section, one.operation_id) for one in report.edited] == [("note", None)]
    assert not report.success
    assert "Sourdough" in str(await fields_of(desk, "home/note"))
    partly = await import_copy(desk, NEXT, out, options=ImportOptions(partial=True))
    assert partly.edited[0].operation_id is not None
    assert "Rye" in str(await fields_of(desk, "home/note"))


async def test_edited_body_is_refused_unless_it_is_the_one_field(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, ASTRO, out)
    folder = out / "src/content/copy"
    change(folder / "about/hero.md", "# We bake", "# We baked")
    report = await import_copy(desk, ASTRO, out)
    assert [(one.path, one.code) for one in report.problems] == [("src/content/copy/about/hero.md", "body-edited")]
    assert "about/hero was edited" in report.problems[0].message
    change(folder / "about/hero.md", '"We bake"', '"We baked"')
    note = folder / "home/note.md"
    head, _, body = note.read_text(encoding="utf-8").rpartition("---\n")
    note.write_text(f"{head}---\n{body.replace('Every day', 'Every night')}", encoding="utf-8")
    report = await import_copy(desk, ASTRO, out)
    assert report.problems == ()
    assert [(one.page, one.section, one.changed) for one in report.edited] == [
        ("about", "hero", ("headline",)),
        ("home", "note", ("text",)),
    ]
    assert (await fields_of(desk, "home/note") or {})["text"] == "Sourdough since 1887.\n\nEvery night."


async def test_file_nobody_edited_never_replaces_newer_copy(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    await edit(desk, "about/hero", {"headline": "Newer"})
    report = await import_copy(desk, NEXT, out)
    assert (report.success, report.edited) == (True, ())
    assert [(one.page, one.code) for one in report.skipped if one.code == "stale"] == [("about", "stale")]
    change(out / "content/about/hero.json", "We bake", "We baked")
    report = await import_copy(desk, NEXT, out)
    assert [(one.path, one.code) for one in report.problems] == [("content/about/hero.json", "outdated")]
    await import_copy(desk, NEXT, out, options=ImportOptions(overwrite=True))
    assert (await fields_of(desk, "about/hero") or {})["headline"] == "We baked"


async def test_unedited_files_pass_although_the_template_has_changed(desk: Desk, root: Path, out: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    (root / "site.yaml").write_text(SITE.replace("maxLength: 80", "maxLength: 4"), encoding="utf-8")
    report = await import_copy(desk, NEXT, out)
    assert (report.success, report.edited) == (True, ())
    change(out / "content/about/hero.json", "We bake", "We baked")
    report = await import_copy(desk, NEXT, out)
    assert [one.code for one in report.problems] == ["invalid-fields"]


async def test_copied_files_and_two_files_for_a_section_are_problems(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    copied = out / "content/home/note.json"
    copied.write_bytes((out / "content/home/hero.json").read_bytes())
    report = await import_copy(desk, NEXT, out)
    assert 'By its path the file is for the section "note"' in report.problems[0].message
    both = find_profile("nextjs", pattern="content/{environment}/{page}/{section}.json")
    await desk.perform(Promote(scope=WHOLE_SITE))
    await export_copy(desk, PREVIEW, both, out)
    await export_copy(desk, Environment.PRODUCTION, both, out)
    report = await import_copy(desk, both, out)
    assert {one.code for one in report.problems} == {"two-files"}
    report = await import_copy(desk, both, out, options=ImportOptions(environment=Environment.PRODUCTION))
    assert (report.success, len(report.skipped)) == (True, 4)


async def test_import_keeps_to_its_scope(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    change(out / "content/about/hero.json", "We bake", "We baked")
    change(out / "content/home/hero.json", "Rye", "Spelt")
    report = await import_copy(desk, NEXT, out, scope=Scope(pages=("/About/us",)))
    assert [(one.page, one.section) for one in report.edited] == [("about", "hero")]
    assert "Rye" in str(await fields_of(desk, "home/hero"))


async def test_links_are_not_followed_on_the_way_in(desk: Desk, out: Path, tmp_path: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    outside = tmp_path / "outside.json"
    (out / "content/about/hero.json").rename(outside)
    change(outside, "We bake", "We were led astray")
    (out / "content/about/hero.json").symlink_to(outside)
    report = await import_copy(desk, NEXT, out)
    assert [one.path for one in report.skipped if one.code == "link"] == ["content/about/hero.json"]
    assert report.edited == ()


async def test_import_from_the_wrong_folder_says_so(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"There is no folder .*src/content/copy"):
        await import_copy(desk, ASTRO, tmp_path)


async def test_large_files_are_refused_both_ways(desk: Desk, root: Path, out: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    (out / "content/home/hero.json").write_bytes(b" " * (1024 * 1024 + 1))
    report = await import_copy(desk, NEXT, out)
    assert "1048576 are allowed" in report.problems[0].message
    (root / "site.yaml").write_text(SITE.replace("Fixed", "x" * 1024 * 1024), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        await export_copy(desk, PREVIEW, NEXT, out)
    assert caught.value.code == "file-too-large"


async def test_orphans_are_not_exported(desk: Desk, root: Path, out: Path) -> None:
    (root / "site.yaml").write_text(SITE.replace("      - {id: note, template: note}\n", ""), encoding="utf-8")
    assert len(await desk.orphans()) == 1
    report = await export_copy(desk, PREVIEW, ASTRO, out)
    assert "src/content/copy/home/note.md" not in report.written


async def test_imported_edit_voids_a_queued_job(desk: Desk, out: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    queued = await desk.submit(Regenerate(scope=Scope(sections=("home/hero",)), overwrite_edits=True))
    assert queued.counts.pending == 1
    change(out / "content/home/hero.json", "Rye", "Spelt")
    assert len((await import_copy(desk, NEXT, out)).edited) == 1
    assert (await desk.receipt(str(queued.operation_id))).counts.cancelled == 1


async def test_copy_that_comes_during_an_import_stops_all_of_it(desk: Desk, root: Path, out: Path) -> None:
    await export_copy(desk, PREVIEW, NEXT, out)
    change(out / "content/home/hero.json", "Rye", "Spelt")
    change(out / "content/about/hero.json", "We bake", "We baked")
    before = await fields_of(desk, "about/hero")
    read = desk.store.read

    async def read_then_edit(function: Any, *arguments: Any, **named: Any) -> Any:
        answer = await read(function, *arguments, **named)
        await edit(desk, "home/hero", {"headline": "Somebody was quicker"})
        return answer

    quick = SimpleNamespace(snapshot=desk.snapshot, now=desk.now)
    quick.store = SimpleNamespace(read=read_then_edit, write=desk.store.write)
    with pytest.raises(ContentError) as caught:
        await import_copy(cast("Desk", quick), NEXT, out)
    assert caught.value.code == "outdated"
    assert await fields_of(desk, "about/hero") == before
    assert (await fields_of(desk, "home/hero") or {})["headline"] == "Somebody was quicker"


async def test_a_file_that_holds_a_secret_of_this_process_changes_nothing(
    desk: Desk, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await export_copy(desk, PREVIEW, ASTRO, out)
    change(out / "src/content/copy/about/hero.md", '"We bake', '"We bake sk-planted-0123456789')
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-0123456789")
    with pytest.raises(ContentError) as refused:
        await import_copy(desk, ASTRO, out)
    assert refused.value.code == "holds-secret"
    assert (await fields_of(desk, "about/hero") or {})["headline"] == "We bake"


async def test_a_definition_that_holds_a_secret_of_this_process_is_not_stored(
    desk: Desk, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(root / "site.yaml", "Who we are", "Who we are, sk-planted-0123456789")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-0123456789")
    with pytest.raises(ContentError) as refused:
        await edit(desk, "about/hero", {"headline": "We bake well"})
    assert refused.value.code == "holds-secret"
    snapshots = await desk.store.read(lambda db: [row[0] for row in db.rows("SELECT document FROM snapshots", {})])
    assert not any("sk-planted" in document for document in snapshots)
