"""Which writers this process can run, by the names that settings and arguments use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.definition.suggestions import did_you_mean, listed
from copydesk.content.errors import ContentError
from copydesk.content.writers.outline import OutlineWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copydesk.content.writers.base import Writer

__all__ = ["Writers"]


class Writers:
    """The writers by name: those that come with the project, and those a program brings along.

    A program's own writer goes before a built-in one of the same name.
    """

    def __init__(self, extra: Mapping[str, Writer] | None = None) -> None:
        self._writers: dict[str, Writer] = {"outline": OutlineWriter(), **(extra or {})}

    def resolve(self, name: str) -> Writer:
        """The writer of this name. Raises ContentError unknown-writer."""
        writer = self._writers.get(name)
        if writer is None:
            names = self.runnable()
            message = f'There is no writer "{name}"; {did_you_mean(name, names)} This process has {listed(names)}.'
            raise ContentError("unknown-writer", message)
        return writer

    def runnable(self) -> tuple[str, ...]:
        """The names of all writers that jobs of this process can use, sorted."""
        return tuple(sorted(self._writers))
