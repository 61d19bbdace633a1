"""The table of commands. A command's module is imported when the command runs, and for nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Final

import click

from copydesk.server.cli.exits import EXIT_CODES

__all__ = ["COMMANDS", "commands"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives, under which name, and its line in the list."""

    module: str
    attribute: str
    summary: str


COMMANDS: Final = {
    "demo": Entry("demo", "demo", "See the whole story on a sample site: write, preview, publish, undo."),
    "serve": Entry("serve", "serve", "Serve a project to an MCP client over standard input and output."),
    "worker": Entry("worker", "worker", "Drain the queue, also while no chat is open."),
    "generate": Entry("writing", "generate", "Write preview copy for sections that have none."),
    "regenerate": Entry("writing", "regenerate", "Replace preview copy."),
    "promote": Entry("publishing", "promote", "Publish preview copy to production, all or nothing."),
    "rollback": Entry("publishing", "rollback", "Undo the last release of sections, or whole operations."),
    "status": Entry("status", "status", "Show how far the operations are, and what failed and why."),
    "cancel": Entry("unfinished", "cancel", "Cancel what is unfinished; finished copy stays."),
    "retry": Entry("unfinished", "retry", "Do again what failed, as a new operation."),
    "doctor": Entry("doctor", "doctor", "Show what is in force, from where, and what is wrong."),
}


class LazyCommands(click.Group):
    """A group that knows its commands' names and summaries without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = getattr(import_module(f"copydesk.server.cli.{entry.module}"), entry.attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from copydesk.content.definition.suggestions import did_you_mean  # noqa: PLC0415 - only to complain

            message = f'There is no command "{args[0]}": {did_you_mean(args[0], COMMANDS)}'
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import version  # noqa: PLC0415 - reads many files, for this alone

    click.echo(f"copydesk {version('copydesk')}")
    ctx.exit()


@click.group(cls=LazyCommands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show it.")
def commands() -> None:
    """Write, review, publish and undo the copy of a whole website, in the background.

    A project is a folder with a site.yaml: name it with --project DIR, or run inside it. Every command knows --json
    (the answer as JSON on standard output, nothing else) and --help (with examples).

    \b
    Examples:
      copydesk demo                      the whole story, no key needed
      copydesk generate --all            write everything that has no copy yet
      copydesk status --watch            watch until it is finished
      copydesk promote home pricing      publish two pages
      copydesk rollback home             and take one back
    """
