"""Change notices: whoever follows a resource hears of it, whatever process changed it, in both eras."""

from __future__ import annotations

import sys
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import anyio
import anyio.lowlevel
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.client import ConnectMode
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated
from mcp_types import ResourceListChangedNotification, ResourceUpdatedNotification

from copydesk.content.desk import Desk
from copydesk.content.operations.values import Edit, Generate, Promote, Scope
from copydesk.server.app import create_server
from copydesk.server.desk_server import DeskServer
from copydesk.server.serve import working_desk
from copydesk.tools.catalog import register
from copydesk.tools.resources.subscribing import Subscribing
from tests.interaction.http_server import http_process

SERVE = "import sys; from copydesk.server.serve import run_stdio; run_stdio(sys.argv[1], {})"
SECONDS = 30
HERO = "copydesk://preview/home/hero"
LIVE_HERO = "copydesk://production/home/hero"
SITE = "copydesk://site"
LIST = "the list"
ERAS: list[ConnectMode] = ["legacy", "auto"]
WAYS = ["memory", "stdio", "http"]

NEW_PAGE = """\
  - id: news
    path: /news
    title: News
    sections:
      - {id: hero, template: hero}
"""


@dataclass(slots=True)
class Follower:
    """A client that follows resources, and what it has heard: addresses, and `LIST` for another list."""

    client: Client
    heard: list[str] = field(default_factory=list)
    _news: anyio.Event = field(default_factory=anyio.Event)

    def hear(self, what: str) -> None:
        self.heard.append(what)
        self._news.set()
        self._news = anyio.Event()

    async def until_heard(self, *expected: str) -> None:
        with anyio.fail_after(SECONDS):
            while not set(expected) <= set(self.heard):
                await self._news.wait()

    @asynccontextmanager
    async def following(self, *uris: str, the_list: bool = False) -> AsyncIterator[None]:
        """Follow, as the era of the client does it. Confirmed when the block begins."""
        if self.client.protocol_version != "2026-07-28":
            await self.subscribe(*uris)
            if the_list:
                await self.client.list_resources()
            yield
            return
        listening = self.client.listen(resource_subscriptions=uris, resources_list_changed=the_list)
        async with listening as stream, anyio.create_task_group() as tasks:
            tasks.start_soon(self._listen, stream)
            yield
            tasks.cancel_scope.cancel()

    async def subscribe(self, *uris: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MCPDeprecationWarning)  # it is what clients of that era have
            for uri in uris:
                await self.client.subscribe_resource(uri)

    async def unsubscribe(self, uri: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MCPDeprecationWarning)
            await self.client.unsubscribe_resource(uri)

    async def _listen(self, stream: Any) -> None:
        async for event in stream:
            match event:
                case ResourceUpdated(uri):
                    self.hear(uri)
                case ResourcesListChanged():
                    self.hear(LIST)


Connected: TypeAlias = Callable[[str, ConnectMode], AbstractAsyncContextManager[Follower]]


@asynccontextmanager
async def follower(target: Any, era: ConnectMode) -> AsyncIterator[Follower]:
    found: list[Follower] = []

    async def handle(message: object) -> None:
        match message:
            case ResourceUpdatedNotification():
                found[0].hear(message.params.uri)
            case ResourceListChangedNotification():
                found[0].hear(LIST)

    async with Client(target, mode=era, message_handler=handle) as client:
        found.append(Follower(client))
        yield found[0]


@pytest.fixture
def follow(project: Any) -> Connected:
    """Connects a client that follows resources to a server of the project, in this process or in one of its own."""

    def connected(way: str, era: ConnectMode) -> AbstractAsyncContextManager[Follower]:
        if way == "stdio":
            command = StdioServerParameters(command=sys.executable, args=["-c", SERVE, str(project.root)])
            return follower(command, era)
        if way == "http":
            return over_http(project, era)
        return follower(create_server(lambda: working_desk(project, {"writer": "outline"}), register), era)

    return connected


@asynccontextmanager
async def over_http(project: Any, era: ConnectMode) -> AsyncIterator[Follower]:
    async with http_process(project.root) as server, follower(server.url, era) as one:
        yield one


@asynccontextmanager
async def another(project: Any) -> AsyncIterator[Any]:
    """Another desk of the project, as another process has it: with a store, a bell and a worker of its own."""
    async with working_desk(project, {"writer": "outline"}) as desk:
        desk.wake()
        yield desk


def edit(headline: str) -> Edit:
    return Edit(page="home", section="hero", fields={"headline": headline})


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("way", WAYS)
async def test_an_edit_of_another_process_is_heard_of(project: Any, follow: Connected, way: str, era: Any) -> None:
    expected, unchanged = (HERO, SITE, "copydesk://preview/home"), "copydesk://preview/repairs/hero"
    async with another(project) as desk, follow(way, era) as one, one.following(*expected, unchanged):
        await desk.perform(edit("By somebody else"))
        await one.until_heard(*expected)
    assert unchanged not in one.heard


@pytest.mark.parametrize("era", ERAS)
async def test_an_edit_through_another_server_is_heard_of(follow: Connected, era: Any) -> None:
    async with follow("stdio", era) as one, follow("stdio", "auto") as other, one.following(HERO):
        await other.client.call_tool("edit-content", {"section": "home/hero", "fields": {"headline": "Theirs"}})
        await one.until_heard(HERO)
    assert set(one.heard) == {HERO}


@pytest.mark.parametrize("era", ERAS)
async def test_publishing_and_undoing_are_heard_of_where_they_change_something(
    project: Any, follow: Connected, era: Any
) -> None:
    async with another(project) as desk, follow("memory", era) as one:
        await desk.perform(edit("To be published"))
        async with one.following(HERO, LIVE_HERO):
            published = await desk.submit(Promote(scope=Scope(sections=("home/hero",))))
            await one.until_heard(LIVE_HERO)
            one.heard.clear()
            await one.client.call_tool("rollback", {"operationIds": [published.operation_id]})
            await one.until_heard(LIVE_HERO)
    assert set(one.heard) == {LIVE_HERO}


@pytest.mark.parametrize("era", ERAS)
async def test_the_progress_and_the_end_of_an_operation_are_heard_of(
    project: Any, follow: Connected, gated: Any, era: Any
) -> None:
    opening = working_desk(project, {"writer": "gated"}, writers={"gated": gated})
    async with opening as desk, follow("memory", era) as one:
        desk.wake()
        receipt = await desk.submit(Generate(scope=Scope(all=True), writer="gated"))
        address = f"copydesk://operations/{receipt.operation_id}"
        async with one.following(address):
            for _ in range(4):
                one.heard.clear()
                gated.open(1)
                await one.until_heard(address)
            assert (await desk.wait(receipt.operation_id or "", seconds=SECONDS)).outcome == "ok"


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("way", WAYS)
async def test_another_list_of_pages_is_heard_of(project: Any, follow: Connected, way: str, era: Any) -> None:
    site = project.root / "site.yaml"
    async with follow(way, era) as one:
        async with one.following(the_list=True):
            site.write_text(site.read_text() + NEW_PAGE)
            await one.until_heard(LIST)
        listed = await one.client.list_resources()
    assert "copydesk://preview/news" in [each.uri for each in listed.resources]


@pytest.mark.parametrize("era", ERAS)
async def test_a_changed_definition_is_heard_of_by_those_whose_section_it_changes(
    project: Any, follow: Connected, era: Any
) -> None:
    site = project.root / "site.yaml"
    changed, unchanged = "copydesk://preview/home/legal", "copydesk://preview/repairs/hero"
    async with follow("memory", era) as one, one.following(SITE, changed, unchanged):
        site.write_text(site.read_text().replace("Fixed words.", "Other words, fixed."))
        await one.until_heard(SITE, changed)
    assert unchanged not in one.heard


@pytest.mark.parametrize("era", ERAS)
async def test_changes_in_quick_succession_make_few_notices(project: Any, follow: Connected, era: Any) -> None:
    async with another(project) as desk, follow("memory", era) as one, one.following(HERO):
        for number in range(30):
            await desk.perform(edit(f"Version {number}"))
        await one.until_heard(HERO)
        one.heard.clear()
        await desk.perform(edit("The last one"))
        await one.until_heard(HERO)
    assert len(one.heard) <= 2


async def test_addresses_are_told_of_as_they_were_written(project: Any, follow: Connected) -> None:
    written = ["copydesk://preview/%2F/hero", "copydesk://preview/ho%6De/hero"]
    async with another(project) as desk, follow("memory", "auto") as one, one.following(*written):
        await desk.perform(edit("Read again"))
        await one.until_heard(*written)
    assert set(one.heard) == set(written)


async def test_who_has_unsubscribed_hears_nothing_more(project: Any, follow: Connected) -> None:
    async with another(project) as desk, follow("memory", "legacy") as one, one.following(HERO, SITE):
        await one.unsubscribe(HERO)
        await desk.perform(edit("Unheard"))
        await one.until_heard(SITE)
    assert HERO not in one.heard


async def test_what_cannot_change_is_not_promised(follow: Connected) -> None:
    async with follow("memory", "auto") as one:
        listening = one.client.listen(
            tools_list_changed=True, prompts_list_changed=True, resource_subscriptions=[SITE, "file:///etc/passwd"]
        )
        async with listening as stream:
            honoured = stream.honored
    assert honoured.resource_subscriptions == [SITE]
    assert not honoured.tools_list_changed
    assert not honoured.prompts_list_changed


async def test_an_address_that_nothing_has_cannot_be_subscribed_to(follow: Connected) -> None:
    async with follow("memory", "legacy") as one:
        with pytest.raises(MCPError) as caught:
            await one.subscribe("copydesk://sites")
    assert caught.value.error.code == -32002
    assert "did you mean copydesk://site?" in caught.value.error.message


@pytest.mark.parametrize("era", ERAS)
async def test_nobody_looks_for_changes_while_nobody_follows_anything(project: Any, era: Any) -> None:
    opening = {"writer": "outline", "worker": False}
    server = create_server(lambda: working_desk(project, opening), register)
    async with follower(server, era) as one:
        signals = held(server).store.signals
        assert not signals.watched
        async with one.following(HERO):
            await until(lambda: signals.watched)
            if era == "legacy":
                await one.unsubscribe(HERO)
        await until(lambda: not signals.watched)


async def test_a_session_that_has_ended_is_forgotten(project: Any) -> None:
    notices: list[Any] = []
    server = create_server(lambda: working_desk(project, {"writer": "outline"}), register)
    notices += [one for one in server.middleware if isinstance(one, Subscribing)]
    async with follower(server, "legacy") as one, one.following(HERO, the_list=True):
        assert notices[0].interests.any
    assert not notices[0].interests.any


def held(server: DeskServer[Desk]) -> Desk:
    assert server.desk is not None
    return server.desk


async def until(is_so: Callable[[], bool]) -> None:
    with anyio.fail_after(SECONDS):
        while not is_so():
            await anyio.lowlevel.checkpoint()
