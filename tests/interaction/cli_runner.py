"""The command line within the test's process: the same code as `copydesk`, without the time to start it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from copydesk.server.cli import main

__all__ = ["Cli", "Ran", "cli_in"]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """What it said with `--json`."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def error(self) -> str:
        """The code of what it refused."""
        code = self.answer["error"]["code"]
        assert isinstance(code, str)
        return code


class Stream(TextIOWrapper):
    """Standard output as a program has it, bytes below, but in memory."""

    def __init__(self) -> None:
        self._bytes = BytesIO()
        super().__init__(self._bytes, encoding="utf-8", newline="", write_through=True)

    @property
    def text(self) -> str:
        return self._bytes.getvalue().decode()


Cli: TypeAlias = Callable[..., Ran]
"""Runs `copydesk` with these arguments; `given` is its standard input."""


def cli_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line as started in a folder, with nothing set in its environment, in a pipe."""
    monkeypatch.chdir(folder)
    for variable in [name for name in os.environ if name.startswith(("COPYDESK_", "CLAUDE_", "FORCE_COLOR", "TTY_"))]:
        monkeypatch.delenv(variable)

    def run(*arguments: str, given: str = "") -> Ran:
        out, err = Stream(), Stream()
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(given.encode()), encoding="utf-8"))
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main(arguments)
        code = ended.value.code
        assert isinstance(code, int)
        return Ran(code, out.text, err.text)

    return run
