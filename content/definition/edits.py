"""Editing a site definition: a page more, or a source more. The file keeps its comments, its order and its style.

An edit is planned as text put in at a place, the new text is loaded and must say exactly what was meant, and only then
does it replace the file: atomically, and only over the bytes that it was planned on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from copydesk.content.definition.insertions import Insertion, add_text_list, append_item, insert
from copydesk.content.definition.loader import LARGEST_FILE, examine_content
from copydesk.content.definition.replacing import replace_file
from copydesk.content.definition.sources import Sources, UnreadableFile, pattern_matches, read_bounded
from copydesk.content.definition.yaml_tree import Node, read_tree
from copydesk.content.errors import ContentError

if TYPE_CHECKING:
    from copydesk.content.definition.models import Route, Section, Site, Snapshot
    from copydesk.content.definition.yaml_text import YamlValue

__all__ = ["FileEdit", "NewPage", "NewSection", "PlannedSources", "plan_page", "plan_source"]

_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class NewSection:
    """A section of a new page, as the site file says it."""

    id: str
    template: str
    prompt: str | None = None
    content: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page to add at the end of the site."""

    page: str
    path: str
    title: str
    description: str
    sections: tuple[NewSection, ...]


@dataclass(frozen=True, slots=True)
class FileEdit:
    """A planned change of the site file. `added` is the text put in, `line` where it begins (1 is the first)."""

    file: Path
    before: bytes
    after: bytes
    added: str
    line: int
    snapshot: Snapshot
    """The definition as it will be."""

    @property
    def is_empty(self) -> bool:
        return self.before == self.after

    def apply(self) -> None:
        """Replace the file. Raises `ContentError`: file-changed, file-busy, unwritable."""
        if not self.is_empty:
            replace_file(self.file, self.before, self.after)


@dataclass(slots=True)
class PlannedSources(Sources):
    """The sources of a project as they will be with one file more, or with another text in it."""

    planned: str = ""
    text: str = ""

    def matching(self, pattern: str) -> tuple[str, ...]:
        names = Sources.matching(self, pattern)
        if not pattern_matches(pattern, self.planned) or self.planned in names:
            return names
        self.refusals.pop(pattern, None)
        self.found[pattern] = tuple(sorted((*names, self.planned)))
        self.first_marks.setdefault(self.planned, None)
        return self.found[pattern]

    def texts(self) -> tuple[dict[str, str], dict[str, str]]:
        texts, refused = Sources.texts(self)
        if self.planned in self.first_marks:
            refused.pop(self.planned, None)
            texts = dict(sorted((texts | {self.planned: self.text}).items()))
        return texts, refused


def plan_page(site_file: Path, page: NewPage) -> FileEdit:
    """The site file with one page more, at the end. Nothing is written.

    Raises `ContentError`: invalid-site (the file as it is), invalid-page (what was to be added, with every problem and
    its nearest right value), unsupported-layout, outside-project.
    """
    file, content, text = _read(site_file)
    before = examine_content(file.name, content, Sources(file.parent)).valid()
    tree = _tree(text)
    insertion = append_item(text, tree, "routes", _page_data(page))
    edit = _edited(file, content, text, [insertion])
    loaded = examine_content(file.name, edit, Sources(file.parent))
    if loaded.snapshot is None:
        problems = " ".join(problem.message for problem in loaded.problems[:5])
        raise ContentError("invalid-page", f"The page was not added, and nothing was changed. {problems}")
    after = loaded.snapshot.site
    _require(after.routes[:-1] == before.site.routes and _says(after.routes[-1], page, after), "routes")
    return FileEdit(file, content, edit, *_added(text, [insertion]), loaded.snapshot)


def plan_source(site_file: Path, name: str, text: str, pages: Sequence[str]) -> FileEdit:
    """The site file naming the source `name` (a checked path) for these pages (ids), or for the whole site.

    The edit is empty if patterns of the file match the name already. `text` is what will stand in the source. Nothing
    is written. Raises `ContentError`: invalid-site, unsupported-layout, outside-project.
    """
    file, content, written = _read(site_file)
    planned = PlannedSources(file.parent, planned=name, text=text)
    before = examine_content(file.name, content, planned).valid()
    tree = _tree(written)
    places = _places_without(before.site, name, pages)
    insertions = [add_text_list(written, _mapping_at(tree, place), "sources", name) for place in places]
    edit = _edited(file, content, written, insertions)
    planned = PlannedSources(file.parent, planned=name, text=text)
    after = examine_content(file.name, edit, planned).valid()
    _require(after.site.routes == _with_source(before.site, name, places).routes, "sources")
    _require(after.site.templates == before.site.templates, "sources")
    return FileEdit(file, content, edit, *_added(written, insertions), after)


def _read(site_file: Path) -> tuple[Path, bytes, str]:
    """The real file behind the name, its bytes, and its text without the byte order mark."""
    file = site_file.resolve()
    if not file.is_relative_to(site_file.parent.resolve()):
        message = f"{site_file.name} is a link out of the project; it is only changed by hand. Nothing was changed."
        raise ContentError("outside-project", message)
    try:
        content = read_bounded(file, LARGEST_FILE)
    except UnreadableFile as error:
        raise ContentError("invalid-site", f"The site definition {site_file} {error}.") from error
    return file, content, content.decode("utf-8-sig", errors="replace")


def _tree(text: str) -> Node:
    tree = read_tree(text)
    assert tree is not None, "a valid definition is not empty"
    return tree


def _edited(file: Path, content: bytes, text: str, insertions: Iterable[Insertion]) -> bytes:
    edited = insert(text, insertions).encode()
    if len(edited) > LARGEST_FILE:
        message = f"With that, {file.name} would be larger than {LARGEST_FILE // 2**20} MB. Nothing was changed."
        raise ContentError("too-large", message)
    return (_BOM if content.startswith(_BOM) else b"") + edited


def _added(text: str, insertions: Sequence[Insertion]) -> tuple[str, int]:
    """What is put in, and the line on which the first of it begins."""
    in_order = sorted(insertions, key=lambda one: one.start)
    first = in_order[0].start if in_order else 0
    return "".join(one.text for one in in_order), text.count("\n", 0, first) + 1


def _require(is_as_meant: bool, key: str) -> None:
    if not is_as_meant:
        message = (
            f'The "{key}" of the site definition are written in a way that cannot be extended safely: the change would '
            "touch other parts too. Nothing was changed; edit the file by hand."
        )
        raise ContentError("unsupported-layout", message)


def _page_data(page: NewPage) -> Mapping[str, YamlValue]:
    data: dict[str, YamlValue] = {"id": page.page, "path": page.path, "title": page.title}
    if page.description:
        data["description"] = page.description
    return data | {"sections": [_section_data(section) for section in page.sections]}


def _section_data(section: NewSection) -> Mapping[str, YamlValue]:
    stated = {"prompt": section.prompt, "content": section.content, "sources": section.sources or None}
    said = {key: value for key, value in stated.items() if value is not None}
    return {"id": section.id, "template": section.template, **said}


def _says(route: Route, page: NewPage, site: Site) -> bool:
    """The page was read as it was meant, every character of it."""
    meant = (page.page, page.path, page.title, page.description, len(page.sections))
    if (route.id, route.path, route.title, route.description, len(route.sections)) != meant:
        return False
    pairs = zip(route.sections, page.sections, strict=True)
    return all(
        (read.id, read.prompt, read.content) == (new.id, new.prompt, new.content)
        and read.template in (new.template, f"{site.id}:{new.template}")
        for read, new in pairs
    )


def _places_without(site: Site, name: str, pages: Sequence[str]) -> list[tuple[str | int, ...]]:
    """Where the source must be named: the site, or those sections of the pages whose briefs do not have it yet."""
    if name in site.sources:
        return []
    if not pages:
        return [("site",)]
    return [
        ("routes", number, "sections", index)
        for number, route in enumerate(site.routes)
        if route.id in pages
        for index, section in enumerate(route.sections)
        if section.content is None and name not in (*section.sources, *site.templates[section.template].sources)
    ]


def _with_source(site: Site, name: str, places: Sequence[tuple[str | int, ...]]) -> Site:
    """The site as it should be afterwards, as far as its routes go."""
    wanted = set(places)

    def changed(number: int, index: int, section: Section) -> Section:
        is_wanted = ("routes", number, "sections", index) in wanted
        return replace(section, sources=(*section.sources, name)) if is_wanted else section

    routes = tuple(
        replace(route, sections=tuple(changed(number, index, one) for index, one in enumerate(route.sections)))
        for number, route in enumerate(site.routes)
    )
    return replace(site, routes=routes)


def _mapping_at(tree: Node, place: tuple[str | int, ...]) -> Node:
    node = tree.at(place)
    _require(node is not None and node.kind == "mapping", "sources")
    assert node is not None, "checked above"
    return node
