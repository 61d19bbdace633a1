"""How long the tools' descriptions and their usual answers are, on the sample site and on a site of 2,000 sections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from mcp import Client

from copydesk.tools.answers import compact
from tests.agents.scripted_server import Script, in_memory
from tests.agents.workflows import copy_of_sample
from tests.interaction.filling import fields_for

Json: TypeAlias = dict[str, Any]

LARGE: Final = 2_000
"""Sections of the large site."""
_WHOLE: Final = 45
_SECONDS: Final = 0.01
_FAILING: Final = Script(failures={"*": -1}, settings={"writer": "scripted"})
_NEW_PAGE: Final = {"page": "news", "title": "News", "sections": [{"id": "hero", "template": "core:hero"}]}
_BLOCKS: Final = ("hero", "features", "prose", "faq", "seo-metadata")
_FACTS: Final = "A rye loaf weighs 900 g. The oven is lit at 3:10, and the shop opens at 7:00."


@dataclass(frozen=True, slots=True)
class ToolSize:
    """A tool as it stands in the list of tools: characters of its parts, and of the whole entry."""

    name: str
    description: int
    arguments: int
    entry: int


@dataclass(slots=True)
class AnswerSize:
    """Characters of a tool's usual answer, and of its largest."""

    usual: int
    largest: int


Sizes: TypeAlias = dict[str, AnswerSize]


@dataclass(slots=True)
class _Measuring:
    """Calls tools and keeps the length of the first answer of each, and of the longest."""

    client: Client
    sizes: Sizes

    async def call(self, tool: str, **arguments: Any) -> Json:
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, f"{tool}: {result.content}"
        answer: Json = result.structured_content or {}
        length = len(compact(answer))
        size = self.sizes.setdefault(tool, AnswerSize(length, length))
        size.largest = max(size.largest, length)
        return answer


async def tool_sizes(folder: Path) -> list[ToolSize]:
    """The list of tools; it is the same for every site."""
    async with in_memory(copy_of_sample(folder / "listed"), Script()) as client:
        tools = (await client.list_tools()).model_dump(mode="json", by_alias=True, exclude_none=True)["tools"]
    return [
        ToolSize(one["name"], len(one["description"]), len(compact(one["inputSchema"])), len(compact(one)))
        for one in tools
    ]


async def sample_answers(folder: Path) -> Sizes:
    """The answers of each tool on the sample site."""
    return await _answers(copy_of_sample(folder / "sample"), "home", "hero", "breads")


async def large_answers(folder: Path) -> Sizes:
    """The answers of each tool on a site of 2,000 sections."""
    return await _answers(_large_site(folder / "large"), "page-0", "hero", "page-2")


def _large_site(folder: Path) -> Path:
    """2,000 sections, five a page, of the bundled templates."""
    routes = [
        {
            "id": f"page-{number}",
            "path": f"/page-{number}",
            "title": f"Bread number {number}",
            "description": "Everything a visitor wants to know about this bread, and where to ask for more.",
            "sections": [{"id": one, "template": f"core:{one}"} for one in _BLOCKS],
        }
        for number in range(LARGE // len(_BLOCKS))
    ]
    site = {"id": "large", "title": "A bakery of any size", "voice": "Warm and plain."}
    folder.mkdir()
    (folder / "site.yaml").write_text(json.dumps({"site": site, "routes": routes}), encoding="utf-8")
    return folder


async def _answers(site: Path, page: str, hero: str, other: str) -> Sizes:
    sizes: Sizes = {}
    async with in_memory(site, Script(), seconds=_SECONDS) as client:
        await _usual(_Measuring(client, sizes), page, hero, other)
    async with in_memory(site, _FAILING, seconds=_SECONDS) as client:
        await _fail(_Measuring(client, sizes))
    return sizes


async def _fail(measuring: _Measuring) -> None:
    """Everything is asked for again and fails, and is tried again twice while it is already tried."""
    await measuring.call("generate-all")
    started = await measuring.call("generate-all", force=True, waitSeconds=_WHOLE)
    await _finish(measuring)
    failed = {"operationId": started["operationId"]}
    await measuring.call("check-generation-status", **failed)
    await measuring.call("retry-failed", **failed)
    await measuring.call("retry-failed", **failed)
    await measuring.call("regenerate-all", dryRun=True)
    await measuring.call("cancel-generation")


async def _finish(measuring: _Measuring) -> None:
    """Until nothing is unfinished."""
    left = 1
    while left:
        status = await measuring.call("check-generation-status", waitSeconds=_WHOLE)
        left = status["pending"] + status["processing"]


async def _usual(measuring: _Measuring, page: str, hero: str, other: str) -> None:
    """A site is written, read, changed, published and taken back."""
    await measuring.call("generate-all")
    await _finish(measuring)
    for tool in ("list-site", "read-content"):
        await measuring.call(tool)
    review = await measuring.call("compare-content")
    await measuring.call("promote", reviewId=review["reviewId"], waitSeconds=_WHOLE)
    await measuring.call("rollback", pages=[page])
    words = {"headline": "Bread from the oven at the corner"}
    await measuring.call("edit-content", page=page, section=hero, fields=words)
    await measuring.call("save-source", name="loaves", text=_FACTS)
    await measuring.call("add-page", **_NEW_PAGE)
    await measuring.call("regenerate-content", pages=[page])
    await _finish(measuring)
    await measuring.call("regenerate-all")
    await measuring.call("cancel-generation")
    await measuring.call("generate", pages=[other], force=True, writer="agent")
    taken = await measuring.call("take-brief")
    await measuring.call("submit-content", items=_items(taken), takeNext=len(taken["briefs"]))
    await measuring.call("list-operations")
    await measuring.call("cancel-generation")


def _items(taken: Mapping[str, Any]) -> list[Json]:
    schemas = taken["schemas"]
    return [{"jobId": one["jobId"], "fields": fields_for(schemas[one["template"]])} for one in taken["briefs"]]
