"""The preview in a real browser. The pictures go to build/screenshots, for somebody to look at."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from copydesk.content.briefs import Brief
from copydesk.content.desk import Desk, open_desk
from copydesk.content.operations.values import WHOLE_SITE, Edit, Generate, Promote, Scope
from copydesk.content.preview.folder import write_preview
from copydesk.content.writers.base import Answer, Correction, Estimate, Permanent
from copydesk.content.writers.outline import OutlineWriter
from copydesk.server.preview_server import serve_preview
from tests.acceptance.browser import Tab, find_chromium, open_browser
from tests.workshop import SECONDS

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
COLUMNS = ("#section-hero .preview", "#section-hero .production")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

HERO = {
    "eyebrow": "Whitby Falls, since 1998",
    "headline": "Six breads, one starter, three farms",
    "subheadline": "We light the oven at two. By seven the first rye is on the shelf, and by noon it is mostly gone.",
    "callToAction": "See today's breads",
}
NEW_HERO = HERO | {
    "subheadline": "We light the oven at three. By seven the first rye is warm on the shelf, and by noon it is gone. "
    "Read about [our breads](/breads) or [the moon](/moon).",
    "callToAction": "See the breads of today",
}
WEEK = {
    "name": "Walnut rye",
    "oneLine": "Dark rye with last autumn's walnuts, led for two days.",
    "story": "Idris cracks the walnuts by hand while the oven heats. The dough sleeps **two nights** in the cellar; "
    "what the cold does to rye cannot be hurried.\n\n![Idris at the oven](/idris.jpg)\n\n| Day | Loaves |\n|---|---|\n"
    "| Thursday | 40 |\n| Friday | 40 |",
    "eatWith": ["salted butter", "pears", "the blue cheese from Farm Lane"],
}
HOSTILE = {
    "headline": "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>",
    "subheadline": "[press](javascript:window.hit=1) ![x](https://tracker.invalid/x.png) <https://ok.example/>",
    "eyebrow": "</div></main><svg onload=window.hit=1>",
}


@dataclass(slots=True)
class Gated:
    """Drafts that come one for each time the gate is opened; refuses one section."""

    name: str = "gated"
    is_draft: bool = False
    refused: str = "pastries/hero"
    gate: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(0))

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        await self.gate.acquire()
        if f"{brief.route.id}/{brief.section.id}" == self.refused:
            return Permanent("refused", "The model refused to write about croissants.")
        return await OutlineWriter().write(brief, correction)

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate()

    def open(self, sections: int) -> None:
        for _ in range(sections):
            self.gate.release()


@dataclass
class Bakery:
    """The sample site with copy in every state, and its preview as it is served."""

    desk: Desk
    writer: Gated
    url: str

    async def edit(self, section: str, fields: dict[str, Any]) -> None:
        await self.desk.perform(Edit(page="home", section=section, fields=fields))

    async def browse(self, story: Callable[[Tab], None], profile: Path) -> None:
        """Tell the story in a browser, in a thread beside the server."""

        def told() -> None:
            with open_browser(profile) as tab:
                story(tab)
                assert tab.complaints == []
                assert [one for one in tab.requests if not one.startswith((self.url, "data:", "file:"))] == []

        with anyio.fail_after(4 * SECONDS):
            await anyio.to_thread.run_sync(told)


@pytest.fixture
async def bakery(tmp_path: Path) -> AsyncIterator[Bakery]:
    find_chromium()
    site = tmp_path / "site"
    shutil.copytree(ROOT / "examples" / "rye-and-shine", site, ignore=shutil.ignore_patterns(".copydesk"))
    writer = Gated()
    async with open_desk(site, writers={"gated": writer}, worker=True) as desk, serving(desk) as url:
        bakery = Bakery(desk, writer, url)
        await fill(bakery)
        yield bakery


async def fill(bakery: Bakery) -> None:
    """Copy that is live, changed, new and rewritten; the rest of the site is empty."""
    await bakery.desk.perform(Generate(scope=Scope(pages=("home", "breads", "our-story"))))
    await bakery.edit("hero", HERO)
    await bakery.desk.perform(Promote(scope=Scope(pages=("home", "breads"))))
    await bakery.edit("hero", NEW_HERO)
    await bakery.edit("bread-of-the-week", WEEK)


@asynccontextmanager
async def serving(desk: Desk) -> AsyncIterator[str]:
    ending, listening = anyio.Event(), anyio.Event()
    urls: list[str] = []

    async def started(url: str) -> None:
        urls.append(url)
        listening.set()

    async def serve() -> None:
        await serve_preview(desk, port=0, started=started, ending=ending)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        await listening.wait()
        yield urls[0]
        ending.set()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_pages_fit_the_screen_and_follow_its_mood(
    bakery: Bakery, tmp_path: Path, size: str, scheme: Literal["light", "dark"]
) -> None:
    width, height = SIZES[size]

    def story(tab: Tab) -> None:
        tab.look(width=width, height=height, scheme=scheme)
        for name in ("index", "page-home"):
            tab.go(f"{bakery.url}{name}.html")
            tab.shows("Up to date")
            assert tab.photograph(SCREENSHOTS / f"{name}-{size}-{scheme}.png").startswith(b"\x89PNG")
            assert tab.overflow() == 0
            brightness = tab.ask("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
            assert (brightness > 128) == (scheme == "light")
        left, right = (tab.ask(f"document.querySelector('{column}').getBoundingClientRect().x") for column in COLUMNS)
        assert (left == right) == (size == "phone")

    await bakery.browse(story, tmp_path / "profile")


async def test_open_page_shows_new_copy_and_keeps_what_the_reader_opened(bakery: Bakery, tmp_path: Path) -> None:
    def story(tab: Tab) -> None:
        tab.look(width=1280, height=900, scheme="light")
        tab.go(f"{bakery.url}page-home.html")
        tab.shows("Up to date")
        tab.ask("document.querySelector('#section-hero details').open = true; window.same = true")
        anyio.from_thread.run(bakery.edit, "hero", NEW_HERO | {"headline": "Seven breads, one starter, three farms"})
        tab.shows("Seven breads")
        assert tab.ask("document.querySelector('#section-hero details').open")
        assert tab.ask("window.same"), "the page was loaded again instead of exchanged"
        tab.photograph(SCREENSHOTS / "page-home-fields-open.png")

    await bakery.browse(story, tmp_path / "profile")


async def test_bar_follows_a_running_operation_to_its_end(bakery: Bakery, tmp_path: Path) -> None:
    receipt = await bakery.desk.submit(Generate(scope=WHOLE_SITE, writer="gated"))

    def story(tab: Tab) -> None:
        tab.look(width=1280, height=900, scheme="light")
        tab.go(bakery.url)
        tab.shows(f"0 of {receipt.queued_sections}")
        anyio.from_thread.run_sync(bakery.writer.open, 9)
        tab.shows(f"9 of {receipt.queued_sections}")
        tab.shows("1 failed")
        tab.photograph(SCREENSHOTS / "index-running.png")
        tab.look(width=390, height=844, scheme="dark")
        tab.photograph(SCREENSHOTS / "index-running-phone-dark.png")
        assert tab.overflow() == 0
        anyio.from_thread.run_sync(bakery.writer.open, receipt.queued_sections)
        tab.shows("1 section failed in the last operation")
        tab.wait_for("document.getElementById('progress').hidden")
        tab.look(width=1280, height=900, scheme="light")
        tab.photograph(SCREENSHOTS / "index-failed.png")

    await bakery.browse(story, tmp_path / "profile")


async def test_hostile_copy_does_nothing(bakery: Bakery, tmp_path: Path) -> None:
    await bakery.edit("hero", NEW_HERO | HOSTILE)

    def story(tab: Tab) -> None:
        tab.go(f"{bakery.url}page-home.html")
        tab.shows("Up to date")
        tab.shows("<script>window.hit = 1</script>")
        assert tab.ask("typeof window.hit") == "undefined"
        assert tab.ask("document.querySelectorAll('script').length") == 1
        assert tab.ask("document.querySelectorAll('main img, main svg, main iframe').length") == 0

    await bakery.browse(story, tmp_path / "profile")


async def test_missing_page_helps(bakery: Bakery, tmp_path: Path) -> None:
    def story(tab: Tab) -> None:
        tab.look(width=1280, height=700, scheme="light")
        tab.go(f"{bakery.url}page-breds.html")
        tab.shows("Did you mean Our breads?")
        tab.photograph(SCREENSHOTS / "missing.png")
        tab.complaints.clear()  # the browser logs every answer 404

    await bakery.browse(story, tmp_path / "profile")


async def test_written_files_look_the_same_without_a_server(bakery: Bakery, tmp_path: Path) -> None:
    written = await write_preview(bakery.desk, tmp_path / "preview")

    def story(tab: Tab) -> None:
        tab.look(width=1280, height=900, scheme="light")
        tab.go(written.index.as_uri())
        assert tab.ask("getComputedStyle(document.querySelector('.pages a')).display") == "grid"
        tab.ask("document.querySelector('.pages a').click()")
        tab.until("Page.loadEventFired")
        assert tab.ask("document.querySelectorAll('#section-hero ins').length") > 1
        tab.photograph(SCREENSHOTS / "written-page-home.png")

    await bakery.browse(story, tmp_path / "profile")
