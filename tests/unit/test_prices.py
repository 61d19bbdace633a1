"""What tokens cost, and how that is said."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final

import pytest

from copydesk.content.reports.receipts import EstimateSummary, UsageSummary
from copydesk.content.settings import Settings
from copydesk.content.writers.base import Usage
from copydesk.content.writers.prices import cost_of, estimated_cost
from copydesk.server.cli.money import cost_cell, estimate_line, in_dollars, tokens_cell

THOUSAND: Final = Usage(1_000, 1_000)


@dataclass(frozen=True, slots=True)
class Cached:
    """Usage as a provider's library reports it."""

    input_tokens: int = 1_000
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


def settings(**writers: dict[str, Any]) -> Settings:
    return Settings.model_validate({"writers": writers})


@pytest.fixture(autouse=True)
def no_servers_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("writer", ["openai:gpt-4o-mini", "anthropic:claude-sonnet-4-5", "google:gemini-2.5-flash"])
def test_models_of_the_table_have_a_price_that_grows_with_the_tokens(writer: str) -> None:
    one, two = (cost_of(writer, None, usage, Settings()) for usage in (THOUSAND, Usage(2_000, 2_000)))
    assert one is not None
    assert one > 0
    assert two == pytest.approx(2 * one)


def test_the_price_is_the_published_one() -> None:
    assert cost_of("openai:gpt-4o-mini", None, Usage(1_000_000, 0), Settings()) == pytest.approx(0.15)
    assert cost_of("openai:gpt-4o-mini", None, Usage(0, 1_000_000), Settings()) == pytest.approx(0.60)


def test_the_model_that_answered_counts_more_than_the_one_that_was_asked() -> None:
    answered = cost_of("openai:gpt-4o", "gpt-4o-mini-2024-07-18", THOUSAND, Settings())
    assert answered == cost_of("openai:gpt-4o-mini", None, THOUSAND, Settings())
    unknown = cost_of("openai:gpt-4o", "ft:gpt-of-our-own", THOUSAND, Settings())
    assert unknown == cost_of("openai:gpt-4o", None, THOUSAND, Settings()), "the one asked for, where that is unknown"


@pytest.mark.parametrize(
    "writer", ["openai:no-such-model", "openai:", "ollama:gpt-4o-mini", "outline", "local", "agent", "mine", "bard:1"]
)
def test_what_has_no_known_price_costs_null_and_never_zero(writer: str) -> None:
    assert cost_of(writer, "gpt-4o-mini", THOUSAND, Settings()) is None or writer.startswith("openai:")
    assert cost_of(writer, None, THOUSAND, Settings()) is None
    assert estimated_cost(writer, 1_000, 1_000, Settings()) is None


@pytest.mark.parametrize("usage", [Usage(), Usage(5, None), Usage(None, 5)])
def test_unknown_tokens_have_an_unknown_cost(usage: Usage) -> None:
    assert cost_of("openai:gpt-4o-mini", None, usage, Settings()) is None


def test_a_server_of_ones_own_has_no_listed_price_whatever_its_models_are_called() -> None:
    own = settings(lmstudio={"api": "openai", "base_url": "http://127.0.0.1:1234/v1"})
    assert cost_of("lmstudio:gpt-4o-mini", None, THOUSAND, own) is None
    moved = settings(openai={"base_url": "http://127.0.0.1:1234/v1"})
    assert cost_of("openai:gpt-4o-mini", None, THOUSAND, moved) is None


def test_a_server_that_the_environment_names_has_no_listed_price_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1234/v1")
    assert cost_of("openai:gpt-4o-mini", None, THOUSAND, Settings()) is None


def test_another_name_for_a_provider_has_the_prices_of_the_provider() -> None:
    work = settings(work={"api": "openai", "key": "WORK_KEY"})
    usual = cost_of("openai:gpt-4o-mini", None, THOUSAND, Settings())
    assert cost_of("work:gpt-4o-mini", None, THOUSAND, work) == usual


def test_prices_of_the_settings_go_before_the_table() -> None:
    own = settings(openai={"input_price": 1.0, "output_price": 2.0}, ollama={"input_price": 0.5, "output_price": 0.0})
    assert cost_of("openai:gpt-4o-mini", None, THOUSAND, own) == pytest.approx(0.003)
    assert cost_of("openai:no-such-model", None, THOUSAND, own) == pytest.approx(0.003)
    assert cost_of("ollama:llama", None, THOUSAND, own) == pytest.approx(0.0005)
    assert estimated_cost("ollama:llama", 2_000_000, 7, own) == pytest.approx(1.0)


def test_one_price_of_the_settings_leaves_the_other_to_the_table() -> None:
    own = settings(openai={"input_price": 1.0})
    assert cost_of("openai:gpt-4o-mini", None, THOUSAND, own) == pytest.approx(0.001 + 0.0006)
    assert cost_of("openai:no-such-model", None, THOUSAND, own) is None


def test_what_the_provider_had_cached_costs_less() -> None:
    full, cached = (
        cost_of("openai:gpt-4o-mini", None, usage, Settings()) for usage in (Cached(), Cached(cache_read_tokens=900))
    )
    assert full is not None
    assert cached is not None
    assert 0 < cached < full


def test_numbers_that_contradict_each_other_have_no_cost() -> None:
    assert cost_of("openai:gpt-4o-mini", None, Cached(cache_read_tokens=5_000), Settings()) is None


def test_a_whole_site_is_estimated_at_the_price_of_its_sections_and_not_of_one_giant_request() -> None:
    section = estimated_cost("anthropic:claude-sonnet-4-5", 2_000, 500, Settings())
    site = estimated_cost("anthropic:claude-sonnet-4-5", 2_000_000, 500_000, Settings())
    assert section is not None
    assert site == pytest.approx(1_000 * section)


def test_prices_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert cost_of("openai:gpt-4.1-nano", None, THOUSAND, Settings()) is not None


def test_the_table_is_loaded_only_by_those_who_pay() -> None:
    program = (
        "import sys; from copydesk.content.settings import Settings; from copydesk.content.writers.prices import *;"
        "print(estimated_cost('outline', 5, 5, Settings()), 'genai_prices' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "None False"


@pytest.mark.parametrize(
    ("cost", "said"), [(0.0, "$0.00"), (0.42, "$0.42"), (1_234.5, "$1,234.50"), (0.01, "$0.01"), (0.00123, "$0.0012")]
)
def test_dollars_keep_what_matters_of_them(cost: float, said: str) -> None:
    assert in_dollars(cost) == said


def test_an_estimate_says_what_is_known() -> None:
    def line(tokens: int, cost: float | None) -> str:
        return estimate_line(EstimateSummary(input_tokens=tokens, output_tokens=tokens, cost=cost, seconds=12.4))

    assert line(1_500, 0.42) == "Estimate: 1,500 tokens in, 1,500 out, about $0.42, about 12 s."
    assert "cost unknown" in line(1_500, None)
    assert line(0, None) == "Estimate: no tokens, about 12 s."


def test_cells_leave_unknown_sums_open() -> None:
    assert (tokens_cell(UsageSummary()), cost_cell(UsageSummary())) == ("-", "-")
    assert tokens_cell(UsageSummary(input_tokens=1_000, output_tokens=None)) == "1,000"
    assert cost_cell(UsageSummary(cost=3.0)) == "$3.00"
