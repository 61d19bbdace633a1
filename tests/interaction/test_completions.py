"""Completion: pages, sections of the chosen page, environments, operations, in both eras."""

from __future__ import annotations

from typing import Any

import pytest
from mcp import MCPError
from mcp.client.client import ConnectMode
from mcp_types import INVALID_PARAMS, Completion, PromptReference, ResourceTemplateReference

ERAS: list[ConnectMode] = ["legacy", "auto"]
SECTION = "copydesk://{environment}/{page}/{section}"
OPERATION = "copydesk://operations/{id}"


async def complete(talk: Any, of: str, argument: str, begins: str, **beside: str) -> Completion:
    reference = (
        ResourceTemplateReference(type="ref/resource", uri=of)
        if "://" in of
        else PromptReference(type="ref/prompt", name=of)
    )
    answer = await talk.client.complete(reference, {"name": argument, "value": begins}, beside or None)
    completion: Completion = answer.completion
    return completion


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("of", "argument", "begins", "beside", "values"),
    [
        ("review-page", "page", "", {}, ["home", "repairs"]),
        ("review-page", "page", "Re", {}, ["repairs"]),
        ("review-page", "page", "/", {}, ["/", "/repairs"]),
        ("review-page", "page", "x", {}, []),
        (SECTION, "environment", "pr", {}, ["preview", "production"]),
        (SECTION, "environment", "pre", {}, ["preview"]),
        (SECTION, "page", "h", {"environment": "preview"}, ["home"]),
        (SECTION, "section", "", {"page": "repairs"}, ["hero", "prices"]),
        (SECTION, "section", "h", {"page": "/"}, ["hero"]),
        (SECTION, "section", "", {}, ["hero", "why", "legal", "prices"]),
        (SECTION, "section", "", {"page": "nowhere"}, []),
        ("copydesk://{environment}/{page}{?cursor}", "cursor", "", {}, []),
    ],
)
async def test_arguments_are_completed_by_what_there_is(
    connect: Any, era: Any, of: str, argument: str, begins: str, beside: dict[str, str], values: list[str]
) -> None:
    async with connect(era) as talk:
        found = await complete(talk, of, argument, begins, **beside)
    assert (found.values, found.total, found.has_more) == (values, len(values), False)


async def test_operations_come_newest_first_and_failed_ones_where_failures_are_fixed(connect: Any, gated: Any) -> None:
    gated.refused = {"home/why"}
    gated.open(100)
    async with connect(writer="gated") as talk:
        failed = await talk.call("generate-all", waitSeconds=20)
        later = await talk.call("edit-content", section="home/hero", fields={"headline": "Later"})
        everything = await complete(talk, OPERATION, "id", "op_")
        one = await complete(talk, OPERATION, "id", failed["operationId"][:12])
        to_fix = await complete(talk, "fix-failures", "operationId", "")
    assert everything.values == [later["operationId"], failed["operationId"]]
    assert one.values == [failed["operationId"]]
    assert to_fix.values == [failed["operationId"]]


async def test_a_hundred_values_are_given_at_most_with_how_many_there_are(connect: Any, project: Any) -> None:
    head = "site: {id: large, title: Large}\ntemplates: {t: {prompt: p, schema: {type: object}}}\nroutes:\n"
    routes = "".join(
        f"  - {{id: p{n}, path: /p{n}, title: P, sections: [{{id: s, template: t}}]}}\n" for n in range(150)
    )
    (project.root / "site.yaml").write_text(head + routes)
    async with connect() as talk:
        found = await complete(talk, "review-page", "page", "p")
    assert (len(found.values), found.total, found.has_more) == (100, 150, True)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("of", "argument", "sentence"),
    [
        ("review-pag", "page", 'There is no prompt or resource template "review-pag": did you mean "review-page"?'),
        ("copydesk://nothing", "id", 'There is no prompt or resource template "copydesk://nothing": '),
        ("review-page", "pages", 'review-page has no argument "pages": did you mean "page"?'),
    ],
)
async def test_what_there_is_not_is_refused_with_the_nearest(
    connect: Any, era: Any, of: str, argument: str, sentence: str
) -> None:
    async with connect(era) as talk:
        with pytest.raises(MCPError) as caught:
            await complete(talk, of, argument, "")
    assert caught.value.error.code == INVALID_PARAMS
    assert caught.value.error.message.startswith(sentence)
