from __future__ import annotations

import os
from pathlib import Path

import pytest

from copydesk.content.definition.problems import SiteInvalid
from copydesk.content.definition.site_file import SiteFile

_SITE = """\
site: {id: bakery, title: Bakery, sources: [facts/*.md]}
routes:
  - {id: home, path: /, title: Home, sections: [{id: hero, template: core:hero}]}
"""


def _settle(project: Path, *, seconds: int = 1_700_000_000) -> None:
    """Give every file a time long past, as when nobody has written for a while."""
    for path in [project / "site.yaml", *(project / "facts").iterdir()]:
        os.utime(path, (seconds, seconds))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "a.md").write_text("Open at seven.")
    (tmp_path / "site.yaml").write_text(_SITE)
    _settle(tmp_path)
    return tmp_path


def test_nothing_is_read_again_while_nothing_changes(project: Path) -> None:
    site_file = SiteFile(project / "site.yaml")
    first = site_file.current()
    # A change that leaves no mark (same size, time and inode) would be seen only by reading the file.
    (project / "site.yaml").write_text(_SITE.replace("Bakery", "Grocer"))
    _settle(project)
    assert site_file.current() is first


def test_a_changed_definition_is_read_again(project: Path) -> None:
    site_file = SiteFile(project / "site.yaml")
    site_file.current()
    (project / "site.yaml").write_text(_SITE.replace("Bakery", "Grocer"))
    assert site_file.current().site.title == "Grocer"


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_a_changed_set_of_sources_is_read_again(project: Path, change: str) -> None:
    (project / "facts" / "b.md").write_text("Closed on Monday.")
    _settle(project)
    site_file = SiteFile(project / "site.yaml")
    before = site_file.current()
    match change:
        case "edited":
            (project / "facts" / "a.md").write_text("Open at nine.")
        case "added":
            (project / "facts" / "c.md").write_text("New.")
        case _:
            (project / "facts" / "b.md").unlink()
    after = site_file.current()
    assert after.hash != before.hash
    assert after.site.source_texts != before.site.source_texts


def test_two_writes_of_the_same_size_within_a_tick_are_told_apart(project: Path) -> None:
    path = project / "site.yaml"
    site_file = SiteFile(path)
    path.write_text(_SITE.replace("Bakery", "Garage"))
    written = path.stat()
    site_file.current()
    path.write_text(_SITE.replace("Bakery", "Grocer"))
    os.utime(path, ns=(written.st_atime_ns, written.st_mtime_ns))
    assert site_file.current().site.title == "Grocer"


def test_a_file_that_was_only_touched_keeps_its_snapshot(project: Path) -> None:
    site_file = SiteFile(project / "site.yaml")
    first = site_file.current()
    _settle(project, seconds=1_700_000_100)
    assert site_file.current() is first


def test_it_says_so_while_the_definition_is_invalid_and_recovers(project: Path) -> None:
    site_file = SiteFile(project / "site.yaml")
    first = site_file.current()
    (project / "site.yaml").write_text(_SITE.replace("core:hero", "core:heroo"))
    for _ in range(2):
        with pytest.raises(SiteInvalid, match='did you mean "core:hero"'):
            site_file.current()
    (project / "site.yaml").write_text(_SITE)
    assert site_file.current().hash == first.hash


def test_a_file_that_disappears_and_comes_back_is_noticed(project: Path) -> None:
    site_file = SiteFile(project / "site.yaml")
    (project / "site.yaml").rename(project / "away.yaml")
    with pytest.raises(SiteInvalid, match="does not exist"):
        site_file.current()
    (project / "away.yaml").rename(project / "site.yaml")
    assert site_file.current().site.id == "bakery"


def test_a_source_that_was_missing_is_noticed_when_it_appears(project: Path) -> None:
    (project / "facts" / "a.md").unlink()
    site_file = SiteFile(project / "site.yaml")
    with pytest.raises(SiteInvalid, match="matches no file"):
        site_file.current()
    (project / "facts" / "b.md").write_text("Here now.")
    assert site_file.current().site.source_texts == {"facts/b.md": "Here now."}
