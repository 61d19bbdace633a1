"""The writer of one model: what must be known without the library. The library is loaded when a section is written."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_thread

from copydesk.content.briefs import brief_estimate
from copydesk.content.errors import ContentError
from copydesk.content.writers.base import Answer, Estimate, Permanent

if TYPE_CHECKING:
    from copydesk.content.briefs import Brief
    from copydesk.content.settings import Settings
    from copydesk.content.writers.base import Correction
    from copydesk.content.writers.providers.access import Access
    from copydesk.content.writers.providers.library.session import Session

__all__ = ["INSTALL", "ProviderWriter"]

INSTALL: Final = 'pip install "copydesk[providers]"'
_LIBRARY: Final = "copydesk.content.writers.providers.library"
_INTERFACES: Final = {"openai": "openai", "ollama": "openai", "anthropic": "anthropic", "google": "google"}
_TOKENS_PER_SECOND: Final = 60
_LATENCY: Final = 1.0


class ProviderWriter:
    """Implements `Writer`. Its connections are shared by all sections, and opened with the first of them."""

    is_draft: Final = False

    def __init__(self, access: Access, settings: Settings) -> None:
        self._access = access
        self._settings = settings
        self._opening = anyio.Lock()
        self._session: tuple[str | None, Session] | None = None
        self._former: list[Session] = []

    @property
    def name(self) -> str:
        return self._access.writer

    @property
    def missing_key(self) -> str | None:
        """The variable that has to hold the key and does not, in this process."""
        return self._access.missing_key()

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        """Fields, or why there are none: by the codes that `content/failures.py` explains."""
        try:
            key = self._access.key()
        except ContentError as error:
            return Permanent("no-key", error.message, stops="key")
        if key is None and self._access.needs_key:
            return Permanent("no-key", self._how_to_set_the_key(), stops="key")
        try:
            session = await self._session_with(key)
        except ImportError as error:
            message = f"The library of {self.name} cannot be loaded ({error}). Install it again: {INSTALL}"
            return Permanent("writer-missing", message)
        return await session.write(brief, correction)

    def estimate(self, brief: Brief) -> Estimate:
        """By the lengths of the brief and of what its schema asks for."""
        tokens_in, tokens_out = brief_estimate(brief)
        return Estimate(tokens_in, tokens_out, _LATENCY + tokens_out / _TOKENS_PER_SECOND)

    async def aclose(self) -> None:
        """Close the connections."""
        sessions = [*self._former, *([self._session[1]] if self._session else [])]
        self._former, self._session = [], None
        for session in sessions:
            await session.aclose()

    def _how_to_set_the_key(self) -> str:
        variable = self._access.key_variables[0]
        return (
            f"{self.name} needs a key: set {variable} (or {variable}_FILE, naming a file that holds it) where the "
            "worker runs, restart it, and retry."
        )

    async def _session_with(self, key: str | None) -> Session:
        """The session that uses this key: one after another, as a key may be replaced while a worker runs."""
        async with self._opening:
            if self._session is None or self._session[0] != key:
                # Seconds of importing: the loop must go on meanwhile, and a cancelled job must not wait for it.
                make: Any = await anyio.to_thread.run_sync(_load, self._access.api, abandon_on_cancel=True)
                if self._session is not None:
                    self._former.append(self._session[1])  # others may still be using it
                self._session = key, make(self._access, key, self._settings)
            return self._session[1]


def _load(api: str) -> Any:
    """The class `Session`, with everything imported that its first use would import."""
    for library in (f"pydantic_ai.models.{_INTERFACES[api]}", "genai_prices"):
        import_module(library)
    return import_module(f"{_LIBRARY}.session").Session
