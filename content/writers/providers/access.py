"""Where a writer's model is, and by which key: from its name, the settings and the environment. Loads no library."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from copydesk.content.errors import ContentError
from copydesk.content.secrets import read_secret

if TYPE_CHECKING:
    from copydesk.content.settings import Settings, WriterSettings

__all__ = ["PROVIDERS", "Access", "Api", "access_to", "api_of"]

Api: TypeAlias = Literal["openai", "anthropic", "google", "ollama"]

OWN_KEYS: Final = "COPYDESK_KEY_"
"""What variables are called whose keys may go to a server that a project names."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Who offers an interface: where, which variables hold the key (the first that is set), which names another URL."""

    base_url: str
    key_variables: tuple[str, ...]
    url_variable: str | None


PROVIDERS: Final[dict[Api, Provider]] = {
    "openai": Provider("https://api.openai.com/v1", ("OPENAI_API_KEY",), "OPENAI_BASE_URL"),
    "anthropic": Provider("https://api.anthropic.com", ("ANTHROPIC_API_KEY",), "ANTHROPIC_BASE_URL"),
    "google": Provider(
        "https://generativelanguage.googleapis.com", ("GOOGLE_API_KEY", "GEMINI_API_KEY"), "GOOGLE_GEMINI_BASE_URL"
    ),
    "ollama": Provider("http://localhost:11434/v1", (), "OLLAMA_BASE_URL"),
}


@dataclass(frozen=True, slots=True)
class Access:
    """How to get at one model."""

    writer: str
    api: Api
    model: str
    base_url: str
    is_own: bool
    """Whether it is another server than the provider's: then nothing is known of what it can do."""
    key_variables: tuple[str, ...]
    needs_key: bool
    timeout: float
    """Seconds that the server may be silent."""

    def key(self) -> str | None:
        """The key; `None` without one. Raises ContentError (unreadable-secret)."""
        return next((key for name in self.key_variables if (key := read_secret(name))), None)

    def missing_key(self) -> str | None:
        """The variable that has to hold the key and does not, in this process; `None` if nothing is missing."""
        if not self.needs_key:
            return None
        try:
            return self.key_variables[0] if self.key() is None else None
        except ContentError:
            return self.key_variables[0]

    @property
    def shown_url(self) -> str:
        """The URL without what may be secret in it."""
        parts = urlsplit(self.base_url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def api_of(family: str, settings: Settings) -> Api | None:
    """The interface that a family speaks; `None` if this is no family of providers.

    A server of one's own speaks like OpenAI's unless the settings say otherwise.
    """
    if family in PROVIDERS:
        return next(api for api in PROVIDERS if api == family)
    own = settings.writers.get(family)
    return None if own is None else own.api or ("openai" if own.base_url else None)


def access_to(family: str, model: str, settings: Settings) -> Access:
    """How to get at a model of a family. Raises ContentError (invalid-settings) for a URL that is none.

    A server that the project's settings name gets the key that they name and no other, and only from a variable that
    was set for this purpose: a project of somebody else's must not send your keys to a server of theirs.
    """
    writer = f"{family}:{model}"
    own = settings.of_writer(writer)
    api = own.api or api_of(family, settings) or "openai"
    provider = PROVIDERS[api]
    variable = provider.url_variable if family == api else None
    from_environment = os.environ.get(variable, "").strip() if variable else ""
    url = _checked(own.base_url or from_environment or provider.base_url, writer, None if own.base_url else variable)
    if api == "ollama" and not urlsplit(url).path:
        url += "/v1"
    is_provider = url == provider.base_url
    is_foreign = own.base_url is not None and not is_provider
    if is_foreign and own.key is not None and not own.key.startswith(OWN_KEYS):
        raise _borrowed_key(writer, own.key)
    variables = _key_variables(own, provider, is_foreign=is_foreign)
    return Access(
        writer=writer,
        api=api,
        model=model,
        base_url=url,
        is_own=not is_provider or api == "ollama",
        key_variables=variables,
        needs_key=bool(variables) and (is_provider or own.key is not None),
        timeout=settings.attempt_timeout,
    )


def _key_variables(own: WriterSettings, provider: Provider, *, is_foreign: bool) -> tuple[str, ...]:
    if own.key is not None:
        return (own.key,)
    return () if is_foreign else provider.key_variables


def _borrowed_key(writer: str, variable: str) -> ContentError:
    message = (
        f'[writers] for "{writer}" would send the secret in {variable} to a server that the project names. A key for '
        f"such a server has to be in a variable whose name begins with {OWN_KEYS}: set one for this purpose."
    )
    return ContentError("invalid-settings", message)


def _checked(url: str, writer: str, variable: str | None) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        where = variable or f'base_url of [writers] for "{writer}"'
        message = f"The URL in {where} is none: it begins with http:// or https:// and names a host."
        raise ContentError("invalid-settings", message)
    return url.rstrip("/")
