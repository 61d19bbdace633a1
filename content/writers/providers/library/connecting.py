"""A model of the library, on connections of its own: with our time limits, without anybody's retries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx2

from copydesk.content.writers.providers.library.bounding import bound_answer

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from copydesk.content.writers.providers.access import Access

__all__ = ["connect", "open_client"]

_CONNECT: Final = 10.0
_MOST_CONNECTIONS: Final = 1024
"""As many as a process may write sections at a time."""
_NO_KEY: Final = "none"
"""What is sent to servers that want no key: without one, the libraries would take one from the environment."""


def open_client(access: Access) -> httpx2.AsyncClient:
    """The HTTP client of a writer. Whoever opened it closes it."""
    return httpx2.AsyncClient(
        timeout=_limits(access),
        limits=httpx2.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=100),
        event_hooks={"response": [bound_answer]},
        # What is packed could be small on the way and unpack to anything.
        headers={"accept-encoding": "identity"},
    )


def _limits(access: Access) -> httpx2.Timeout:
    """For connecting and for silence. Waiting for a free connection has no limit but that of the attempt."""
    return httpx2.Timeout(access.timeout, connect=min(_CONNECT, access.timeout), pool=None)


def connect(access: Access, key: str | None, client: httpx2.AsyncClient) -> Model:
    """The model; nothing is sent yet."""
    match access.api:
        case "openai" | "ollama":
            return _like_openai(access, key, client)
        case "anthropic":
            return _like_anthropic(access, key, client)
        case "google":
            return _like_google(access, key, client)


def _like_openai(access: Access, key: str | None, client: httpx2.AsyncClient) -> Model:
    """Chat completions: what every server speaks that speaks like OpenAI's."""
    from openai import AsyncOpenAI  # noqa: PLC0415  (each interface has a library of its own, which may be missing)
    from pydantic_ai.models.ollama import OllamaModel  # noqa: PLC0415
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415
    from pydantic_ai.providers.ollama import OllamaProvider  # noqa: PLC0415
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider  # noqa: PLC0415

    sdk = AsyncOpenAI(
        api_key=key or _NO_KEY,
        base_url=access.base_url,
        http_client=client,
        timeout=_limits(access),
        max_retries=0,
    )
    if access.api == "ollama":
        return OllamaModel(access.model, provider=OllamaProvider(openai_client=sdk))
    if access.is_own:
        family = access.writer.partition(":")[0]
        return OpenAIChatModel(access.model, provider=OpenAICompatibleProvider(family, openai_client=sdk))
    return OpenAIChatModel(access.model, provider=OpenAIProvider(openai_client=sdk))


def _like_anthropic(access: Access, key: str | None, client: httpx2.AsyncClient) -> Model:
    from anthropic import AsyncAnthropic  # noqa: PLC0415
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

    sdk = AsyncAnthropic(
        api_key=key or _NO_KEY,
        base_url=access.base_url,
        http_client=client,
        timeout=_limits(access),
        max_retries=0,
    )
    return AnthropicModel(access.model, provider=AnthropicProvider(anthropic_client=sdk))


def _like_google(access: Access, key: str | None, client: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.google import GoogleModel  # noqa: PLC0415
    from pydantic_ai.providers.google import GoogleProvider  # noqa: PLC0415

    provider = GoogleProvider(api_key=key or _NO_KEY, base_url=access.base_url, http_client=client)
    return GoogleModel(access.model, provider=provider)
