"""What a tool answers: structured content, and the same as compact JSON text, for clients that show only one of them.

No answer is longer than `LARGEST_ANSWER`, however long the site's names and the writers' excuses are.
"""

from __future__ import annotations

import json
from typing import Any, Final, TypeAlias

from mcp_types import CallToolResult, TextContent

from copydesk.content.operations.values import Wire
from copydesk.content.reports.paging import LARGEST_ANSWER

PAGED: Final = frozenset(
    {"routes", "templates", "sources", "orphans", "sections", "findings", "operations", "differences"}
)
"""Lists of the tools that read. They fit already, and their cursor goes on behind the last entry."""
_SENTENCES = frozenset({"message", "reason", "error", "fix", "errors", "warnings"})
"""Where the prose is. All else is names and numbers, which are of no use when cut."""
_STEPS = ((20, 400), (10, 300), (6, 200), (3, 120), (1, 80), (0, 80))
"""How many entries of each list, and how many characters of each sentence; the first step that fits is taken."""

Json: TypeAlias = dict[str, Any]


def answer(model: Wire, *, whole: frozenset[str] = frozenset()) -> CallToolResult:
    """The value as a tool's result, cut to size; lists named in `whole` keep their entries."""
    wire = fitted(model.model_dump(mode="json", by_alias=True), whole=whole)
    return CallToolResult(content=[TextContent(type="text", text=compact(wire))], structured_content=wire)


def uncut_answer(model: Wire) -> CallToolResult:
    """The value as a tool's result, whatever its size: for briefs and schemas, of which no part may be missing."""
    wire = model.model_dump(mode="json", by_alias=True)
    return CallToolResult(content=[TextContent(type="text", text=compact(wire))], structured_content=wire)


def compact(wire: Json) -> str:
    return json.dumps(wire, ensure_ascii=False, separators=(",", ":"))


def fits(wire: Json) -> bool:
    return len(compact(wire)) <= LARGEST_ANSWER


def fitted(wire: Json, *, whole: frozenset[str] = frozenset()) -> Json:
    """The answer, with its lists and sentences cut as far as it takes; lists named in `whole` keep their entries.

    The totals beside the lists still say how many there are.
    """
    cut = wire
    for entries, characters in _STEPS:
        if fits(cut):
            break
        cut = {key: _cut(value, key, entries, characters, whole) for key, value in wire.items()}
    return cut


def _cut(value: Any, key: str, entries: int, characters: int, whole: frozenset[str]) -> Any:
    match value:
        case str() if key in _SENTENCES and len(value) > characters:
            return f"{value[: characters - 1]}…"
        case list():
            kept = value if key in whole else value[:entries]
            return [_cut(each, key, entries, characters, whole) for each in kept]
        case dict():
            return {name: _cut(each, name, entries, characters, whole) for name, each in value.items()}
        case _:
            return value
