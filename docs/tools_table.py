"""Writes the table of tools into README.md, from what the server itself tells its clients: `make tools-table`."""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import anyio
from mcp_types import Tool

from copydesk.content.desk import Desk
from copydesk.server.app import create_server
from copydesk.tools.catalog import register

README = Path(__file__).parents[1] / "README.md"
_BETWEEN_MARKERS = re.compile(r"(<!-- tools: .*? -->\n).*?(<!-- /tools -->)", re.DOTALL)
_FIRST_SENTENCE = re.compile(r".+?[.](?=\s|$)", re.DOTALL)


async def with_table(text: str) -> str:
    """The text with the table as it has to be, between its two markers."""
    tools = await create_server(_no_desk, register).list_tools()
    rows = ["| tool | effect | what for |", "|---|---|---|", *map(_row, tools)]
    table = "".join(f"{row}\n" for row in rows)
    replaced, count = _BETWEEN_MARKERS.subn(lambda found: f"{found[1]}{table}{found[2]}", text)
    assert count == 1, "README.md has the two markers of the table once"
    return replaced


def _no_desk() -> AbstractAsyncContextManager[Desk]:
    raise NotImplementedError  # to list tools, none is opened


def _row(tool: Tool) -> str:
    sentence = _FIRST_SENTENCE.match(tool.description or "")
    assert sentence, f"the description of {tool.name} has a first sentence"
    return f"| `{tool.name}` | {_effect(tool)} | {sentence[0].replace('|', chr(92) + '|')} |"


def _effect(tool: Tool) -> str:
    """As clients are told, many of which ask their user first if something may be replaced."""
    hints = tool.annotations
    assert hints is not None, f"{tool.name} says what it changes"
    if hints.read_only_hint:
        return "reads"
    return "replaces" if hints.destructive_hint else "changes"


def main() -> None:
    """Rewrite README.md."""
    README.write_text(anyio.run(with_table, README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
