"""Which sections a command is about: pages as arguments, `--section page/section`, or `--all`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from copydesk.content.operations.values import Scope
from copydesk.server.cli.completing import complete_pages, complete_sections
from copydesk.server.cli.options import Body
from copydesk.store.states import Environment

__all__ = ["environment_option", "require_scope", "scope_options"]


def scope_options(command: Body) -> Body:
    """Pages, sections or all of the site, as `scope`."""

    @click.argument("pages", nargs=-1, shell_complete=complete_pages)
    @click.option(
        "--section",
        "sections",
        multiple=True,
        metavar="PAGE/SECTION",
        shell_complete=complete_sections,
        help="One section; repeatable.",
    )
    @click.option("--all", "everything", is_flag=True, help="The whole site.")
    @functools.wraps(command)
    def with_scope(
        *args: Any, pages: tuple[str, ...], sections: tuple[str, ...], everything: bool, **options: Any
    ) -> Any:
        return command(*args, scope=Scope(pages=pages, sections=sections, all=everything), **options)

    return with_scope


def environment_option(default: Environment | None, meaning: str) -> Callable[[Body], Body]:
    """`--environment`, as `environment`."""

    def decorate(command: Body) -> Body:
        @click.option(
            "--environment",
            type=click.Choice([one.value for one in Environment]),
            default=None if default is None else default.value,
            show_default=default is not None,
            help=meaning,
        )
        @functools.wraps(command)
        def with_environment(*args: Any, environment: str | None, **options: Any) -> Any:
            chosen = None if environment is None else Environment(environment)
            return command(*args, environment=chosen, **options)

        return with_environment

    return decorate


def require_scope(scope: Scope) -> None:
    """Refuse a command that names nothing: it never means the whole site."""
    if scope.is_empty:
        message = "No sections were named. Give pages, --section PAGE/SECTION, or --all."
        raise click.UsageError(message, click.get_current_context())
