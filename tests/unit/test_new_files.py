from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from copydesk.content.definition.replacing import create_file, replace_file
from copydesk.content.definition.source_names import checked_source, source_folders
from copydesk.content.errors import ContentError


def test_a_replaced_file_keeps_its_mode_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    replace_file(path, b"old", b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [found.name for found in tmp_path.iterdir()] == ["site.yaml"]


def test_a_file_that_changed_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(b"theirs")
    with pytest.raises(ContentError, match="changed by somebody else") as caught:
        replace_file(path, b"old", b"new")
    assert caught.value.code == "file-changed"
    assert path.read_bytes() == b"theirs"
    assert [found.name for found in tmp_path.iterdir()] == ["site.yaml"]


def test_a_file_that_was_removed_meanwhile_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        replace_file(tmp_path / "site.yaml", b"old", b"new")
    assert caught.value.code == "file-changed"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_another_process_is_writing_is_left_alone_until_that_is_surely_dead(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(b"old")
    other = tmp_path / ".site.yaml.copydesk-new"
    other.write_bytes(b"half")
    with pytest.raises(ContentError) as caught:
        replace_file(path, b"old", b"new")
    assert caught.value.code == "file-busy"
    assert other.read_bytes() == b"half"
    an_hour_ago = time.time() - 3600
    os.utime(other, (an_hour_ago, an_hour_ago))
    replace_file(path, b"old", b"new")
    assert path.read_bytes() == b"new"


def test_a_read_only_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(ContentError, match="read-only"):
        replace_file(path, b"old", b"new")
    assert path.read_bytes() == b"old"


def test_a_new_file_is_never_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    create_file(path, b"one")
    with pytest.raises(ContentError) as caught:
        create_file(path, b"two")
    assert caught.value.code == "file-changed"
    assert path.read_bytes() == b"one"


def test_sources_stand_where_the_site_has_them() -> None:
    assert source_folders(["knowledge/*.md", "knowledge/deep/a.md", "*/b.md", "c.md"]) == ("knowledge",)
    assert source_folders([]) == ("facts",)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("prices", "facts/prices.md"),
        ("prices.txt", "facts/prices.txt"),
        ("facts/2026/prices.md", "facts/2026/prices.md"),
        ("Preise für 2026", "facts/Preise für 2026.md"),
    ],
)
def test_a_name_becomes_a_path_below_the_sources(tmp_path: Path, name: str, path: str) -> None:
    assert checked_source(tmp_path, name, ("facts",)) == path


@pytest.mark.parametrize(
    "name",
    [
        "../site.yaml",
        "facts/../../x.md",
        "/etc/passwd",
        "C:/x.md",
        "facts\\x.md",
        "~/x",
        "other/x.md",
        ".hidden",
        "facts/.hidden/x.md",
        "con",
        "facts/NUL.md",
        "lpt1.txt",
        "facts/a*.md",
        "facts//x.md",
        "a\0b",
        "a\nb",
        "",
        "x" * 120,
        "facts/a/b/c/d.md",
        "facts/trailing. /x.md",
    ],
)
def test_a_name_that_leads_elsewhere_or_is_none_everywhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContentError) as caught:
        checked_source(tmp_path, name, ("facts",))
    assert caught.value.code == "invalid-name"
    assert '"facts/prices.md"' in caught.value.message


def test_links_and_names_that_differ_by_case_are_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "project"
    (root / "facts").mkdir(parents=True)
    (root / "facts" / "Prices.md").write_bytes(b"x")
    (root / "facts" / "linked").symlink_to(outside)
    (root / "facts" / "link.md").symlink_to(outside / "x.md")
    for name, said in [("prices", '"Prices.md" is already there'), ("facts/linked/x", "is a link"), ("link", "a link")]:
        with pytest.raises(ContentError, match=said):
            checked_source(root, name, ("facts",))
