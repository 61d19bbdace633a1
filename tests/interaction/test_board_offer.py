"""What the server says of the review board: to whom it is offered, how it is served, and what it may never hold."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client import ClientExtension, advertise
from mcp.client.client import ConnectMode
from mcp_types import TextResourceContents

from copydesk.content.project import find_project
from copydesk.server.serve import project_server
from copydesk.tools.board.extension import BOARD_TOOLS, BOARD_URI
from copydesk.tools.board.page import SCRIPTS, board_page

ERAS: list[ConnectMode] = ["legacy", "auto"]
EXTENSION = "io.modelcontextprotocol/ui"
MIME_TYPE = "text/html;profile=mcp-app"
KNOWS_BOARDS = (advertise(EXTENSION, {"mimeTypes": [MIME_TYPE]}),)
SOURCES = Path(__file__).resolve().parents[2] / "tools" / "board"


@asynccontextmanager
async def talking(project: Any, era: ConnectMode, extensions: Sequence[ClientExtension] = ()) -> AsyncIterator[Client]:
    server = project_server(find_project(str(project.root)), {"writer": "outline"})
    async with Client(server, mode=era, extensions=extensions) as client:
        yield client


@pytest.mark.parametrize("era", ERAS)
async def test_hosts_that_show_boards_find_it_on_the_tools_that_begin_or_show_something(project: Any, era: Any) -> None:
    async with talking(project, era, KNOWS_BOARDS) as client:
        tools = (await client.list_tools()).tools
        capabilities = client.server_capabilities
    offered = {tool.name: tool.meta for tool in tools if tool.meta}
    assert set(offered) == BOARD_TOOLS
    assert all(meta == {"ui": {"resourceUri": BOARD_URI}, "ui/resourceUri": BOARD_URI} for meta in offered.values())
    assert EXTENSION in (capabilities.extensions or {})
    listed = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    assert len(json.dumps(listed, ensure_ascii=False, separators=(",", ":"))) <= 30_000


async def test_in_the_newest_protocol_the_board_is_offered_only_to_those_that_declare_it(project: Any) -> None:
    async with talking(project, "auto") as client:
        plain = (await client.list_tools()).tools
    async with talking(project, "auto", KNOWS_BOARDS) as client:
        rich = (await client.list_tools()).tools
    assert [tool.meta for tool in plain if tool.meta] == []
    assert [tool.model_copy(update={"meta": None}) for tool in rich] == plain


@pytest.mark.parametrize("era", ERAS)
async def test_board_is_read_as_a_page_that_may_fetch_nothing(project: Any, era: Any) -> None:
    async with talking(project, era, KNOWS_BOARDS) as client:
        (page,) = (await client.read_resource(BOARD_URI)).contents
        listed = [one.uri for one in (await client.list_resources()).resources]
    assert isinstance(page, TextResourceContents)
    assert (page.uri, page.mime_type, page.text) == (BOARD_URI, MIME_TYPE, board_page())
    nowhere: dict[str, list[str]] = {
        "connectDomains": [],
        "resourceDomains": [],
        "frameDomains": [],
        "baseUriDomains": [],
    }
    assert page.meta == {"ui": {"csp": nowhere, "prefersBorder": True}}
    assert BOARD_URI not in listed  # it is not for people to pick: the tools lead to it


@pytest.mark.parametrize("era", ERAS)
async def test_answers_are_the_same_with_and_without_a_board(project: Any, era: Any) -> None:
    answers = []
    for extensions in ((), KNOWS_BOARDS):
        async with talking(project, era, extensions) as client:
            result = await client.call_tool("generate-all", {"dryRun": True})
            answers.append((result.content, result.structured_content, (result.meta or {}).get("ui")))
    assert answers[0] == answers[1]
    assert "Dry run: 4 sections would be done" in str(answers[0][1])


def test_page_is_one_small_document_without_anything_to_fetch() -> None:
    page = board_page()
    assert len(page.encode()) < 44_000
    assert (page.count("<script>"), page.count("</script"), page.count("<style>")) == (1, 1, 1)
    assert not re.search(r"\b(src|href)=|url\(|@import|https?:", page)
    assert "/* " not in page, "a part was not put in"


def test_page_never_reads_text_as_html_or_code() -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|srcdoc"
    assert not re.search(forbidden, board_page())


def test_page_holds_every_script_of_its_folder_and_each_line_of_it_that_says_something() -> None:
    sources = {one.name: one.read_text(encoding="utf-8") for one in SOURCES.glob("*.js")}
    assert set(sources) == set(SCRIPTS)
    for source in sources.values():
        said = [line.strip() for line in source.splitlines()]
        kept = [line for line in said if line and not line.startswith(("//", "/** "))]
        assert "\n".join(kept) in board_page()
