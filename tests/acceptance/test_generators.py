"""Exported files, read by the site generators themselves."""

from __future__ import annotations

import html
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from copydesk.content.desk import open_desk
from copydesk.content.files.bodies import escape_body
from copydesk.content.files.exporting import export_copy
from copydesk.content.files.profiles import Syntax, find_profile
from copydesk.content.operations.values import WHOLE_SITE, Edit, Generate
from copydesk.store import entities
from copydesk.store.entities import Place
from copydesk.store.states import Environment

ROOT = Path(__file__).resolve().parents[2]
SITES = Path(__file__).with_name("generators")
BUILT = ROOT / "build" / "generators"
"""Packages stay here from one run to the next."""

# In a template whose format sets each paragraph apart, and in one that makes a heading of it.
HOSTILE = (
    "Braces {process.exit(3)}, tags <Unknown attr={1}>, {{ page.url }}, {% include x.html %} and {# no comment #}.",
    "import files from 'node:fs/promises'",
    "export const copy = 1; it ends \\{here} and `{in.code}` \\\\{there}",
    '{{< readfile "/etc/passwd" >}} and {{% ref "x" %}} are words as well; so is 2024-01-01.',
)
AWKWARD = {"headline": "no: #1 {{ x }} & 12:30 <b>", "paragraphs": list(HOSTILE)}

QUIET = {"ASTRO_TELEMETRY_DISABLED": "1", "DISABLE_VERSIONCHECK": "1", "NO_UPDATE_NOTIFIER": "1", "CI": "1"}
"""Generators ask nothing and send nothing."""

Copy = dict[str, dict[str, Any]]

pytestmark = pytest.mark.timeout(600)


class Exported:
    """A project with copy in every section, and what that copy is, by `page/section`."""

    def __init__(self, project: Path, copy: Copy) -> None:
        self.project = project
        self.copy = copy

    async def to(self, target: Path, profile: str, **options: str) -> None:
        async with open_desk(self.project, worker=False) as desk:
            await export_copy(desk, Environment.PREVIEW, find_profile(profile, **options), target)


@pytest.fixture
async def exported(tmp_path: Path) -> Exported:
    project = tmp_path / "project"
    ignored = shutil.ignore_patterns(".copydesk")
    shutil.copytree(ROOT / "examples" / "rye-and-shine", project, ignore=ignored)
    async with open_desk(project, worker=False) as desk:
        await desk.perform(Generate(scope=WHOLE_SITE, writer="outline"))
        await desk.perform(Edit(page="breads", section="keeping", fields=AWKWARD))
        site = await desk.site()
        copy: Copy = {}
        for route in site.routes:
            for section in route.sections:
                place = Place(route.id, section.id, Environment.PREVIEW)
                stands = await desk.store.read(entities.current_copy, place)
                if stands is not None:
                    copy[f"{route.id}/{section.id}"] = stands.fields
                elif section.content is not None:
                    copy[f"{route.id}/{section.id}"] = {"content": section.content}
    assert len(copy) >= 35
    return Exported(project, copy)


def fresh_site(generator: str, tmp_path: Path) -> Path:
    """A new copy of the minimal site."""
    site = tmp_path / generator
    shutil.copytree(SITES / generator, site)
    return site


def node_site(generator: str) -> Path:
    """A new copy of the minimal site, below the folder that has its packages."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} is not installed here, so {generator} cannot read the files")
    folder = BUILT / generator
    _install(SITES / generator / "package.json", folder)
    site = folder / "site"
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(SITES / generator, site)
    return site


def _install(package: Path, folder: Path) -> None:
    installed = folder / "package.json"
    if installed.exists() and installed.read_bytes() == package.read_bytes():
        return
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "new").mkdir(parents=True)
    shutil.copy(package, folder / "new")
    run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", at=folder / "new")
    (folder / "new" / "node_modules").rename(folder / "node_modules")
    shutil.rmtree(folder / "new")
    shutil.copy(package, installed)


def run(program: str, *arguments: object, at: Path, given: str | None = None) -> str:
    done = subprocess.run(
        [shutil.which(program) or program, *map(str, arguments)],
        cwd=at,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        env=os.environ | QUIET,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def nested(data: Mapping[str, Mapping[str, Any]]) -> Copy:
    """Copy by `page/section`, from data that is nested as the folders are."""
    return {
        f"{page}/{section}": held["fields"] for page, sections in data.items() for section, held in sections.items()
    }


def words(page: str) -> str:
    """The text of an HTML page without comments (React parts texts by them), its white space made one."""
    return " ".join(html.unescape(re.sub(r"<!--.*?-->", "", page)).split())


async def test_astro_reads_its_collection(exported: Exported) -> None:
    site = node_site("astro")
    await exported.to(site, "astro")
    run("node", "../node_modules/astro/astro.js", "build", "--silent", at=site)
    read = {entry["id"]: entry for entry in json.loads((site / "dist/copy.json").read_bytes())}
    assert {name: entry["fields"] for name, entry in read.items()} == exported.copy
    assert "{process.exit(3)}" in read["breads/keeping"]["html"]


async def test_eleventy_reads_its_data_and_its_pages(exported: Exported) -> None:
    site = node_site("eleventy")
    await exported.to(site, "eleventy")
    await exported.to(site, "eleventy", format="markdown", pattern="pages/{page}/{section}.md")
    run("node", "../node_modules/@11ty/eleventy/cmd.cjs", "--quiet", at=site)
    assert nested(json.loads((site / "_site/copy.json").read_bytes())) == exported.copy
    shown = words((site / "_site/pages/breads/keeping/index.html").read_text(encoding="utf-8"))
    assert all(tag in shown for tag in ("{{ page.url }}", "{% include x.html %}", "{# no comment #}", "{{< readfile"))


async def test_docusaurus_reads_front_matter_and_mdx(exported: Exported, tmp_path: Path) -> None:
    site = node_site("docusaurus")
    await exported.to(tmp_path, "docusaurus")
    read = json.loads(run("node", "read.mjs", tmp_path / "docs", at=site))
    assert {name.removesuffix(".mdx"): held["fields"] for name, held in read.items()} == exported.copy
    shown = words(read["breads/keeping.mdx"]["text"])
    assert all(
        text in shown for text in ("{process.exit(3)}, tags <Unknown attr={1}>", HOSTILE[1], "{here}", "\\{there}")
    )


async def test_docusaurus_builds_its_docs(exported: Exported) -> None:
    site = node_site("docusaurus")
    await exported.to(site, "docusaurus")
    run("node", "../node_modules/@docusaurus/core/bin/docusaurus.mjs", "build", "--no-minify", at=site)
    built = {path.parent.relative_to(site / "build").as_posix() for path in (site / "build").glob("*/*/index.html")}
    assert built == set(exported.copy)
    shown = words((site / "build/breads/keeping/index.html").read_text(encoding="utf-8"))
    assert all(text in shown for text in ("{process.exit(3)}, tags <Unknown attr={1}>", HOSTILE[1], "{{ page.url }}"))


async def test_next_reads_mdx_of_whole_pages(exported: Exported, tmp_path: Path) -> None:
    site = node_site("docusaurus")
    await exported.to(tmp_path, "nextjs", format="mdx", per="page")
    read = json.loads(run("node", "read.mjs", tmp_path / "content", at=site))
    assert len(read) == len({name.partition("/")[0] for name in exported.copy})
    assert "{process.exit(3)}" in words(read["breads.mdx"]["text"])


def test_no_body_is_code_for_mdx() -> None:
    site = node_site("docusaurus")
    chance = random.Random(7)  # noqa: S311  (the same bodies every time)
    parts = (
        "{",
        "}",
        "<",
        ">",
        "\\",
        "`",
        "```\n",
        "~~~\n",
        ":::note\n",
        "\n",
        "\n\n",
        "    ",
        "> ",
        "- ",
        "a",
        "<!-- ",
        "-->",
    )
    more = (
        "import a from 'a'\n",
        "export const b = 1\n",
        "$$\n",
        "[a](<b {c}>)",
        "<https://a.b>",
        "&lt;",
        "![",
        "](",
        "|",
        "\t",
    )
    bodies = ["".join(chance.choices((*parts, *more), k=chance.randint(1, 24))) for _ in range(1500)]
    escaped = [escape_body(body, Syntax.MDX) for body in bodies]
    assert json.loads(run("node", "code-in.mjs", at=site, given=json.dumps(escaped))) == []
    raw = json.loads(run("node", "code-in.mjs", at=site, given=json.dumps(bodies)))
    assert len(raw) > 500, "these bodies were meant to be code without the escapes"


async def test_hugo_reads_its_data_and_its_pages(exported: Exported, tmp_path: Path) -> None:
    if shutil.which("hugo") is None:
        pytest.skip("hugo is not installed here (Debian's package is called hugo)")
    site = fresh_site("hugo", tmp_path)
    await exported.to(site, "hugo")
    await exported.to(site, "hugo", format="yaml")
    run("hugo", "--quiet", at=site)
    assert nested(json.loads((site / "public/index.html").read_bytes())) == exported.copy
    pages = json.loads((site / "public/copy/index.html").read_bytes())
    read = {name.removeprefix("copy/").removesuffix(".md"): held["fields"] for name, held in pages.items()}
    # Hugo looks up front matter without regard to case, and keeps its keys in small letters.
    assert read == {name: in_small_letters(fields) for name, fields in exported.copy.items()}
    shown = words((site / "public/copy/breads/keeping/index.html").read_text(encoding="utf-8"))
    assert all(tag in shown for tag in ("{{ page.url }}", "{{% ref", "{{< readfile"))


def in_small_letters(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.lower(): in_small_letters(inner) for key, inner in value.items()}
    return [in_small_letters(inner) for inner in value] if isinstance(value, list) else value


async def test_jekyll_reads_its_data_and_its_collection(exported: Exported, tmp_path: Path) -> None:
    if shutil.which("jekyll") is None:
        pytest.skip("jekyll is not installed here (Debian's package is called jekyll)")
    site = fresh_site("jekyll", tmp_path)
    await exported.to(site, "jekyll")
    await exported.to(site, "jekyll", format="markdown")
    run("jekyll", "build", "--quiet", at=site)
    assert nested(json.loads((site / "_site/copy.json").read_bytes())) == exported.copy
    collection = json.loads((site / "_site/collection.json").read_bytes())
    read = {name.removeprefix("_copy/").removesuffix(".md"): fields for name, fields in collection.items()}
    assert read == exported.copy
    shown = words((site / "_site/copy/breads/keeping.html").read_text(encoding="utf-8"))
    assert all(tag in shown for tag in ("{{ page.url }}", "{% include x.html %}", "{{< readfile"))
