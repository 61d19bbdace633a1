"""The board's page: one document without anything to fetch, joined from its parts. There is no build step."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

__all__ = ["SCRIPTS", "board_page"]

SCRIPTS: Final = (
    "host.js",
    "elements.js",
    "operation.js",
    "asking.js",
    "review.js",
    "differences.js",
    "beginning.js",
)
"""In the order in which they are joined; they share one scope."""
_STYLE: Final = "/* style */"
_SCRIPT: Final = "/* script */"


@cache
def board_page() -> str:
    """The HTML document that a host puts into its sandbox."""
    script = "\n".join(_lines_of(name) for name in SCRIPTS)
    return _lines_of("board.html").replace(_STYLE, _lines_of("board.css"), 1).replace(_SCRIPT, script, 1)


def _lines_of(name: str) -> str:
    """The file without what is for its readers: indents and lines that are comments."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not _is_comment(line))


def _is_comment(line: str) -> bool:
    is_block = line.startswith("/*") and line.endswith("*/") and line not in (_STYLE, _SCRIPT)
    return is_block or line.startswith("//")
