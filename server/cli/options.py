"""Options that several commands share, each family gathered into one value."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import click

from copydesk.server.cli.terminal import Terminal

__all__ = [
    "SETTING_FLAGS",
    "Place",
    "Run",
    "budget_option",
    "instant_options",
    "place_options",
    "run_options",
    "setting_options",
    "wait_options",
]

Body: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Which project is meant, which settings the flags override, and where to speak."""

    project: str | None
    terminal: Terminal
    overrides: dict[str, object] = field(default_factory=dict)

    @property
    def writer(self) -> str | None:
        """Who is named to write, by --writer."""
        named = self.overrides.get("writer")
        return None if named is None else str(named)


@dataclass(frozen=True, slots=True)
class Run:
    """How to run an operation. `seconds` is how long to wait for its end; 0 does not wait."""

    dry_run: bool = False
    seconds: float = math.inf
    request_id: str | None = None

    @property
    def waits(self) -> bool:
        return self.seconds > 0 and not self.dry_run


_FLAGS: dict[str, Callable[[Body], Body]] = {
    "writer": click.option("--writer", metavar="NAME", help="Who writes, for example outline."),
    "concurrency": click.option("--concurrency", type=int, metavar="N", help="Sections written at a time."),
    "worker": click.option("--worker", type=click.Choice(["on", "off"]), help="Whether to drain the queue here."),
    "promotion": click.option(
        "--promotion", type=click.Choice(["open", "reviewed", "locked"]), help="Who may publish through this server."
    ),
    "execution": click.option(
        "--execution", type=click.Choice(["async", "sync"]), help="Whether calls answer at once, or submit and wait."
    ),
    "database": click.option("--database", metavar="FILE", help="The database file, relative to the project."),
}
SETTING_FLAGS = tuple(_FLAGS)


def place_options(command: Body) -> Body:
    """`--project` and `--json`, as `place`."""

    @click.option(
        "--project",
        metavar="DIR",
        help="The folder of site.yaml. Else COPYDESK_PROJECT, CLAUDE_PROJECT_DIR, or upwards from here.",
    )
    @click.option("--json", "as_json", is_flag=True, help="The answer as JSON on standard output, nothing else.")
    @functools.wraps(command)
    def with_place(*args: Any, project: str | None, as_json: bool, **options: Any) -> Any:
        overrides = options.pop("overrides", {})
        return command(*args, place=Place(project, Terminal(as_json=as_json), overrides), **options)

    return with_place


def setting_options(*names: str) -> Callable[[Body], Body]:
    """Flags that override settings, as `place.overrides`. Goes above `place_options`."""

    def decorate(command: Body) -> Body:
        @functools.wraps(command)
        def with_settings(*args: Any, **options: Any) -> Any:
            given = {name: options.pop(name) for name in names}
            overrides = {name: value for name, value in given.items() if value is not None}
            return command(*args, overrides=overrides, **options)

        decorated: Body = with_settings
        for name in reversed(names):
            decorated = _FLAGS[name](decorated)
        return decorated

    return decorate


def wait_options(command: Body) -> Body:
    """`--wait/--no-wait` and `--timeout`, as `seconds` to wait."""

    @click.option("--wait/--no-wait", default=True, help="Wait until it is finished (the default), or only queue it.")
    @click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait no longer than this.")
    @functools.wraps(command)
    def with_wait(*args: Any, wait: bool, timeout: float | None, **options: Any) -> Any:
        patience = math.inf if timeout is None else timeout
        return command(*args, seconds=patience if wait else 0.0, **options)

    return with_wait


def instant_options(command: Body) -> Body:
    """`--dry-run` and `--request-id`, as `run`: for what ends at once."""

    @click.option("--dry-run", is_flag=True, help="Show the plan and an estimate; store nothing.")
    @click.option("--request-id", metavar="ID", help="Repeating a command with the same id changes nothing twice.")
    @functools.wraps(command)
    def with_run(*args: Any, dry_run: bool, request_id: str | None, seconds: float = math.inf, **options: Any) -> Any:
        return command(*args, run=Run(dry_run, seconds, request_id), **options)

    return with_run


def budget_option(command: Body) -> Body:
    """`--max-tokens`."""
    return click.option(
        "--max-tokens",
        type=click.IntRange(min=1),
        metavar="N",
        help="Stop after so many tokens. No more than the setting max_tokens allows.",
    )(command)


def run_options(command: Body) -> Body:
    """`--dry-run`, `--request-id` and waiting, as `run`."""
    return wait_options(instant_options(command))
