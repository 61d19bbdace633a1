"""The preview over real HTTP: its pages, its events, and who is let in."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest

from copydesk.content.errors import ContentError
from copydesk.content.operations.values import WHOLE_SITE, Edit, Promote, Rollback
from copydesk.content.writers.base import Permanent
from copydesk.server.preview_server import serve_preview
from tests.workshop import SECONDS, Workshop, open_workshop, write_site


@dataclass
class Served:
    """A served preview, and the workshop that it shows."""

    url: str
    workshop: Workshop
    client: httpx2.AsyncClient
    ending: anyio.Event

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.client.get(self.url + path, headers=headers)

    async def edit(self, text: str) -> None:
        await self.workshop.desk.perform(Edit(page="home", section="hero", fields={"text": text}))

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        async with self.client.stream("GET", self.url + "events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield read_events(answer)


async def read_events(answer: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    fixed = {"id": "legal", "template": "prose", "content": "Fixed *words*."}
    write_site(tmp_path, {"home": ["hero", "why"], "pricing": ["plans"]}, pricing=[fixed])
    async with open_workshop(tmp_path) as workshop, serving(workshop) as served:
        yield served


@asynccontextmanager
async def serving(workshop: Workshop) -> AsyncIterator[Served]:
    ending, listening = anyio.Event(), anyio.Event()
    urls: list[str] = []

    async def started(url: str) -> None:
        urls.append(url)
        listening.set()

    async def serve() -> None:
        await serve_preview(workshop.desk, port=0, started=started, ending=ending)

    with anyio.fail_after(3 * SECONDS):
        async with anyio.create_task_group() as tasks, httpx2.AsyncClient(timeout=SECONDS) as client:
            tasks.start_soon(serve)
            await listening.wait()
            yield Served(urls[0], workshop, client, ending)
            ending.set()


async def test_index_lists_the_pages_with_the_state_of_their_copy(served: Served) -> None:
    await served.edit("By hand.")
    html = (await served.get("")).text
    assert 'href="page-home.html"' in html
    assert "<span>1 new</span><span>1 empty</span>" in html
    assert "1 edited by hand" in html
    assert (await served.get("index.html")).text == html


async def test_page_shows_both_environments_with_the_difference_marked(served: Served) -> None:
    await served.edit("We open at seven.")
    await served.workshop.desk.perform(Promote(scope=WHOLE_SITE))
    await served.edit("We open at eight.")
    html = (await served.get("page-home.html")).text
    assert "<p>We open at <ins>eight</ins>.</p>" in html
    assert "<p>We open at <del>seven</del>.</p>" in html
    assert "1 field differs" in html


async def test_static_text_is_shown_as_what_it_is(served: Served) -> None:
    html = (await served.get("page-pricing.html")).text
    assert "<p>Fixed <em>words</em>.</p>" in html
    assert "Fixed in the site definition" in html


async def test_copy_whose_format_fails_is_shown_with_all_its_fields(served: Served) -> None:
    site_file = served.workshop.desk.project.site_file
    text = site_file.read_text(encoding="utf-8")
    broken = text.replace("description: A paragraph", "description: A paragraph\n    format: '{{ 1 / 0 }}'", 1)
    site_file.write_text(broken, encoding="utf-8")
    await served.edit("Still readable.")
    html = (await served.get("page-home.html")).text
    assert "<p>Still readable.</p>" in html
    assert "division by zero" in html


async def test_copy_that_is_only_live_is_shown_beside_an_empty_preview(served: Served) -> None:
    desk = served.workshop.desk
    edited = await desk.perform(Edit(page="home", section="hero", fields={"text": "Gone soon."}))
    await desk.perform(Promote(scope=WHOLE_SITE))
    await desk.perform(Rollback(operation_ids=(edited.operation_id or "",)))
    html = (await served.get("page-home.html")).text
    assert "Only live" in html
    assert "<p>Gone soon.</p>" in html
    assert "No preview copy." in html


async def test_copy_without_a_section_is_counted(served: Served) -> None:
    await served.edit("Orphaned.")
    write_site(served.workshop.desk.project.root, {"home": ["why"]})
    assert "1 piece of copy without a section" in (await served.get("")).text


async def test_hostile_copy_is_text(served: Served) -> None:
    await served.edit("<script>alert(1)</script> [x](javascript:alert(1))")
    html = (await served.get("page-home.html")).text
    assert "&lt;script&gt;alert(1)" in html
    assert html.count("<script") == 1
    assert "javascript:" not in html


async def test_unknown_page_is_a_page_that_names_the_nearest(served: Served) -> None:
    answer = await served.get("page-pricng.html")
    assert answer.status_code == 404
    assert '<a href="page-pricing.html">Did you mean Pricing?</a>' in answer.text
    assert '<a href="index.html">All pages</a>' in answer.text


@pytest.mark.parametrize(
    "path",
    [
        *(
            "site.yaml",
            "../site.yaml",
            "%2e%2e/site.yaml",
            "page-..%2fsite.yaml",
            "page-../../site.html",
            "//etc/passwd",
        ),
        *("preview.css", "base.html.jinja", ".copydesk/copydesk.db", "page-%00.html", "page-<script>.html", "events/x"),
    ],
)
async def test_no_address_reaches_a_file(served: Served, path: str) -> None:
    answer = await raw_request(served, f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert answer.startswith(("HTTP/1.1 404", "HTTP/1.1 400"))
    assert "Small" not in answer.partition("<main")[0].partition("<title>")[0]
    assert "<script>" not in answer


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "localhost@evil.example",
        "evil.example:80",
        "",
        "[::1",
    ],
)
async def test_other_names_of_this_machine_are_refused(served: Served, host: str) -> None:
    answer = await served.get("", host=host)
    assert answer.status_code == 421
    assert "Small" not in answer.text


async def test_two_names_at_once_are_refused(served: Served) -> None:
    answer = await raw_request(
        served, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(("HTTP/1.1 421", "HTTP/1.1 400"))


@pytest.mark.parametrize("host", ["localhost", "localhost:9000", "127.0.0.1", "[::1]:8000"])
async def test_loopback_names_are_let_in_behind_any_port(served: Served, host: str) -> None:
    assert (await served.get("", host=host)).status_code == 200
    assert (await served.client.head(served.url, headers={"host": host})).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_the_preview_can_only_be_read(served: Served, method: str) -> None:
    answer = await served.client.request(method, served.url)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("path", "host"), [("", "localhost"), ("live.js", "localhost"), ("x", "localhost"), ("", "evil")]
)
async def test_every_answer_has_the_headers_that_keep_it_harmless(served: Served, path: str, host: str) -> None:
    headers = (await served.get(path, host=host)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


async def test_server_listens_on_the_loopback_address_alone(served: Served) -> None:
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", urlsplit(served.url).port or 0), timeout=2):  # noqa: PT011 - each system has its own
        pass


async def test_event_tells_of_a_change_of_copy(served: Served) -> None:
    async with served.events() as events:
        first = await anext(events)
        await served.edit("Other words.")
        second = await anext(events)
    assert first["version"] != second["version"]
    assert second["progress"] is None
    assert f'data-version="{second["version"]}"' in (await served.get("page-home.html")).text


async def test_event_tells_of_a_change_of_the_definition(served: Served) -> None:
    site_file = served.workshop.desk.project.site_file
    async with served.events() as events:
        first = await anext(events)
        site_file.write_text(
            site_file.read_text(encoding="utf-8").replace("A small site", "A tiny site"), encoding="utf-8"
        )
        assert (await anext(events))["version"] != first["version"]


async def test_events_tell_how_far_a_running_operation_is(served: Served) -> None:
    async with served.events() as events:
        assert (await anext(events))["progress"] is None
        receipt = await served.workshop.generate()
        queued = (await anext(events))["progress"]
        assert (queued["finished"], queued["total"], queued["latest"]) == (0, 3, "")
        assert "no worker is running" in queued["note"]
        async with served.workshop.working():
            await served.workshop.finish(receipt)
        async for event in events:
            if event["progress"] is None:
                break


async def test_page_shows_a_running_operation_without_any_script(served: Served) -> None:
    await served.workshop.generate()
    html = (await served.get("page-home.html")).text
    assert '<progress id="progress-bar" aria-label="Sections finished" value="0" max="3">' in html
    assert "Being written" in html


async def test_failures_of_the_last_operation_are_told_with_their_reason(tmp_path: Path) -> None:
    write_site(tmp_path, {"home": ["hero"]})

    async def refuse(*_: object) -> object:
        return Permanent("refused", "The writer does not <like> it.")

    async with open_workshop(tmp_path, refuse) as workshop, serving(workshop) as served:
        await workshop.run()
        html = (await served.get("")).text
    assert "1 section failed in the last operation</h2>" in html
    assert 'href="page-home.html#section-hero"' in html
    assert "does not &lt;like&gt; it" in html


async def test_invalid_site_is_told_on_the_page_until_it_is_mended(served: Served) -> None:
    site_file = served.workshop.desk.project.site_file
    sound = site_file.read_text(encoding="utf-8")
    site_file.write_text(sound.replace("template: prose", "template: poem", 1), encoding="utf-8")
    answer = await served.get("page-home.html")
    assert answer.status_code == 503
    assert "poem" in answer.text
    site_file.write_text(sound, encoding="utf-8")
    assert (await served.get("page-home.html")).status_code == 200


async def test_open_event_streams_end_with_the_server(served: Served) -> None:
    async with served.events() as events:
        await anext(events)
        served.ending.set()
        with anyio.fail_after(5):
            assert [event async for event in events] == []


async def test_port_that_is_taken_is_a_sentence(served: Served) -> None:
    port = urlsplit(served.url).port or 0

    async def started(_url: str) -> None:
        pytest.fail("it must not start")

    with pytest.raises(ContentError, match=f"port {port}") as caught:
        await serve_preview(served.workshop.desk, port=port, started=started, ending=anyio.Event())
    assert caught.value.code == "port-unavailable"


async def raw_request(served: Served, text: str) -> str:
    """What is answered to these very bytes: clients tidy up paths and headers."""
    async with await anyio.connect_tcp("127.0.0.1", urlsplit(served.url).port or 0) as stream:
        await stream.send(text.encode())
        received = bytearray()
        with anyio.fail_after(SECONDS):
            async for piece in stream:
                received += piece
    return received.decode(errors="replace")
