"""A client that knows nothing: it makes one call, and from then on only calls what `nextStep` says.

It fills in what a schema asks for, and nothing else. It holds the advice to its word: every step is a call that the
tool's own schema allows, no step comes twice with the same answer, nothing is published that was not reviewed, and
nothing that takes something away is proposed unless the caller asked to see just that first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import jsonschema
from mcp import Client
from mcp_types import Tool

from tests.interaction.filling import fields_for

Json: TypeAlias = dict[str, Any]

MOST_CALLS: Final = 60
"""No workflow is longer: what takes more goes round in circles."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call with its answer."""

    tool: str
    arguments: Json
    answer: Json

    @property
    def step(self) -> Json | None:
        found: Json | None = self.answer["nextStep"]
        return found


@dataclass(slots=True)
class Follower:
    """Follows `nextStep` from call to call; `calls` are those it made, in order."""

    client: Client
    calls: list[Call] = field(default_factory=list)
    _tools: dict[str, Tool] = field(default_factory=dict)
    _briefs: dict[str, str] = field(default_factory=dict)
    _schemas: Json = field(default_factory=dict)

    async def follow(self, tool: str, arguments: Json) -> Call:
        """Make this call and then every next step; the last call, after which nothing is advised."""
        self._tools = {one.name: one for one in (await self.client.list_tools()).tools}
        last = await self._call(tool, arguments)
        while last.step is not None:
            assert len(self.calls) < MOST_CALLS, self.names
            self._judge(last.step)
            last = await self._call(last.step["tool"], self._filled(last.step["arguments"]))
            assert not self._goes_round(), f"the same call with the same answer: {self.names}"
        return last

    @property
    def names(self) -> list[str]:
        """The tools that were called, in order."""
        return [one.tool for one in self.calls]

    async def _call(self, tool: str, arguments: Json) -> Call:
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, f"{tool} {arguments}: {result.content}"
        assert result.structured_content is not None
        call = Call(tool, arguments, result.structured_content)
        self.calls.append(call)
        self._briefs |= {one["jobId"]: one["template"] for one in call.answer.get("briefs", ())}
        self._schemas |= call.answer.get("schemas", {})
        return call

    def _filled(self, arguments: Json) -> Json:
        """The arguments with the fields that a submission asks for."""
        if "items" not in arguments:
            return arguments
        ids = [one["jobId"] for one in arguments["items"]]
        items = [{"jobId": one, "fields": self.write(self._schemas[self._briefs[one]])} for one in ids]
        return {**arguments, "items": items}

    def write(self, schema: Json) -> Any:
        """The fields of a section, from nothing but their schema."""
        return fields_for(schema)

    def _judge(self, step: Json) -> None:
        """Whether this step may be advised here."""
        name, arguments = step["tool"], step["arguments"]
        assert name in self._tools, f"there is no tool {name}"
        jsonschema.validate(arguments, self._tools[name].input_schema)
        assert step["afterSeconds"] >= 0
        if name == "promote":
            shown = {one.answer.get("reviewId") for one in self.calls if one.tool == "compare-content"}
            assert set(arguments) == {"reviewId"}, f"published without a review: {arguments}"
            assert arguments["reviewId"] in shown, f"nobody was shown {arguments['reviewId']}"
            told_to_ask = "ask before you call promote" in self.calls[-1].answer["message"]
            assert told_to_ask or self._was_shown(name, arguments), "published without asking"
            return
        annotations = self._tools[name].annotations
        assert annotations is not None
        assert not annotations.destructive_hint or self._was_shown(name, arguments), f"unasked: {step}"

    def _was_shown(self, tool: str, arguments: Json) -> bool:
        """Whether the caller has just asked what exactly this call would do."""
        last = self.calls[-1]
        return (last.tool, last.arguments) == (tool, arguments | {"dryRun": True})

    def _goes_round(self) -> bool:
        before, now = self.calls[-2:]
        return (before.tool, before.arguments, _gist(before)) == (now.tool, now.arguments, _gist(now))


def _gist(call: Call) -> str:
    """The answer without what the clock alone changes."""
    passing = {"rate", "etaSeconds", "reviewId", "reviewExpiresAt"}
    return json.dumps(_without(call.answer, passing), sort_keys=True)


def _without(value: Any, names: set[str]) -> Any:
    match value:
        case dict():
            return {name: _without(each, names) for name, each in value.items() if name not in names}
        case list():
            return [_without(each, names) for each in value]
        case _:
            return value
