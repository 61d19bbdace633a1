"""The names of local writers: `local` is the fetched model, `local:PATH` any GGUF file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError
from copydesk.content.writers.local.model_files import is_ready, refuse_outside, require_library, require_model

if TYPE_CHECKING:
    from pathlib import Path

    from copydesk.content.writers.base import Writer

__all__ = ["LocalFamily"]


class LocalFamily:
    """Implements `WriterFamily`."""

    def __init__(self) -> None:
        self._is_ready = False

    def names(self) -> tuple[str, ...]:
        """`local`, where it is installed and its model fetched. The worker asks at each claim: yes stays yes."""
        self._is_ready = self._is_ready or is_ready()
        return ("local",) if self._is_ready else ()

    def refuse_outside(self, argument: str, root: Path | None) -> None:
        """Raises ContentError outside-project."""
        refuse_outside(argument, root)

    def make(self, argument: str | None, root: Path | None) -> Writer:
        """Raises ContentError: writer-not-installed, model-not-fetched, model-not-found or not-a-model."""
        if argument == "":
            raise ContentError("unknown-writer", "local: names no file. Write local:PATH, or just local.")
        require_library()
        model = require_model(argument, root)
        # Only now: most processes never write by a model.
        from copydesk.content.writers.local.writer import LocalWriter  # noqa: PLC0415

        return LocalWriter("local" if argument is None else f"local:{argument}", model)
