"""Which writers this process can run, by the names that settings and arguments use.

A name is that of one writer (`outline`), or of a family with an argument (`local:models/large.gguf`). A family makes
its writers when they are asked for; from then on they are among those that this process runs, unless they lack a key.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Protocol

import anyio

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.content.settings import Settings
from copydesk.content.writers.agent import AgentWriter
from copydesk.content.writers.base import AGENT, DRAFT_WRITERS, ClosingWriter, KeyedWriter, LimitedWriter
from copydesk.content.writers.local.family import LocalFamily
from copydesk.content.writers.outline import OutlineWriter
from copydesk.content.writers.providers.family import provider_families

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from copydesk.content.writers.base import Writer

__all__ = ["WriterFamily", "Writers"]


class WriterFamily(Protocol):
    """Makes writers by what follows the family's name and a colon. Loads no model library before `make`."""

    def names(self) -> tuple[str, ...]:
        """The names that need no argument and can be used here, now."""

    def refuse_outside(self, argument: str, root: Path | None) -> None:
        """Raises ContentError outside-project if the argument leads out of the folder `root`."""

    def make(self, argument: str | None, root: Path | None) -> Writer:
        """The writer for an argument; paths are relative to `root`. Raises ContentError with what to do next."""


class Writers:
    """The writers by name: those that come with the project, and those a program brings along.

    A program's own writer goes before a built-in one of the same name. `root` is the project's folder; `settings` say
    where providers are, and add families of the project's own.
    """

    def __init__(
        self,
        extra: Mapping[str, Writer] | None = None,
        *,
        root: Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        self._settings = settings or Settings()
        self._families: dict[str, WriterFamily] = {**provider_families(self._settings), "local": LocalFamily()}
        self._writers: dict[str, Writer] = {"outline": OutlineWriter(), **(extra or {}), AGENT: AgentWriter()}
        self._brought = frozenset(extra or ())
        self._root = root
        self._turns: dict[str, anyio.Semaphore] = {}
        if self._settings.writer is not None:
            # Known from the start, so that a worker says so before anybody asks for it.
            self.can_run(self._settings.writer)

    def resolve(self, name: str) -> Writer:
        """The writer of this name. Raises ContentError: unknown-writer, or what its family needs first."""
        writer = self._writers.get(name)
        if writer is None:
            writer = self._writers[name] = self._made(name)
        return writer

    def refuse_outside(self, name: str) -> None:
        """Raises ContentError outside-project if the name leads to a file outside the project."""
        family, colon, argument = name.partition(":")
        if colon and family in self._families and name not in self._brought:
            self._families[family].refuse_outside(argument, self._root)

    def runnable(self) -> tuple[str, ...]:
        """The names of all writers that jobs of this process can use, sorted."""
        ready = [name for family in self._families.values() for name in family.names()]
        known = [one for one, writer in self._writers.items() if one != AGENT and _missing_key(writer) is None]
        return tuple(sorted({*known, *ready}))

    def missing_key(self, name: str) -> str | None:
        """The environment variable with the key that this process lacks for a writer; `None` if it is not a key."""
        try:
            return _missing_key(self.resolve(name))
        except ContentError:
            return None

    def can_run(self, name: str) -> bool:
        """Whether jobs of this writer can be done here; if so, it is runnable from now on."""
        try:
            return _missing_key(self.resolve(name)) is None
        except ContentError:
            return False

    def adopt(self, names: Iterable[str]) -> bool:
        """Become able to run those of these writers that can be made here; whether that changed anything."""
        new = [name for name in names if name not in self._writers]
        return sum(self.can_run(name) for name in new) > 0  # every one of them, not the first alone

    @property
    def drafts(self) -> frozenset[str]:
        """The known writers whose copy is a placeholder."""
        return DRAFT_WRITERS | {name for name, writer in self._writers.items() if writer.is_draft}

    def turn(self, name: str) -> AbstractAsyncContextManager[Any]:
        """Enter it to write a section: where a writer does only so many at a time, it waits."""
        writer = self.resolve(name)
        if not isinstance(writer, LimitedWriter):
            return nullcontext()
        if name not in self._turns:
            self._turns[name] = anyio.Semaphore(writer.concurrency)
        return self._turns[name]

    def most_at_once(self, name: str) -> int | None:
        """How many sections this writer can do at a time; `None` if there is no such limit, or it is not made yet."""
        if name not in self._writers:
            return None
        writer = self._writers[name]
        return writer.concurrency if isinstance(writer, LimitedWriter) else None

    async def aclose(self) -> None:
        """Close the writers that hold something."""
        for writer in self._writers.values():
            if isinstance(writer, ClosingWriter):
                await writer.aclose()

    def _made(self, name: str) -> Writer:
        family, colon, argument = name.partition(":")
        if family not in self._families:
            names = (*self.runnable(), AGENT, *(one for one in self._families if one not in self._writers))
            raise ContentError("unknown-writer", f'There is no writer "{name}"; {did_you_mean(name, names)}')
        return self._families[family].make(argument if colon else None, self._root)


def _missing_key(writer: Writer) -> str | None:
    return writer.missing_key if isinstance(writer, KeyedWriter) else None
