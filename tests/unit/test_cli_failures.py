"""From an exception to what the command line says."""

from __future__ import annotations

import click
import pytest

from copydesk.content.errors import ContentError
from copydesk.server.cli.exits import Exit
from copydesk.server.cli.failures import failure_of
from copydesk.store.errors import StoreBusy


def test_error_out_of_nested_task_groups_keeps_its_code_and_sentence() -> None:
    error = ExceptionGroup("outer", [ExceptionGroup("inner", [ContentError("unknown-page", "There is no such page.")])])
    failure = failure_of(error)
    assert (failure.code, failure.message, failure.exit) == ("unknown-page", "There is no such page.", Exit.REFUSED)


def test_store_error_is_a_failure_with_its_name_as_code() -> None:
    failure = failure_of(StoreBusy())
    assert (failure.code, failure.exit) == ("store-busy", Exit.FAILED)
    assert failure.message.endswith("Try again.")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_interruption_has_an_exit_code_of_its_own(error: BaseException) -> None:
    assert failure_of(error).exit is Exit.INTERRUPTED


def test_defect_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        failure_of(ExceptionGroup("one", [ZeroDivisionError()]))
