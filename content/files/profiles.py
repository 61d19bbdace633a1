"""Profiles: where each site generator looks for content, and in which format it reads it.

A profile is a value. Its path pattern is relative to the root of the generator's project; `{page}`, `{section}`,
`{environment}`, `{site}` and `{path}` stand in it for what a file holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.content.files.patterns import Pattern, parse_pattern

__all__ = ["PROFILES", "Format", "Per", "Profile", "Syntax", "find_profile"]


class Format(StrEnum):
    """How a file holds the fields."""

    MARKDOWN = "markdown"
    """YAML front matter with the fields, and the rendered copy as the body."""
    MDX = "mdx"
    """The same, the body escaped so that nothing in it is JavaScript or JSX."""
    JSON = "json"
    YAML = "yaml"


class Per(StrEnum):
    """What one file is for."""

    SECTION = "section"
    PAGE = "page"


class Syntax(StrEnum):
    """What a generator would run inside a Markdown body; copy must not contain it."""

    NONE = "none"
    TEMPLATE = "template"
    """`{{`, `{%`, `{#`: Liquid, Nunjucks, Hugo's shortcodes."""
    MDX = "mdx"
    """Braces, tags, `import` and `export`."""


_SUFFIXES: Final = {
    Format.MARKDOWN: (".md", ".markdown"),
    Format.MDX: (".mdx", ".md"),
    Format.JSON: (".json",),
    Format.YAML: (".yaml", ".yml"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """How one export writes its files, and how an import finds and reads them again."""

    name: str
    pattern: Pattern
    per: Per
    format: Format
    syntax: Syntax
    index: str
    """What `{path}` is for the front page, whose path is `/`."""

    @property
    def has_body(self) -> bool:
        return self.format in (Format.MARKDOWN, Format.MDX)


@dataclass(frozen=True, slots=True)
class _Generator:
    """What a site generator reads: its formats, the preferred first, each with the folder for it and the suffix."""

    places: dict[Format, tuple[str, str]]
    syntax: Syntax = Syntax.NONE
    index: str = "index"

    def profile(self, name: str, pattern: str | None, per: Per, form: Format) -> Profile:
        folder, suffix = self.places[form]
        usual = "{page}/{section}" if per is Per.SECTION else "{page}"
        parsed = parse_pattern(f"{folder}{usual}{suffix}" if pattern is None else pattern)
        _refuse_unfit(parsed, per, form)
        return Profile(name, parsed, per, form, Syntax.MDX if form is Format.MDX else self.syntax, self.index)


PROFILES: Final = {
    # A content collection with the `glob` loader on `src/content/copy`.
    "astro": _Generator(
        {
            Format.MARKDOWN: ("src/content/copy/", ".md"),
            Format.MDX: ("src/content/copy/", ".mdx"),
            Format.JSON: ("src/content/copy/", ".json"),
            Format.YAML: ("src/content/copy/", ".yaml"),
        }
    ),
    # Pages of the content section `copy`; as data they are `site.Data.copy`.
    "hugo": _Generator(
        {
            Format.MARKDOWN: ("content/copy/", ".md"),
            Format.JSON: ("data/copy/", ".json"),
            Format.YAML: ("data/copy/", ".yaml"),
        },
        Syntax.TEMPLATE,
        index="_index",
    ),
    # Global data: `copy.home.hero.fields`. Eleventy reads YAML only with a plug-in.
    "eleventy": _Generator(
        {Format.JSON: ("_data/copy/", ".json"), Format.MARKDOWN: ("copy/", ".md")},
        Syntax.TEMPLATE,
    ),
    # Data: `site.data.copy.home.hero.fields`; as Markdown a collection named `copy`.
    "jekyll": _Generator(
        {
            Format.YAML: ("_data/copy/", ".yml"),
            Format.JSON: ("_data/copy/", ".json"),
            Format.MARKDOWN: ("_copy/", ".md"),
        },
        Syntax.TEMPLATE,
    ),
    # Docusaurus 3 reads .md as MDX as well, so there is no unescaped form for it.
    "docusaurus": _Generator({Format.MDX: ("docs/", ".mdx")}),
    "nextjs": _Generator({Format.JSON: ("content/", ".json"), Format.MDX: ("content/", ".mdx")}),
    "markdown": _Generator({Format.MARKDOWN: ("", ".md")}),
}
"""The generators that are known, by the name of their profile."""


def find_profile(
    name: str,
    *,
    pattern: str | None = None,
    per: str = Per.SECTION,
    format: str | None = None,  # noqa: A002
) -> Profile:
    """The profile with this name; the options replace its defaults.

    Raises `ContentError`: unknown-profile, invalid-pattern, invalid-option.
    """
    generator = PROFILES.get(name)
    if generator is None:
        message = f'There is no export profile "{name}": {did_you_mean(name, PROFILES)}'
        raise ContentError("unknown-profile", message)
    form = next(iter(generator.places)) if format is None else _choice(Format, format, "format")
    if form not in generator.places:
        message = f"{name} does not read {form} files: {did_you_mean(form, generator.places)} Choose another `format`."
        raise ContentError("invalid-option", message)
    return generator.profile(name, pattern, _choice(Per, per, "per"), form)


_Choice = TypeVar("_Choice", Format, Per)


def _choice(kind: type[_Choice], value: str, option: str) -> _Choice:
    try:
        return kind(value)
    except ValueError as error:
        message = f'There is no `{option}` "{value}": {did_you_mean(value, kind)}'
        raise ContentError("invalid-option", message) from error


def _refuse_unfit(pattern: Pattern, per: Per, form: Format) -> None:
    problem = None
    suffixes = _SUFFIXES[form]
    if not pattern.text.endswith(suffixes):
        problem = f"must end with {' or '.join(suffixes)}, since the files hold {form}"
    elif not {"page", "path"} & pattern.names:
        problem = "needs {page} or {path}, or else all pages would be one file"
    elif per is Per.SECTION and "section" not in pattern.names:
        problem = "needs {section}, or else all sections of a page would be one file; or write one file per page"
    elif per is Per.PAGE and "section" in pattern.names:
        problem = "may not hold {section}: it writes one file per page"
    if problem:
        message = f'The path pattern "{pattern.text}" {problem}.'
        raise ContentError("invalid-pattern", message)
