"""A headless Chromium that a test steers over a pipe, with nothing but what the browser itself brings."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


PATIENCE = 60.0
"""Seconds after which a browser is ended, and its test fails."""

PLACE_PIPES = """
import fcntl, os, sys
high = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for number, wanted in zip(high, (3, 4)):
    os.dup2(number, wanted)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Puts the two ends where Chromium looks for them, whatever numbers they got here."""


def find_chromium() -> str:
    """The browser on the PATH; without one the test is skipped, and says so."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"needs a Chromium on the PATH ({', '.join(NAMES)}), for example from `apt-get install chromium`")
    return found


@dataclass
class Tab:
    """One page of the browser."""

    commands: BinaryIO
    answers: BinaryIO
    session: str = ""
    complaints: list[str] = field(default_factory=list)
    """What the browser logged: blocked requests, violations of the policy, errors of scripts."""
    requests: list[str] = field(default_factory=list)
    """The addresses that the page asked for."""
    _events: list[dict[str, Any]] = field(default_factory=list)
    _last: int = 0

    def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Run a command of the DevTools protocol; its result."""
        self._last += 1
        command = {"id": self._last, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        self.commands.write(json.dumps(command).encode() + b"\0")
        self.commands.flush()
        while True:
            message = self._read()
            if message.get("id") == self._last:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result

    def until(self, method: str) -> None:
        """Until this event was seen since the last time."""
        while not any(event["method"] == method for event in self._events):
            self._read()
        self._events.clear()

    def look(self, *, width: int, height: int, scheme: Literal["light", "dark"]) -> None:
        """Be a screen of this size and mood."""
        is_phone = width < 500
        self.do(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1.5, mobile=is_phone
        )
        self.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def go(self, address: str) -> None:
        self._events.clear()
        self.do("Page.navigate", url=address)
        self.until("Page.loadEventFired")

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression; of a promise, what it comes to."""
        answer = self.do("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def shows(self, text: str) -> None:
        """Wait until the page shows this text, by itself."""
        self.wait_for(f"document.body.innerText.includes({json.dumps(text)})")

    def wait_for(self, condition: str) -> None:
        """Wait until a change of the page makes this JavaScript condition true."""
        self.ask(
            f"new Promise((done) => {{ if ({condition}) return done(true); const seen = new MutationObserver(() => "
            f"{{ if ({condition}) {{ seen.disconnect(); done(true); }} }}); seen.observe(document.documentElement, "
            "{subtree: true, childList: true, characterData: true, attributes: true}); })"
        )

    def overflow(self) -> int:
        """How many pixels the page is wider than the screen."""
        return int(self.ask("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def photograph(self, target: Path) -> bytes:
        """The whole page as a PNG, also written to a file for somebody to look at."""
        size = self.do("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 4_000), "scale": 1}
        shot = self.do("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        picture = base64.b64decode(shot["data"])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture)
        return picture

    def _read(self) -> dict[str, Any]:
        raw = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            assert byte, "the browser ended"
            raw += byte
        message: dict[str, Any] = json.loads(raw)
        if "method" in message:
            self._note(message)
        return message

    def _note(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        details = event["params"]
        if event["method"] == "Log.entryAdded":
            self.complaints.append(f"{details['entry']['text']} {details['entry'].get('url', '')}")
        elif event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(str(details["exceptionDetails"]))
        elif event["method"] == "Network.requestWillBeSent":
            self.requests.append(details["request"]["url"])


@contextmanager
def open_browser(profile: Path) -> Iterator[Tab]:
    """A fresh browser with one page. The DevTools protocol runs over the descriptors 3 and 4."""
    chromium = find_chromium()
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
        *("--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"),
    ]
    placed = [sys.executable, "-c", PLACE_PIPES, str(theirs_in), str(theirs_out), *command]
    process = subprocess.Popen(placed, pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL)
    os.close(theirs_in)
    os.close(theirs_out)
    patience = threading.Timer(PATIENCE, process.kill)  # a read of the pipe has no end of its own
    patience.start()
    try:
        with os.fdopen(ours_out, "wb") as commands, os.fdopen(ours_in, "rb") as answers:
            yield _tab(commands, answers)
    finally:
        patience.cancel()
        process.kill()
        process.wait()


def _tab(commands: BinaryIO, answers: BinaryIO) -> Tab:
    tab = Tab(commands, answers)
    pages = tab.do("Target.getTargets")["targetInfos"]
    (page,) = (one["targetId"] for one in pages if one["type"] == "page")
    tab.session = tab.do("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
    for domain in ("Page", "Log", "Runtime", "Network"):
        tab.do(f"{domain}.enable")
    return tab
