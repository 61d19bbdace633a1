"""Tokens and money as a person reads them; what is not known is not written as nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.content.reports.receipts import EstimateSummary, UsageSummary

__all__ = ["cost_cell", "estimate_line", "in_dollars", "tokens_cell"]

_CENT = 0.01


def in_dollars(cost: float) -> str:
    """`$0.42`, and with more digits what is less than a cent."""
    return f"${cost:,.2f}" if cost >= _CENT or cost == 0 else f"${cost:.2g}"


def tokens_cell(usage: UsageSummary) -> str:
    """All tokens of a sum, for a table."""
    if usage.input_tokens is None and usage.output_tokens is None:
        return "-"
    return f"{(usage.input_tokens or 0) + (usage.output_tokens or 0):,}"


def cost_cell(usage: UsageSummary) -> str:
    """The cost of a sum, for a table."""
    return "-" if usage.cost is None else in_dollars(usage.cost)


def estimate_line(estimate: EstimateSummary) -> str:
    """What a plan will take, in a line."""
    time = f"about {estimate.seconds:.0f} s"
    if not (estimate.input_tokens or estimate.output_tokens):
        return f"Estimate: no tokens, {time}."
    cost = "cost unknown" if estimate.cost is None else f"about {in_dollars(estimate.cost)}"
    return f"Estimate: {estimate.input_tokens:,} tokens in, {estimate.output_tokens:,} out, {cost}, {time}."
