"""What tokens cost, in US dollars: by the settings, else by the price table of genai-prices.

The table is the one that is installed: nothing here uses the network. What no price is known for costs `None`, never
zero: models the table does not name, servers of one's own, and writers that nobody bills (`outline`, `local`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from copydesk.content.errors import ContentError
from copydesk.content.writers.providers.access import access_to, api_of

if TYPE_CHECKING:
    from copydesk.content.settings import Settings

__all__ = ["Tokens", "cost_of", "estimated_cost"]

_PRICED_PROVIDERS: Final = frozenset({"openai", "anthropic", "google"})
_MILLION: Final = 1_000_000
_USUAL_SECTION: Final = 2_000
"""Tokens of the request that estimates are priced by: some models cost more from 200,000 on."""


class Tokens(Protocol):
    """Tokens of one request; `None` is unknown. Those in include what the provider had in its cache.

    Attributes `cache_read_tokens` and `cache_write_tokens` count too, where there are such.
    """

    @property
    def input_tokens(self) -> int | None: ...

    @property
    def output_tokens(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class _Request:
    """What the price table goes by."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


def cost_of(writer_name: str, model: str | None, usage: Tokens, settings: Settings) -> float | None:
    """What one request cost, in US dollars; `None` if a price or a number of tokens is unknown.

    `model` is the one that the provider says it used. Where the table does not know that, or none is said, the model
    in the writer's name counts. Prices of the settings go before the table.
    """
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    cached = {name: getattr(usage, name, None) or 0 for name in ("cache_read_tokens", "cache_write_tokens")}
    own = settings.of_writer(writer_name)
    provider = _provider_of(writer_name, settings)
    models = tuple(one for one in (model, writer_name.partition(":")[2]) if one)
    if own.input_price is None and own.output_price is None:
        return _listed(provider, models, _Request(usage.input_tokens, usage.output_tokens, **cached))
    sides = (
        (own.input_price, _Request(input_tokens=usage.input_tokens, **cached)),
        (own.output_price, _Request(output_tokens=usage.output_tokens)),
    )
    costs = [
        _listed(provider, models, request)
        if price is None
        else price * (request.input_tokens + request.output_tokens) / _MILLION
        for price, request in sides
    ]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def estimated_cost(writer_name: str, input_tokens: int, output_tokens: int, settings: Settings) -> float | None:
    """What so many tokens of ordinary sections will cost, in US dollars; `None` if a price is unknown.

    Nothing counts as cached: where a provider caches the part that all sections share, it will be less.
    """
    for_input = cost_of(writer_name, None, _Request(input_tokens=_USUAL_SECTION), settings)
    for_output = cost_of(writer_name, None, _Request(output_tokens=_USUAL_SECTION), settings)
    if for_input is None or for_output is None:
        return None
    return (for_input * input_tokens + for_output * output_tokens) / _USUAL_SECTION


def _provider_of(writer_name: str, settings: Settings) -> str | None:
    """Whose price list holds; `None` for a server of one's own, whatever interface it speaks."""
    family, _, model = writer_name.partition(":")
    if api_of(family, settings) not in _PRICED_PROVIDERS:
        return None
    try:
        access = access_to(family, model, settings)
    except ContentError:  # whoever asks this writer hears of it
        return None
    return None if access.is_own else access.api


def _listed(provider: str | None, models: tuple[str, ...], request: _Request) -> float | None:
    """By the first of these models that the table knows."""
    costs = (_table_price(provider, model, request) for model in models if provider is not None)
    return next((cost for cost in costs if cost is not None), None)


@lru_cache(maxsize=1_024)
def _table_price(provider: str, model: str, request: _Request) -> float | None:
    try:
        from genai_prices import Usage, calc_price  # noqa: PLC0415  a table of 1.5 MB, for those alone who pay
    except ModuleNotFoundError:  # a program's own writer, in an installation without providers
        return None
    usage = Usage(
        input_tokens=request.input_tokens,
        output_tokens=request.output_tokens,
        cache_read_tokens=request.cache_read_tokens,
        cache_write_tokens=request.cache_write_tokens,
    )
    try:
        return float(calc_price(usage, model, provider_id=provider).total_price)
    except (LookupError, ValueError):  # a model it does not know; numbers that contradict each other
        return None
