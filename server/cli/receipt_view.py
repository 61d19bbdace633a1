"""A receipt, and a list of failures, as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from copydesk.server.cli.advice import after_drafting, command_for
from copydesk.server.cli.money import cost_cell, estimate_line, tokens_cell

if TYPE_CHECKING:
    from rich.console import RenderableType

    from copydesk.content.reports.receipts import Failure, NextStep, Receipt, SkippedSection, UsageSummary
    from copydesk.server.cli.terminal import Terminal

__all__ = ["failures_table", "next_line", "plain_table", "short_time", "show_receipt", "styled_outcome"]

_STYLES = {
    "ok": "bold green",
    "completed": "green",
    "nothing-to-do": "green",
    "partial": "bold yellow",
    "failed": "bold red",
    "cancelled": "yellow",
    "pending": "cyan",
    "processing": "cyan",
}


def show_receipt(terminal: Terminal, receipt: Receipt) -> None:
    """The answer of a command: JSON as it travels, or a headline, what was skipped, what failed and what next."""
    terminal.answer(receipt)
    terminal.show(*_parts(receipt))


def _parts(receipt: Receipt) -> Iterator[RenderableType | None]:
    yield _headline(receipt)
    yield escape(receipt.message)
    yield from (f"[yellow]Warning:[/] {escape(one)}" for one in receipt.warnings)
    if receipt.estimate is not None:
        yield estimate_line(receipt.estimate)
    if receipt.usage is not None and receipt.usage.input_tokens is not None:
        yield f"Took {tokens_cell(receipt.usage)} tokens{_paid(receipt.usage)}."
    yield _skipped_table(receipt.skipped, receipt.skipped_total)
    yield failures_table(receipt.failed, receipt.errors_total)
    yield next_line(receipt.next_step) or _next(after_drafting(receipt))


def _headline(receipt: Receipt) -> str:
    planned = " (dry run, nothing stored)" if receipt.dry_run else ""
    ended = {"timeout": "; stopped waiting", "blocked": "; nothing moves"}.get(receipt.wait_ended, "")
    state = receipt.outcome or receipt.status
    how = "" if state is None else f" {styled_outcome(state)}"
    return f"[bold]{receipt.operation}[/]{planned} {receipt.operation_id or ''}{how}{ended}"


def styled_outcome(state: str) -> str:
    """An outcome or status in its colour, as markup."""
    style = _STYLES.get(state)
    return state if style is None else f"[{style}]{state}[/]"


def _paid(usage: UsageSummary) -> str:
    return "" if usage.cost is None else f", {cost_cell(usage)}"


def _skipped_table(skipped: Sequence[SkippedSection], total: int) -> Table | None:
    """One row for each reason, with the sections it holds for."""
    if not skipped:
        return None
    title = f"Skipped: {total}" + (f" (the first {len(skipped)} are shown)" if total > len(skipped) else "")
    table = plain_table("why", "sections", "in words", title=title)
    for code in dict.fromkeys(one.code for one in skipped):
        alike = [one for one in skipped if one.code == code]
        places = ", ".join(f"{one.page}/{one.section}" for one in alike[:3])
        more = f" and {len(alike) - 3} more" if len(alike) > 3 else ""  # noqa: PLR2004 - enough to recognise them
        table.add_row(code, escape(places + more), escape(alike[0].reason))
    return table


def failures_table(failures: Sequence[Failure], total: int) -> Table | None:
    """What failed, why, and what would help."""
    if not failures:
        return None
    title = f"Failed: {total}" + (f" (the first {len(failures)} are shown)" if total > len(failures) else "")
    table = plain_table("section", "code", "what happened", "what helps", title=title)
    for places, one in _alike(failures):
        table.add_row(escape(places), f"[red]{escape(one.code)}[/]", escape(one.message), escape(one.fix))
    return table


def _alike(failures: Sequence[Failure]) -> Iterator[tuple[str, Failure]]:
    """One failure for each reason: a wrong key stops hundreds of sections with one sentence."""
    groups: dict[tuple[str, str], list[Failure]] = {}
    for one in failures:
        groups.setdefault((one.code, one.message), []).append(one)
    for alike in groups.values():
        more = f" and {len(alike) - 1} more" if len(alike) > 1 else ""
        yield f"{alike[0].page}/{alike[0].section}{more}", alike[0]


def next_line(step: NextStep | None) -> str | None:
    return _next(command_for(step))


def _next(what: str | None) -> str | None:
    return None if what is None else f"[dim]Next:[/] {escape(what)}"


def short_time(at: str) -> str:
    """A time as answers have it, to the second: `2026-11-23 14:05:09 UTC`."""
    return f"{at[:19].replace('T', ' ')} UTC"


def plain_table(*columns: str, title: str | None = None) -> Table:
    """A table without lines, which reads well in a pipe too. The first column is never folded: it holds the id."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, header_style="dim", overflow="fold", no_wrap=column == columns[0])
    return table
