"""Where the command line speaks: tables and colours for a person, plain lines for a pipe, JSON for a script."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.rule import Rule

from copydesk.content.secrets import redact

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import RenderableType

__all__ = ["Terminal", "make_printing_safe", "print_failure", "print_json"]

_PIPED_WIDTH: Final = 200
"""Columns where nobody looks: a table must not be folded for a pipe."""


class Terminal:
    """Standard output for the answer, standard error for everything beside it."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)

    @property
    def is_watched(self) -> bool:
        """Whether a person looks at standard output, so that it may move and have colours."""
        return self.out.is_terminal and not self.as_json

    def show(self, *parts: RenderableType | None) -> None:
        """Print for a person; nothing at all with `--json`."""
        if self.as_json:
            return
        for part in parts:
            if part is None:
                continue
            if self.out.is_terminal:
                self.out.print(part, highlight=False)
            else:
                self._pipe(part)

    def _pipe(self, part: RenderableType) -> None:
        """The same in lines without the blanks that fill a table's cells."""
        with self.out.capture() as captured:
            self.out.print(part, highlight=False, soft_wrap=isinstance(part, str))
        self.out.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))

    def heading(self, text: str) -> None:
        """A line above what follows."""
        self.show("", Rule(f"[bold]{text}", align="left", style="dim") if self.is_watched else f"== {text}")

    def note(self, text: str) -> None:
        """One line on standard error."""
        self.err.print(redact(text), highlight=False, markup=False, soft_wrap=True)

    def answer(self, model: BaseModel) -> None:
        """With `--json`: the receipt or summary as it travels, in camelCase."""
        if self.as_json:
            print_json(model.model_dump(mode="json", by_alias=True))


def print_json(value: Any) -> None:
    """Print JSON that any encoding of standard output can hold."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    sys.stdout.write(json.dumps(value, ensure_ascii=encoding != "utf8", indent=2) + "\n")


def print_failure(code: str, message: str, *, as_json: bool) -> None:
    """Say why a command failed: one sentence with its code on standard error, or the same as JSON."""
    message = redact(message)
    if as_json:
        print_json({"error": {"code": code, "message": message}})
    else:
        sys.stderr.write(f"copydesk: [{code}] {message}\n")


def make_printing_safe() -> None:
    """A character that the console cannot show becomes a question mark instead of an exception (Windows, LANG=C)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _console(stream: Any) -> Console:
    return Console(file=stream, width=None if stream.isatty() else _PIPED_WIDTH, emoji=False)
