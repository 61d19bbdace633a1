"""The table of commands. A command's module is imported when the command runs, and for nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Final

import click
from click.shell_completion import CompletionItem

from copydesk.server.cli.exits import EXIT_CODES

__all__ = ["COMMANDS", "commands"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives, under which name, and its line in the list."""

    module: str
    attribute: str
    summary: str


COMMANDS: Final = {
    "init": Entry("starting", "init", "Begin a site: a commented site.yaml from a few questions or flags."),
    "demo": Entry("demo", "demo", "See the whole story on a sample site: write, preview, publish, undo."),
    "serve": Entry("serve", "serve", "Serve a project to an MCP client over standard input and output."),
    "connect": Entry("connect", "connect", "Show what a client needs to start this project's server."),
    "worker": Entry("worker", "worker", "Drain the queue, also while no chat is open."),
    "generate": Entry("writing", "generate", "Write preview copy for sections that have none."),
    "regenerate": Entry("writing", "regenerate", "Replace preview copy."),
    "edit": Entry("editing", "edit", "Put your own words into a section; no regenerate touches them."),
    "diff": Entry("comparing", "diff", "Compare preview with production, or with what stood before."),
    "check": Entry("checking", "check", "Run the site's checks: dead links, duplicate titles, misfitting fields."),
    "promote": Entry("publishing", "promote", "Publish preview copy to production, all or nothing."),
    "rollback": Entry("publishing", "rollback", "Undo the last release of sections, or whole operations."),
    "status": Entry("status", "status", "Show how far the operations are, and what failed and why."),
    "preview": Entry("preview", "preview", "Show preview and production side by side, in a browser or as files."),
    "cancel": Entry("unfinished", "cancel", "Cancel what is unfinished; finished copy stays."),
    "retry": Entry("unfinished", "retry", "Do again what failed, as a new operation."),
    "list": Entry("listing", "list_", "List pages with the state of their copy; or templates, or sources."),
    "show": Entry("showing", "show", "Show copy as its readers see it, and where it comes from; or a brief."),
    "history": Entry("showing", "history", "Show what became of a section, change by change."),
    "operations": Entry("listing", "operations", "List what was done, when, by whom and what it took."),
    "add-page": Entry("extending", "add_page", "Add a page to the site definition."),
    "save-source": Entry("extending", "save_source", "Keep a file of facts that the copy may claim."),
    "export": Entry("files", "export", "Write the copy as files where a site generator reads them."),
    "import": Entry("files", "import_", "Take exported files back as hand edits."),
    "backup": Entry("backups", "backup", "Copy the database while the work goes on."),
    "restore": Entry("backups", "restore", "Put a backup in the place of the database; the old one is kept."),
    "model": Entry("model", "model", "Fetch the small model of the writer local."),
    "completion": Entry("completion", "completion", "Print the completion script of a shell."),
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

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names from the table: importing all commands would make somebody wait at the TAB key."""
        names = [
            CompletionItem(name, help=entry.summary) for name, entry in COMMANDS.items() if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

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
      copydesk init my-site              begin a site of your own
      copydesk generate --all            write everything that has no copy yet
      copydesk status --watch            watch until it is finished
      copydesk promote home pricing      publish two pages
      copydesk rollback home             and take one back
    """
