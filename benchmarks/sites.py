"""The sites that are measured: generated ones of any size, and a real one where it is at hand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from benchmarks.measuring import ROOT

if TYPE_CHECKING:
    from pathlib import Path

REAL_SITE: Final = ROOT.parent / "shared" / "sites" / "tina-io.yaml"

_CORE: Final = (
    "core:hero",
    "core:features",
    "core:products",
    "core:prose",
    "core:testimonials",
    "core:pricing",
    "core:faq",
    "core:call-to-action",
    "core:contact",
    "core:seo-metadata",
)
_SECTIONS_A_PAGE: Final = 5
_TOPICS: Final = ("sourdough", "wholesale", "opening hours", "our grain", "baking courses", "gift boxes", "the oven")
_REAL_SHAPE: Final = (46, 190, 33)
"""Routes, sections and templates of the real site."""
_BLOCKS: Final = (
    "hero",
    "feature",
    "gallery",
    "quote",
    "banner",
    "team",
    "event",
    "comparison",
    "prose",
    "signup",
    "map",
)


@dataclass(frozen=True, slots=True)
class BenchmarkSite:
    """A project folder. `pages` are what is measured; `ballast` are further pages, which keep the worker busy."""

    folder: Path
    pages: tuple[str, ...]
    sections: int
    ballast: tuple[str, ...] = ()
    is_real: bool = False

    @property
    def label(self) -> str:
        if self.is_real:
            return f"tina-io ({self.sections} sections)"
        return f"a generated site of {self.sections} sections on {len(self.pages)} pages"


def generated_site(folder: Path, sections: int, *, ballast: int = 0) -> BenchmarkSite:
    """A site of this many sections, five a page, made of the bundled templates."""
    pages = _pages("page", sections)
    extra = _pages("ballast", ballast)
    _write(folder, _definition({}, pages + extra))
    return BenchmarkSite(folder, _ids(pages), sections, _ids(extra))


def plain_site(folder: Path, sections: int) -> BenchmarkSite:
    """A site whose sections have one text each, such as a provider that always answers alike can write."""
    pages = _pages("plain", sections)
    for page in pages:
        page["sections"] = [section | {"template": "plain"} for section in page["sections"]]
    schema = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    templates = {"plain": {"description": "A text", "prompt": "Write a sentence.", "schema": schema}}
    _write(folder, _definition(templates, pages))
    return BenchmarkSite(folder, _ids(pages), sections)


def tina_site(folder: Path, *, ballast: int = 0) -> BenchmarkSite:
    """The real site where it is there, else a generated one of the same shape."""
    is_real = REAL_SITE.is_file()
    content = yaml.safe_load(REAL_SITE.read_text(encoding="utf-8")) if is_real else _of_real_shape()
    pages: list[dict[str, Any]] = content["routes"]
    extra = _pages("ballast", ballast)
    if is_real and not ballast:
        folder.mkdir(parents=True)
        shutil.copyfile(REAL_SITE, folder / "site.yaml")
    else:
        _write(folder, {**content, "routes": pages + extra})
    count = sum(len(page["sections"]) for page in pages)
    return BenchmarkSite(folder, _ids(pages), count, _ids(extra), is_real)


def _of_real_shape() -> dict[str, Any]:
    routes, sections, templates = _REAL_SHAPE
    names = [f"{_BLOCKS[number % len(_BLOCKS)]}-{number // len(_BLOCKS) + 1}" for number in range(templates)]
    pages = [_page(f"page-{number}", number, []) for number in range(routes)]
    for number in range(sections):
        name = names[number % templates]
        pages[number % routes]["sections"].append({"id": f"{name}-{number}", "template": name})
    return _definition({name: _template(name, number) for number, name in enumerate(names)}, pages)


def _template(name: str, number: int) -> dict[str, Any]:
    """A block with a title and up to three more fields."""
    item = {"type": "object", "properties": {"label": _text(60), "text": _text(240)}, "required": ["label", "text"]}
    fields: dict[str, Any] = {
        "title": _text(60),
        "description": _text(180),
        "items": {"type": "array", "items": {**item, "additionalProperties": False}, "minItems": 1, "maxItems": 6},
        "body": _text(420),
    }
    chosen = dict(list(fields.items())[: number % 4 + 1])
    schema = {"type": "object", "additionalProperties": False, "properties": chosen, "required": list(chosen)}
    return {
        "description": f"The {name} block of a page",
        "prompt": f"Write the copy of a {name} block.",
        "schema": schema,
    }


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest}


def _pages(name: str, sections: int) -> list[dict[str, Any]]:
    starts = range(0, sections, _SECTIONS_A_PAGE)
    return [
        _page(
            f"{name}-{index}",
            index,
            [_section(number) for number in range(start, min(start + _SECTIONS_A_PAGE, sections))],
        )
        for index, start in enumerate(starts)
    ]


def _page(page: str, number: int, sections: list[dict[str, Any]]) -> dict[str, Any]:
    topic = _TOPICS[number % len(_TOPICS)]
    return {
        "id": page,
        "path": f"/{page}",
        "title": f"{topic.capitalize()}, number {number}",
        "description": f"Everything a visitor wants to know about {topic}, and where to ask for more.",
        "sections": sections,
    }


def _section(number: int) -> dict[str, Any]:
    template = _CORE[number % len(_CORE)]
    return {
        "id": f"{template.removeprefix('core:')}-{number}",
        "template": template,
        "prompt": f"Speak of {_TOPICS[number % len(_TOPICS)]} as to somebody who is here for time number {number}.",
    }


def _definition(templates: dict[str, Any], pages: list[dict[str, Any]]) -> dict[str, Any]:
    site = {
        "id": "benchmark",
        "title": "A bakery of any size",
        "description": "A sourdough bakery that grows until it no longer fits",
        "url": "https://bakery.example",
        "voice": "Warm and plain, like somebody talking across the counter.",
    }
    return {"site": site, "templates": templates, "routes": pages} if templates else {"site": site, "routes": pages}


def _ids(pages: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(page["id"] for page in pages)


def _write(folder: Path, definition: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    text = yaml.dump(definition, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    (folder / "site.yaml").write_text(text, encoding="utf-8")
