"""Budgets: how many tokens an operation may take. An argument chooses; the settings are the ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Generate, Regenerate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copydesk.content.operations.values import Operation
    from copydesk.content.settings import Settings

__all__ = ["budget_of", "with_budget"]


def budget_of(operation: Operation, settings: Settings, origins: Mapping[str, str]) -> int | None:
    """Tokens that the operation may take over all its attempts; `None` is without end, or nothing is written.

    Raises `ContentError` (over-ceiling) if it asks for more than the settings allow; `origins` says where these stand.
    """
    if not isinstance(operation, Generate | Regenerate):
        return None
    wanted, ceiling = operation.max_tokens, settings.max_tokens
    if wanted is not None and ceiling is not None and wanted > ceiling:
        message = (
            f"maxTokens {wanted:,} is more than the setting max_tokens allows: {ceiling:,}"
            f" ({origins.get('max_tokens', 'default')}). Ask for {ceiling:,} or less, or for none; only whoever keeps "
            "the project's settings can raise it. Nothing was changed."
        )
        raise ContentError("over-ceiling", message)
    return ceiling if wanted is None else wanted


def with_budget(retry: Operation, max_tokens: int | None, *, ceiling: int | None) -> Operation:
    """A retry with another budget, if one is named; else with its first one, which may have come to be too high."""
    if not isinstance(retry, Generate | Regenerate):
        return retry
    if max_tokens is not None:
        return retry.model_copy(update={"max_tokens": max_tokens})
    if retry.max_tokens is not None and ceiling is not None and retry.max_tokens > ceiling:
        return retry.model_copy(update={"max_tokens": ceiling})
    return retry
