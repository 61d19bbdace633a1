"""Finding the files of an export again: by the profile's path pattern, and through no link."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from copydesk.content.errors import ContentError
from copydesk.content.files.exporting import LARGEST_FILE, MOST_FILES
from copydesk.content.files.manifest import read_manifest
from copydesk.content.files.reading import FoundSheet, NotOurs, UnreadableFile, read_sheet
from copydesk.content.files.reports import FileProblem, NotImported
from copydesk.content.files.safe_paths import link_problem, path_problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from copydesk.content.definition.models import Site
    from copydesk.content.files.profiles import Profile

__all__ = ["Found", "find_sheets"]

_MOST_ENTRIES: Final = 200_000
_NEVER: Final = frozenset(("node_modules",))


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to import, by path, and what cannot be or need not be."""

    sheets: dict[str, FoundSheet]
    problems: tuple[FileProblem, ...]
    skipped: tuple[NotImported, ...]


def find_sheets(source: Path, profile: Profile, site: Site) -> Found:
    """Read every file of the profile below `source`.

    Raises `ContentError`: unsafe-path, nothing-to-import, too-many-files, invalid-manifest.
    """
    root = _root(source, profile)
    exported = read_manifest(root)
    sheets: dict[str, FoundSheet] = {}
    problems: list[FileProblem] = []
    skipped: list[NotImported] = []
    for count, path in enumerate(_matching(root, profile, skipped)):
        if count >= MOST_FILES:
            message = f"More than {MOST_FILES} files match {profile.pattern.text}. Name a narrower pattern."
            raise ContentError("too-many-files", message)
        try:
            sheets[path] = read_sheet(_bounded_content(root / path), profile)
            _refuse_misplaced(path, sheets[path], profile, site)
        except NotOurs:
            skipped.append(_not_ours(path))
        except UnreadableFile as error:
            sheets.pop(path, None)
            if path in exported or _is_expected(path, profile, site):
                problems.append(FileProblem(path=path, code="invalid-file", message=error.message, line=error.line))
            else:
                skipped.append(_not_ours(path))
    return Found(sheets, tuple(problems), tuple(skipped))


def _root(source: Path, profile: Profile) -> Path:
    folder = profile.pattern.folder
    problem = link_problem(source.resolve(), f"{folder}/-") if folder else None
    if problem:
        raise ContentError("unsafe-path", problem)
    if not (source / folder).is_dir():
        message = (
            f"There is no folder {source / folder}, where {profile.name} files ({profile.pattern.text}) would be. Name "
            "the folder to which they were exported, and the same profile and options."
        )
        raise ContentError("nothing-to-import", message)
    return source.resolve()


def _matching(root: Path, profile: Profile, skipped: list[NotImported]) -> Iterator[str]:
    """The paths that fit the pattern, in order; links that would fit are reported."""
    for entries, (path, is_link) in enumerate(_walk(root, profile.pattern.folder, profile.pattern.depth)):
        if entries >= _MOST_ENTRIES:
            message = f"{root / profile.pattern.folder} holds more than {_MOST_ENTRIES} files. Name a narrower folder."
            raise ContentError("too-many-files", message)
        if path_problem(path) is not None:
            continue  # No export writes such names.
        if is_link:
            reason = "This is a symbolic link, and links are not followed."
            skipped.append(NotImported(path=path, code="link", reason=reason))
        elif profile.pattern.match(path) is not None:
            yield path


def _walk(root: Path, folder: str, depth: int | None) -> Iterator[tuple[str, bool]]:
    """Files (and links of any kind) below a folder, not deeper than `depth`; hidden ones are nobody's copy."""
    for here, folders, files in os.walk(root / folder, followlinks=False):
        below = Path(here).relative_to(root)
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        is_deepest = depth is not None and len(below.parts) >= depth
        wanted = (name for name in folders if not name.startswith(".") and name not in _NEVER and name not in links)
        folders[:] = [] if is_deepest else sorted(wanted)
        for name in sorted([*files, *([] if is_deepest else links)]):
            if not name.startswith("."):
                yield (below / name).as_posix(), (Path(here) / name).is_symlink()


def _bounded_content(place: Path) -> bytes:
    size = place.stat().st_size
    if size > LARGEST_FILE:
        message = f"The file has {size} bytes; {LARGEST_FILE} are allowed."
        raise UnreadableFile(message)
    try:
        return place.read_bytes()
    except OSError as error:
        message = f"The file cannot be read: {error.strerror or error}."
        raise UnreadableFile(message) from error


def _refuse_misplaced(path: str, sheet: FoundSheet, profile: Profile, site: Site) -> None:
    """A copied file would speak for a section that it is not the file of."""
    match = profile.pattern.match(path) or {}
    route = site.routes_by_id.get(sheet.page)
    says: dict[str, str | None] = {"page": sheet.page, "section": sheet.section, "environment": sheet.environment}
    says["path"] = None if route is None else route.path.strip("/") or profile.index
    for name, value in match.items():
        said = says.get(name)
        if said is not None and said != value:
            message = (
                f'By its path the file is for the {name} "{value}", by its `copydesk` key for "{said}". Give a copied '
                "file the right key, or remove it."
            )
            raise UnreadableFile(message)


def _is_expected(path: str, profile: Profile, site: Site) -> bool:
    """Whether the path alone says that this is the file of a page or section of the site."""
    match = profile.pattern.match(path) or {}
    paths: Collection[str] = {route.path.strip("/") or profile.index for route in site.routes}
    route = site.routes_by_id.get(match.get("page", ""))
    if route is None:
        return match.get("path") in paths
    return "section" not in match or route.section(match["section"]) is not None


def _not_ours(path: str) -> NotImported:
    return NotImported(path=path, code="not-ours", reason="The file has no `copydesk` key: no export wrote it.")
