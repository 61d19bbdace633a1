"""The names of these writers: a family and a model, `openai:gpt-5-mini`, `lmstudio:qwen3-8b`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from copydesk.content.errors import ContentError
from copydesk.content.writers.providers.access import PROVIDERS, access_to, api_of
from copydesk.content.writers.providers.writer import INSTALL, ProviderWriter

if TYPE_CHECKING:
    from pathlib import Path

    from copydesk.content.settings import Settings
    from copydesk.content.writers.base import Writer
    from copydesk.content.writers.providers.access import Api

__all__ = ["ProviderFamily", "provider_families"]

_LIBRARIES: Final[dict[Api, str]] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google.genai",
    "ollama": "openai",
}


def provider_families(settings: Settings) -> dict[str, ProviderFamily]:
    """The families of providers by name: those that are known, and those that the settings add."""
    names = dict.fromkeys((*PROVIDERS, *(name for name in settings.writers if ":" not in name)))
    return {name: ProviderFamily(name, settings) for name in names if api_of(name, settings) is not None}


class ProviderFamily:
    """Implements `WriterFamily`."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._settings = settings

    def names(self) -> tuple[str, ...]:
        """None: a key in the environment alone selects nothing."""
        return ()

    def refuse_outside(self, argument: str, root: Path | None) -> None:
        """Nothing to refuse: what follows the colon is the name of a model."""

    def make(self, argument: str | None, root: Path | None) -> Writer:
        """Raises ContentError: unknown-writer, writer-not-installed or invalid-settings."""
        if not argument:
            message = f"{self._name} alone names no model. Write {self._name}:MODEL, as the provider spells it."
            raise ContentError("unknown-writer", message)
        access = access_to(self._name, argument, self._settings)
        _require_library(access.api, access.writer)
        return ProviderWriter(access, self._settings)


def _require_library(api: Api, writer: str) -> None:
    if not all(_is_installed(name) for name in ("pydantic_ai", _LIBRARIES[api])):
        message = f'The writer "{writer}" needs a library. Install it: {INSTALL}'
        raise ContentError("writer-not-installed", message)


def _is_installed(name: str) -> bool:
    """Whether it can be imported, without importing it."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
