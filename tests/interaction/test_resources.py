"""Resources: what is listed, what is read, and what is said of addresses that lead nowhere, in both eras."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp import MCPError
from mcp.client.client import ConnectMode
from mcp_types import INVALID_PARAMS, TextResourceContents

ERAS: list[ConnectMode] = ["legacy", "auto"]
NOT_FOUND = {"legacy": -32002, "auto": INVALID_PARAMS}
HERO = "copydesk://preview/home/hero"


async def read(talk: Any, uri: str) -> dict[str, Any]:
    (content,) = (await talk.client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert (content.uri, content.mime_type) == (uri, "application/json")
    body: dict[str, Any] = json.loads(content.text)
    return body


async def refusal(talk: Any, uri: str) -> tuple[int, str]:
    with pytest.raises(MCPError) as caught:
        await talk.client.read_resource(uri)
    assert caught.value.error.data == {"uri": uri}
    return caught.value.error.code, caught.value.error.message


@pytest.mark.parametrize("era", ERAS)
async def test_the_site_and_its_pages_are_listed_and_all_that_is_listed_can_be_read(connect: Any, era: Any) -> None:
    async with connect(era) as talk:
        listed = await talk.client.list_resources()
        bodies = [await read(talk, one.uri) for one in listed.resources]
    assert [one.uri for one in listed.resources] == [
        "copydesk://site",
        "copydesk://preview/home",
        "copydesk://preview/repairs",
    ]
    assert {one.mime_type for one in listed.resources} == {"application/json"}
    assert all(one.name and one.title and one.description for one in listed.resources)
    assert listed.next_cursor is None
    assert [route["page"] for route in bodies[0]["routes"]] == ["home", "repairs"]


async def test_listed_size_of_the_site_is_that_of_its_body(connect: Any) -> None:
    async with connect() as talk:
        (site, *_) = (await talk.client.list_resources()).resources
        (content,) = (await talk.client.read_resource(site.uri)).contents
    assert site.size == len(content.text.encode())


@pytest.mark.parametrize("era", ERAS)
async def test_templates_say_how_addresses_are_made(connect: Any, era: Any) -> None:
    async with connect(era) as talk:
        templates = (await talk.client.list_resource_templates()).resource_templates
    assert [one.uri_template for one in templates] == [
        "copydesk://site{?cursor}",
        "copydesk://operations/{id}",
        "copydesk://{environment}/{page}{?cursor}",
        "copydesk://{environment}/{page}/{section}",
    ]
    assert all(one.title and one.description and one.mime_type == "application/json" for one in templates)


@pytest.mark.parametrize("era", ERAS)
async def test_a_section_is_read_whole_with_its_provenance_however_long_it_is(connect: Any, era: Any) -> None:
    headline = "A very long headline. " * 1_000
    async with connect(era) as talk:
        await talk.call("edit-content", section="home/hero", fields={"headline": headline})
        cut = (await talk.call("read-content", section="home/hero"))["sections"][0]
        whole = await read(talk, HERO)
    assert cut["fields"]["headline"] != headline
    assert f"the resource {HERO} has the whole" in cut["note"]
    assert (whole["fields"], whole["note"]) == ({"headline": headline}, None)
    assert headline.strip() in whole["markdown"]
    assert (whole["revision"], whole["provenance"]["origin"]) == (cut["revision"], "hand")
    assert whole["history"] == cut["history"]


@pytest.mark.parametrize(
    "uri",
    ["copydesk://preview/home/hero", "copydesk://preview/ho%6De/hero", "copydesk://preview/%2F/hero"],
    ids=["plain", "encoded", "by path"],
)
async def test_a_page_is_named_by_its_id_or_its_encoded_path(connect: Any, uri: str) -> None:
    async with connect() as talk:
        assert (await read(talk, uri))["page"] == "home"


async def test_a_section_without_copy_and_a_static_one_are_read_too(connect: Any) -> None:
    async with connect() as talk:
        empty = await read(talk, "copydesk://production/home/hero")
        static = await read(talk, "copydesk://preview/home/legal")
    assert (empty["state"], empty["fields"]) == ("none", None)
    assert (static["state"], static["markdown"]) == ("static", "Fixed words.")


async def test_a_page_holds_all_its_sections_rendered(connect: Any) -> None:
    async with connect() as talk:
        await talk.call("generate-all", waitSeconds=20)
        page = await read(talk, "copydesk://preview/home")
    assert [one["section"] for one in page["sections"]] == ["hero", "why", "legal"]
    assert all(one["markdown"] for one in page["sections"])


async def test_an_operation_reads_as_its_status_does(connect: Any) -> None:
    async with connect() as talk:
        started = await talk.call("generate-all", waitSeconds=20)
        body = await read(talk, f"copydesk://operations/{started['operationId']}")
        status = await talk.call("check-generation-status", operationId=started["operationId"])
    assert (body["completed"], body["operations"][0]["outcome"]) == (4, "ok")
    assert body["jobs"] == status["jobs"]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("copydesk://preview/hom/hero", 'There is no page "hom" in this site: did you mean "home"?'),
        ("copydesk://preview/home/her", 'There is no section "her" on the page "home": did you mean "hero"?'),
        ("copydesk://preview/repair", 'There is no page "repair" in this site: did you mean "repairs"?'),
        ("copydesk://prevew/home/hero", 'There is no environment "prevew": did you mean "preview"?'),
        ("copydesk://operations/op_x", 'There is no operation "op_x".'),
        ("copydesk://sites", 'There is no resource "copydesk://sites": did you mean copydesk://site?'),
        ("file:///etc/passwd", 'There is no resource "file:///etc/passwd": there are copydesk://site, copydesk://op'),
        ("copydesk://preview/..%2F..%2Fetc/hero", 'There is no page "../../etc" in this site'),
        ("copydesk://preview/home/%2E%2E", 'There is no resource "copydesk://preview/home/%2E%2E"'),
    ],
)
async def test_an_address_that_leads_nowhere_is_refused_as_the_era_has_it(
    connect: Any, era: Any, uri: str, sentence: str
) -> None:
    async with connect(era) as talk:
        code, message = await refusal(talk, uri)
    assert code == NOT_FOUND[era]
    assert message.startswith(sentence)


async def test_a_cursor_that_leads_nowhere_is_refused(connect: Any) -> None:
    async with connect() as talk:
        code, message = await refusal(talk, "copydesk://site?cursor=nowhere")
        with pytest.raises(MCPError) as caught:
            await talk.client.list_resources(cursor="nowhere")
    assert (code, caught.value.error.code) == (INVALID_PARAMS, INVALID_PARAMS)
    assert 'The cursor "nowhere" leads nowhere' in message


async def test_an_invalid_site_is_listed_and_its_reading_says_what_is_wrong(connect: Any, project: Any) -> None:
    async with connect() as talk:
        (project.root / "site.yaml").write_text("site: {id: tern}\nroutes: nonsense\n")
        listed = (await talk.client.list_resources()).resources
        code, message = await refusal(talk, "copydesk://site")
    assert [one.uri for one in listed] == ["copydesk://site"]
    assert code == -32603
    assert "site.yaml" in message


def large_site(pages: int, sections: int) -> str:
    head = "site: {id: large, title: Large}\ntemplates: {t: {prompt: p, schema: {type: object}}}\nroutes:\n"
    places = ", ".join(f"{{id: s{number}, template: t}}" for number in range(sections))
    return head + "".join(f"  - {{id: p{n}, path: /p{n}, title: P{n}, sections: [{places}]}}\n" for n in range(pages))


async def test_a_large_site_is_listed_a_hundred_pages_at_a_time(connect: Any, project: Any) -> None:
    (project.root / "site.yaml").write_text(large_site(pages=250, sections=8))
    async with connect() as talk:
        answers = [await talk.client.list_resources()]
        while cursor := answers[-1].next_cursor:
            answers.append(await talk.client.list_resources(cursor=cursor))
        site = await read(talk, "copydesk://site")
        rest = await read(talk, f"copydesk://site?cursor={site['cursor']}")
    uris = [one.uri for answer in answers for one in answer.resources]
    assert [len(answer.resources) for answer in answers] == [101, 100, 50]
    assert uris == ["copydesk://site", *(f"copydesk://preview/p{n}" for n in range(250))]
    assert (site["totals"]["sections"], rest["cursor"]) == (2_000, None)
    shown = sum(len(route["sections"]) for body in (site, rest) for route in body["routes"])
    assert shown == 2_000


@pytest.mark.parametrize(
    ("method", "milliseconds"),
    [
        ("list_tools", 300_000),
        ("list_prompts", 300_000),
        ("list_resource_templates", 300_000),
        ("list_resources", 0),
    ],
)
async def test_what_the_program_is_made_of_may_be_kept_and_what_the_project_holds_may_not(
    connect: Any, method: str, milliseconds: int
) -> None:
    async with connect("auto") as talk:
        answer = await getattr(talk.client, method)()
        body = await talk.client.read_resource("copydesk://site")
    assert (answer.ttl_ms, answer.cache_scope) == (milliseconds, "private")
    assert (body.ttl_ms, body.cache_scope) == (0, "private")


@pytest.mark.parametrize("era", ERAS)
async def test_the_handshake_promises_what_is_true(connect: Any, era: Any) -> None:
    async with connect(era) as talk:
        capabilities = talk.client.server_capabilities
    assert (capabilities.resources.subscribe, capabilities.resources.list_changed) == (True, True)
    assert (capabilities.tools.list_changed, capabilities.prompts.list_changed) == (False, False)
    assert capabilities.completions is not None
