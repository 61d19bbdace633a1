"""Which sections a command is about: pages as arguments, `--section page/section`, or `--all`."""

from __future__ import annotations

import functools
from typing import Any

import click

from copydesk.content.operations.values import Scope
from copydesk.server.cli.options import Body

__all__ = ["require_scope", "scope_options"]


def scope_options(command: Body) -> Body:
    """Pages, sections or all of the site, as `scope`."""

    @click.argument("pages", nargs=-1)
    @click.option("--section", "sections", multiple=True, metavar="PAGE/SECTION", help="One section; repeatable.")
    @click.option("--all", "everything", is_flag=True, help="The whole site.")
    @functools.wraps(command)
    def with_scope(
        *args: Any, pages: tuple[str, ...], sections: tuple[str, ...], everything: bool, **options: Any
    ) -> Any:
        return command(*args, scope=Scope(pages=pages, sections=sections, all=everything), **options)

    return with_scope


def require_scope(scope: Scope) -> None:
    """Refuse a command that names nothing: it never means the whole site."""
    if scope.is_empty:
        message = "No sections were named. Give pages, --section PAGE/SECTION, or --all."
        raise click.UsageError(message, click.get_current_context())
