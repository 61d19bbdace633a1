"""The preview as files: a folder that appears whole, takes the place of an older preview, and of nothing else."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio.to_thread

from copydesk.content.errors import ContentError
from copydesk.content.preview.pages import index_html, page_html
from copydesk.content.preview.reading import read_index, read_page
from copydesk.content.preview.views import page_file

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site
    from copydesk.content.desk import Desk
    from copydesk.store.database import Database
    from copydesk.store.moments import Moment

__all__ = ["WrittenPreview", "write_preview"]

INDEX: Final = "index.html"
_MARK: Final = ".copydesk-preview.json"
"""Lists the files of a preview, so that the next one knows what it may replace."""
_MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class WrittenPreview:
    """Where the preview was written, and how many pages it has besides the index."""

    folder: Path
    pages: int

    @property
    def index(self) -> Path:
        return self.folder / INDEX


async def write_preview(desk: Desk, folder: Path) -> WrittenPreview:
    """Write the whole preview to a folder that does not exist, is empty, or holds an older preview and nothing else.

    Others see the old preview or the new one, never a part. Raises `ContentError`: invalid-site, foreign-folder,
    cannot-write. The folder is then as it was.
    """
    target = await anyio.to_thread.run_sync(_resolve, folder)
    site = await desk.site()
    pages = await desk.store.read(_pages, site, at=desk.now())
    await anyio.to_thread.run_sync(_replace, target, pages)
    return WrittenPreview(target, len(pages) - 1)


def _pages(db: Database, site: Site, *, at: Moment) -> dict[str, str]:
    """Every file by its name, of one moment."""
    index = index_html(read_index(db, site, at=at))
    pages = {page_file(route.id): page_html(read_page(db, site, route, at=at)) for route in site.routes}
    return {INDEX: index, **pages}


def _resolve(folder: Path) -> Path:
    target = folder.expanduser().resolve()
    _refuse_foreign(target)
    return target


def _refuse_foreign(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise ContentError("foreign-folder", f"{target} is a file. Name a folder for the preview.")
    foreign = sorted({one.name for one in target.iterdir()} - _own_files(target))
    if foreign:
        more = f" and {len(foreign) - _MOST_NAMED} more" if len(foreign) > _MOST_NAMED else ""
        message = (
            f"{target} holds what the preview did not write: {', '.join(foreign[:_MOST_NAMED])}{more}. Nothing was "
            "changed. Name a new or an empty folder."
        )
        raise ContentError("foreign-folder", message)


def _own_files(target: Path) -> set[str]:
    """What an older preview wrote; nothing if there was none."""
    try:
        listed = json.loads((target / _MARK).read_text(encoding="utf-8"))["files"]
        return {_MARK, *(str(name) for name in listed if (target / str(name)).is_file())}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def _replace(target: Path, pages: Mapping[str, str]) -> None:
    with _named_failures(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name(f".{target.name}.{secrets.token_hex(6)}.new")
        try:
            _fill(new, pages)
            _take_place(target, new)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _fill(folder: Path, pages: Mapping[str, str]) -> None:
    folder.mkdir()
    mark = json.dumps({"preview": 1, "files": sorted(pages)}, indent=1) + "\n"
    for name, text in {**pages, _MARK: mark}.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _take_place(target: Path, new: Path) -> None:
    """Looked at once more: somebody may have put a file there while the pages were made."""
    _refuse_foreign(target)
    if not target.exists():
        new.rename(target)
        return
    old = new.with_suffix(".old")
    target.rename(old)
    try:
        new.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old)


@contextmanager
def _named_failures(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"The preview cannot be written to {target}: {error.strerror or error}."
        raise ContentError("cannot-write", message) from error
