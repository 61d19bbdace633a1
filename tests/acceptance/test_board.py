"""The review board in a real browser, on the real server, between them the official host side of MCP Apps.

The pictures go to build/screenshots, for somebody to look at.
"""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest
import yaml

from copydesk.content.briefs import Brief
from copydesk.content.desk import Desk
from copydesk.content.operations.values import Edit, Generate, Promote, Scope
from copydesk.content.project import find_project
from copydesk.content.reports.copy_reading import ReadQuery, read_content
from copydesk.content.writers.base import Answer, Correction, Estimate, Permanent
from copydesk.content.writers.outline import OutlineWriter
from copydesk.store.states import Environment
from tests.acceptance.browser import Tab, find_chromium, open_browser
from tests.interaction.http_server import http_here

ROOT = Path(__file__).resolve().parents[2]
HOST = Path(__file__).with_name("board")
INSTALLED = ROOT / "build" / "board"
SCREENSHOTS = ROOT / "build" / "screenshots"
SIZES = {"desktop": (800, 700), "phone": (390, 844)}
SECONDS = 60
EXPECTED = ("favicon", "can escape its sandboxing")
"""What the browser says of the chat's page: nothing of the board is served, and the test has to look into it."""
REFUSED = {"home/why": "refused", "breads/list": "bad-request"}
"""What the writer does not write the first time, and why. Only the second is worth another try."""

HERO = {
    "eyebrow": "Whitby Falls, since 1998",
    "headline": "Six breads, one starter, three farms",
    "subheadline": "We light the oven at two. By seven the first rye is on the shelf, and by noon it is mostly gone.",
    "callToAction": "See today's breads",
}
NEW_HERO = HERO | {
    "headline": "Seven breads, one starter, three farms",
    "subheadline": "We light the oven at three. By seven the first rye is warm on the shelf, and by noon it is gone. "
    "Read about [our breads](/breads) or [the moon](/moon).",
}
HOSTILE = {
    "headline": "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>",
    "subheadline": "[-</ins><svg onload=window.hit=1>-] {+`${window.hit = 1}`+} " + "unbreakable" * 10,
    "eyebrow": "</script><svg onload=window.hit=1>",
}


@dataclass(slots=True)
class Gated:
    """Drafts that come one for each time the gate is opened; refuses some sections the first time."""

    name: str = "gated"
    is_draft: bool = False
    refused: dict[str, str] = field(default_factory=lambda: dict(REFUSED))
    gate: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(0))

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        await self.gate.acquire()
        place = f"{brief.route.id}/{brief.section.id}"
        if place in self.refused:
            return Permanent(
                self.refused.pop(place), "The model refused to write about flour, and said so at some length."
            )
        return await OutlineWriter().write(brief, correction)

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate()

    def open(self, sections: int) -> None:
        for _ in range(sections):
            self.gate.release()


@pytest.fixture(scope="session")
def chat_page() -> Path:
    """The folder with the chat's page; the official packages are installed and bundled once, into build/board."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("the official host side of MCP Apps needs Node.js and npm, which are not on the PATH")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    wanted = {name: (HOST / name).read_text(encoding="utf-8") for name in ("package-lock.json", "host.js", "host.html")}
    built = INSTALLED / "built.json"
    if not built.exists() or json.loads(built.read_text(encoding="utf-8")) != wanted:
        for source in HOST.iterdir():
            shutil.copy(source, INSTALLED)
        quiet = ("--silent", "--no-audit", "--no-fund")
        subprocess.run([npm, "ci", *quiet], cwd=INSTALLED, check=True, timeout=150)
        bundle = ("host.js", "--bundle", "--format=esm", "--outfile=host.bundle.js", "--log-level=error")
        esbuild = INSTALLED / "node_modules" / ".bin" / "esbuild"
        subprocess.run([str(esbuild), *bundle], cwd=INSTALLED, check=True, timeout=60)
        built.write_text(json.dumps(wanted), encoding="utf-8")
    return INSTALLED


@contextmanager
def serving_files(folder: Path) -> Iterator[str]:
    """The folder on a port of this machine: a page has to come from somewhere that the server lets in."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name in the base class
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@dataclass
class Board:
    """The board in its chat."""

    tab: Tab
    url: str

    def show(self, tool: str, given: dict[str, Any] | None = None, **how: Any) -> None:
        order = {"url": self.url, "tool": tool, "given": given or {}, **how}
        self.tab.ask(f"chat.show({json.dumps(order)})")

    def until(self, condition: str) -> None:
        self.tab.ask(f"chat.until({json.dumps(condition)})")

    def shows(self, text: str) -> None:
        self.until(f"page.querySelector('main').textContent.includes({json.dumps(text)})")

    def press(self, words: str) -> None:
        self.tab.ask(f"chat.press({json.dumps(words)})")

    def ask(self, expression: str) -> Any:
        return self.tab.ask(f"((page) => {expression})(chat.page)")

    def told(self, words: str) -> None:
        """Wait until the board has told the assistant this."""
        self.tab.wait_for(f"(document.body.dataset.told ?? '').includes({json.dumps(words)})")

    @property
    def text(self) -> str:
        return str(self.ask("page.querySelector('main').textContent"))

    @property
    def calls(self) -> list[Any]:
        return list(self.tab.ask("chat.calls"))

    def key(self, key: str) -> None:
        """Press a key of the keyboard, wherever the focus is."""
        code = {"Enter": 13, "Escape": 27, "Tab": 9}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.tab.do("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def overflow(self) -> int:
        return self.tab.overflow() + int(
            self.ask("page.documentElement.scrollWidth - page.documentElement.clientWidth")
        )

    def photograph(self, name: str) -> None:
        self.tab.ask("chat.settled()")
        assert self.tab.photograph(SCREENSHOTS / f"board-{name}.png").startswith(b"\x89PNG")


@dataclass
class Bakery:
    """The sample site on a real server, and chats with it."""

    desk: Desk
    writer: Gated
    url: str
    chat: str

    def do(self, operation: Any) -> None:
        """From the browser's thread."""
        anyio.from_thread.run(self.desk.perform, operation)

    def open(self, sections: int) -> None:
        anyio.from_thread.run_sync(self.writer.open, sections)

    def live_headline(self) -> str | None:
        """What visitors read at the top of the home page."""
        query = ReadQuery(scope=Scope(sections=("home/hero",)), environment=Environment.PRODUCTION)
        fields = anyio.from_thread.run(read_content, self.desk, query).sections[0].fields
        return None if fields is None else str(fields["headline"])

    async def tell(
        self,
        story: Callable[[Board], None],
        profile: Path,
        *,
        size: str = "desktop",
        scheme: Literal["light", "dark"] = "light",
    ) -> None:
        """Tell the story in a browser, in a thread beside the server."""

        def told() -> None:
            with open_browser(profile) as tab:
                width, height = SIZES[size]
                tab.look(width=width, height=height, scheme=scheme)
                tab.go(f"{self.chat}host.html")
                tab.wait_for("document.documentElement.dataset.ready")
                mood = "dark" if scheme == "dark" else "light"
                tab.ask(f"document.body.classList.add({json.dumps(mood)}, {json.dumps(size)})")
                story(Board(tab, self.url))
                assert [one for one in tab.complaints if not any(known in one for known in EXPECTED)] == []

        with anyio.fail_after(SECONDS):
            await anyio.to_thread.run_sync(told)


@pytest.fixture
async def bakery(tmp_path: Path, chat_page: Path) -> AsyncIterator[Bakery]:
    find_chromium()
    site = tmp_path / "site"
    shutil.copytree(ROOT / "examples" / "rye-and-shine", site, ignore=shutil.ignore_patterns(".copydesk"))
    writer = Gated()
    with serving_files(chat_page) as chat:
        async with http_here(find_project(str(site)), writers={"gated": writer}, writer="outline") as (url, desk):
            yield Bakery(desk, writer, url, chat)


async def publish_and_change(bakery: Bakery) -> None:
    """A hero that is live and has changed since, and a page of new copy."""
    await bakery.desk.perform(Edit(page="home", section="hero", fields=HERO))
    await bakery.desk.perform(Promote(scope=Scope(sections=("home/hero",))))
    await bakery.desk.perform(Edit(page="home", section="hero", fields=NEW_HERO))
    await bakery.desk.perform(Generate(scope=Scope(sections=("home/why",))))


async def test_running_operation_is_shown_live_then_its_failures_are_retried(bakery: Bakery, tmp_path: Path) -> None:
    def story(board: Board) -> None:
        board.show("generate", {"pages": ["home", "breads"], "writer": "gated"})
        board.shows("0 of 11")
        board.shows("Under way")
        bakery.open(4)
        board.until("page.querySelector('progress').value === 4")
        board.photograph("running")
        bakery.open(11)
        board.shows("2 sections failed")
        board.shows("Partly done")
        assert "The model refused to write about flour" in board.text
        assert "Done 9" in board.text
        board.photograph("failed")
        board.press("Failed 2")
        board.until("page.querySelectorAll('.jobs li').length === 2")
        bakery.open(1)
        board.press("Retry 1 failed")
        board.shows("1 of 1")
        board.shows("Done")
        assert [name for name, _ in board.calls].count("retry-failed") == 1
        board.told("retried what failed")

    await bakery.tell(story, tmp_path / "profile")


async def test_review_publishes_exactly_what_it_shows_after_a_question_and_takes_it_back(
    bakery: Bakery, tmp_path: Path
) -> None:
    await publish_and_change(bakery)

    def story(board: Board) -> None:
        board.show("compare-content", {"pages": ["home"]})
        board.shows("What publishing would change")
        board.until("page.querySelector('ins')")
        assert board.ask("page.querySelector('del').textContent") == "Six"
        assert "The checks found" in board.text
        board.photograph("review")
        board.press("Publish 2 sections…")
        board.shows("Publish 2 sections to production?")
        board.shows("visitors see it at once")
        board.photograph("confirm")
        assert bakery.live_headline() == HERO["headline"]
        review = board.calls[-1][1]["reviewId"]
        board.press("Publish now")
        board.shows("Published to production")
        assert board.calls[-2][0] == "promote" or board.calls[-1][0] == "promote"
        assert [given["reviewId"] for name, given in board.calls if name == "promote"] == [review, review]
        assert bakery.live_headline() == NEW_HERO["headline"]
        board.told("published 2 sections")
        board.photograph("published")
        board.press("Undo…")
        board.shows("Undo this for 2 sections?")
        board.press("Undo now")
        board.shows("Undone")
        board.shows("Take the undo back")
        assert bakery.live_headline() == HERO["headline"]
        board.press("Compare again")
        board.shows("Publish 2 sections…")

    await bakery.tell(story, tmp_path / "profile")


async def test_copy_that_changed_since_it_was_shown_is_not_published(bakery: Bakery, tmp_path: Path) -> None:
    await publish_and_change(bakery)

    def story(board: Board) -> None:
        board.show("compare-content", {"pages": ["home"]})
        board.until("page.querySelector('ins')")
        bakery.do(Edit(page="home", section="hero", fields=NEW_HERO | {"headline": "Eight breads"}))
        board.press("Publish 2 sections…")
        board.until("page.querySelector('#review [role=alert]')")
        assert "Changed since the review: home/hero" in board.text
        assert bakery.live_headline() == HERO["headline"]
        board.photograph("outdated")
        board.press("Refresh")
        board.shows("Eight")

    await bakery.tell(story, tmp_path / "profile")


async def test_refused_calls_are_told_and_change_nothing(bakery: Bakery, tmp_path: Path) -> None:
    await publish_and_change(bakery)

    def story(board: Board) -> None:
        board.show("compare-content", {"pages": ["home"], "detail": True})
        board.shows("Publish 2 sections…")
        board.tab.ask("chat.refusal = 'The user said no'")
        board.press("Publish 2 sections…")
        board.shows("The chat refused: The user said no")
        assert bakery.live_headline() == HERO["headline"]
        board.tab.ask("chat.refusal = null")
        board.press("Publish 2 sections…")
        board.shows("Publish 2 sections to production?")
        board.tab.ask("chat.refusal = 'The user said no'")
        board.press("Publish now")
        board.until("page.querySelector('#review [role=alert]')")
        assert bakery.live_headline() == HERO["headline"]

    await bakery.tell(story, tmp_path / "profile")


async def test_chat_that_passes_no_calls_on_gets_the_picture_without_buttons(bakery: Bakery, tmp_path: Path) -> None:
    await publish_and_change(bakery)

    def story(board: Board) -> None:
        board.tab.ask("chat.textOnly = true")
        board.show("compare-content", {"pages": ["home"], "detail": True}, can={})
        board.shows("Ask the assistant to publish exactly this")
        assert board.ask("[...page.querySelectorAll('#review button:not([hidden])')].length") == 0
        assert board.ask("page.querySelectorAll('ins').length") > 0
        assert board.calls == []

    await bakery.tell(story, tmp_path / "profile")


async def test_hostile_copy_stays_text_and_breaks_no_line(bakery: Bakery, tmp_path: Path) -> None:
    await publish_and_change(bakery)
    await bakery.desk.perform(Edit(page="home", section="hero", fields=NEW_HERO | HOSTILE))

    def story(board: Board) -> None:
        board.show("compare-content", {"pages": ["home"]})
        board.shows("<script>window.hit = 1</script>")
        assert board.tab.ask("typeof window.hit + typeof document.querySelector('iframe').contentWindow.hit") == (
            "undefined" * 2
        )
        assert board.ask("page.querySelectorAll('script').length") == 1
        assert board.ask("page.querySelectorAll('main :is(img, svg, iframe, a, script)').length") == 0
        assert board.overflow() == 0
        board.photograph("hostile-phone")

    await bakery.tell(story, tmp_path / "profile", size="phone")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_board_fits_the_screen_and_follows_the_mood_of_the_chat(
    bakery: Bakery, tmp_path: Path, size: str, scheme: Literal["light", "dark"]
) -> None:
    await publish_and_change(bakery)

    def story(board: Board) -> None:
        context = {"theme": scheme, "locale": "de-DE", "safeAreaInsets": {"top": 0, "right": 0, "bottom": 9, "left": 0}}
        board.show("compare-content", {"pages": ["home"]}, context=context)
        board.until("page.querySelector('ins')")
        board.press("Publish 2 sections…")
        board.shows("Publish 2 sections to production?")
        board.photograph(f"confirm-{size}-{scheme}")
        assert board.overflow() == 0
        brightness = board.ask("getComputedStyle(page.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
        assert (brightness > 128) == (scheme == "light")
        board.show("generate-all", {"writer": "gated"}, context=context)
        board.shows("0 of")
        bakery.open(9)
        board.until("page.querySelector('progress').value === 9")
        board.photograph(f"running-{size}-{scheme}")
        assert board.overflow() == 0

    await bakery.tell(story, tmp_path / "profile", size=size, scheme=scheme)


async def test_keyboard_alone_publishes_and_escape_takes_a_question_back(bakery: Bakery, tmp_path: Path) -> None:
    await publish_and_change(bakery)

    def story(board: Board) -> None:
        board.show("compare-content", {"pages": ["home"], "detail": True})
        board.until("chat.button('Publish 2')")
        board.ask("chat.button('Publish 2').focus()")
        board.key("Enter")
        board.until("page.activeElement.textContent === 'Publish now'")
        board.key("Escape")
        board.until("!page.querySelector('.confirm')")
        assert board.ask("page.activeElement.textContent") == "Publish 2 sections…"
        assert bakery.live_headline() == HERO["headline"]
        board.key("Enter")
        board.until("page.activeElement.textContent === 'Publish now'")
        board.key("Enter")
        board.shows("Published to production")
        board.until("page.activeElement.id === 'operation-title'")
        assert board.ask("page.querySelector('[aria-live]').textContent").startswith("Published to production")
        assert bakery.live_headline() == NEW_HERO["headline"]

    await bakery.tell(story, tmp_path / "profile")


async def test_board_wears_the_colours_of_the_chat_and_goes_when_it_is_told(bakery: Bakery, tmp_path: Path) -> None:
    def story(board: Board) -> None:
        board.show("generate-all", {"writer": "gated"}, context={"availableDisplayModes": ["inline", "fullscreen"]})
        board.shows("0 of")
        variables = {"--color-background-primary": "rgb(1, 2, 3)", "--color-text-primary": "url(https://x.invalid/)"}
        changed = {"theme": "dark", "styles": {"variables": variables}}
        board.tab.ask(f"chat.bridge.sendHostContextChange({json.dumps(changed)})")
        board.until("page.documentElement.dataset.theme === 'dark'")
        assert board.ask("getComputedStyle(page.body).backgroundColor") == "rgb(1, 2, 3)"
        board.press("Full screen")
        board.until("page.getElementById('enlarge').hidden")
        assert board.tab.ask("chat.bridge.teardownResource({}).then((answer) => Object.keys(answer).length)") == 0
        known = len(board.calls)
        board.ask("page.dispatchEvent(new Event('visibilitychange'))")  # at which a board that lives looks at once
        board.tab.ask("chat.bridge.teardownResource({})")
        assert len(board.calls) == known

    await bakery.tell(story, tmp_path / "profile")


async def test_refused_call_of_the_assistant_is_told_in_its_words(bakery: Bakery, tmp_path: Path) -> None:
    def story(board: Board) -> None:
        board.show("generate", {"pages": ["hom"]})
        board.shows('There is no page "hom"')
        assert "[unknown-page]" not in board.text
        board.shows("Refused")

    await bakery.tell(story, tmp_path / "profile")


async def test_cancelled_call_is_told(bakery: Bakery, tmp_path: Path) -> None:
    def story(board: Board) -> None:
        board.show("generate-all", cancelled="the user pressed stop")
        board.shows("The call was cancelled: the user pressed stop")
        assert board.calls == []

    await bakery.tell(story, tmp_path / "profile")


async def test_two_thousand_sections_are_opened_page_by_page(tmp_path: Path, chat_page: Path) -> None:
    find_chromium()
    site = yaml.safe_load((ROOT / "examples" / "rye-and-shine" / "site.yaml").read_text(encoding="utf-8"))
    template = next(iter(site["templates"]))
    pages = [f"page-with-a-rather-long-name-{number:03}" for number in range(200)]
    site["routes"] = [
        {
            "id": page,
            "path": f"/{page}",
            "title": page,
            "sections": [{"id": f"section-{number}", "template": template} for number in range(10)],
        }
        for page in pages
    ]
    root = tmp_path / "site"
    shutil.copytree(ROOT / "examples" / "rye-and-shine", root, ignore=shutil.ignore_patterns(".copydesk"))
    (root / "site.yaml").write_text(yaml.safe_dump(site), encoding="utf-8")
    writer = Gated()
    with serving_files(chat_page) as chat:
        async with http_here(find_project(str(root)), writers={"gated": writer}, writer="outline") as (url, desk):

            def story(board: Board) -> None:
                board.show("generate-all", {"writer": "gated"})
                board.shows("20 of 2,000 shown")
                board.press("Show more")
                board.shows("40 of 2,000 shown")
                board.press("Show more")
                board.shows("60 of 2,000 shown")
                anyio.from_thread.run_sync(writer.open, 45)
                done = "[...page.querySelectorAll('.jobs .what')].filter((one) => one.textContent === 'done')"
                board.until(f"{done}.length === 45")
                assert board.ask("page.querySelectorAll('.jobs li').length") == 60
                assert board.overflow() == 0
                board.photograph("large-phone")

            await Bakery(desk, writer, url, chat).tell(story, tmp_path / "profile", size="phone")
