"""`copydesk completion`: the script with which a shell completes commands, options and the names of the site."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import get_completion_class

from copydesk.server.cli.commands import commands
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options
from copydesk.server.cli.terminal import print_json

if TYPE_CHECKING:
    from copydesk.server.cli.options import Place

__all__ = ["completion"]

_VARIABLE: Final = "_COPYDESK_COMPLETE"
_INSTALL: Final = {
    "bash": "mkdir -p ~/.local/share/bash-completion/completions\n"
    "copydesk completion bash > ~/.local/share/bash-completion/completions/copydesk",
    "zsh": "mkdir -p ~/.zfunc && copydesk completion zsh > ~/.zfunc/_copydesk\n"
    "and in ~/.zshrc, before compinit: fpath+=~/.zfunc",
    "fish": "copydesk completion fish > ~/.config/fish/completions/copydesk.fish",
}


@click.command(epilog=EXIT_CODES)
@click.argument("shell", type=click.Choice(list(_INSTALL)), required=False)
@place_options
def completion(*, shell: str | None, place: Place) -> int:
    """Print the completion script of SHELL: bash (4.4 or newer), zsh or fish; without SHELL, that of yours.

    With it the TAB key completes commands, options, pages and sections of the site.

    \b
    Examples:
      eval "$(copydesk completion bash)"                           for now
      copydesk completion bash > ~/.local/share/bash-completion/completions/copydesk
      copydesk completion zsh > ~/.zfunc/_copydesk                 with fpath+=~/.zfunc before compinit
      copydesk completion fish > ~/.config/fish/completions/copydesk.fish
    """
    chosen = shell or _own_shell()
    script = _script(chosen)
    if place.terminal.as_json:
        print_json({"shell": chosen, "script": script, "install": _INSTALL[chosen]})
        return Exit.OK
    click.echo(script)
    if place.terminal.is_watched:
        place.terminal.note(f"To install it:\n{_INSTALL[chosen]}")
    return Exit.OK


def _own_shell() -> str:
    name = PurePath(os.environ.get("SHELL", "")).name
    if name not in _INSTALL:
        message = f"Name the shell: {', '.join(_INSTALL)}."
        raise click.UsageError(message, click.get_current_context())
    return name


def _script(shell: str) -> str:
    found = get_completion_class(shell)
    assert found is not None, "click knows the shells of the table"
    # Its own `source` starts a bash to look at the version; the script is the same.
    made = found(commands, {}, "copydesk", _VARIABLE)
    return made.source_template % made.source_vars()
