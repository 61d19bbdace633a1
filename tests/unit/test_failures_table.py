"""Failures as the terminal shows them."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from copydesk.content.reports.receipts import Failure
from copydesk.server.cli.receipt_view import failures_table


def failure(section: str, code: str, message: str) -> Failure:
    return Failure(
        page="home", section=section, job_id=None, code=code, message=message, retryable=True, fix="Mend it."
    )


def test_one_reason_is_said_once_however_many_sections_it_stopped() -> None:
    stopped = [failure(f"s{number}", "wrong-key", "The key was refused.") for number in range(20)]
    table = failures_table([*stopped, failure("faq", "timeout", "No answer.")], 40)
    assert table is not None
    shown = StringIO()
    Console(file=shown, width=120).print(table)
    _, _, *rows = shown.getvalue().splitlines()
    assert [row.split("  ")[0] for row in rows] == ["home/s0 and 19 more", "home/faq"]
    assert shown.getvalue().count("The key was refused.") == 1
