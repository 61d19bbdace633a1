"""What an assistant is told to do next, and why nothing moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from copydesk.content.operations.values import (
    WHOLE_SITE,
    Edit,
    Generate,
    Mode,
    Operation,
    Promote,
    Regenerate,
    Rollback,
    Scope,
    dump_operation,
)
from copydesk.content.reports import advice
from copydesk.content.reports.receipts import Failure
from copydesk.store.models import Operation as StoredOperation
from copydesk.store.states import Environment, OperationKind, OperationStatus
from copydesk.store.workers import WorkerRecord

HOME = Scope(pages=("home",))


def stored(writer: str | None = "scripted", **counts: int) -> StoredOperation:
    zero = dict.fromkeys(("pending", "processing", "completed", "failed", "cancelled"), 0)
    return StoredOperation(
        seq=1,
        id="op_1",
        kind=OperationKind.GENERATE if writer else OperationKind.PROMOTE,
        environment=Environment.PREVIEW,
        request=dump_operation(Generate(scope=WHOLE_SITE)),
        request_id=None,
        snapshot="hash",
        writer=writer,
        started_by=None,
        retry_of=None,
        budget=None,
        total_sections=3,
        skipped="[]",
        refused="[]",
        created_at=0,
        started_at=None,
        finished_at=None,
        pruned_at=None,
        changed=0,
        reserved_tokens=0,
        input_tokens=None,
        output_tokens=None,
        cost=None,
        status=OperationStatus.PROCESSING,
        **(zero | counts),
    )


def worker(*writers: str) -> WorkerRecord:
    return WorkerRecord("worker", writers, 4, 0)


def lacks(variable: str) -> advice.MissingKey:
    return lambda _: variable


@pytest.mark.parametrize(
    ("operation", "workers", "missing_key", "reason"),
    [
        (stored(pending=3), [worker("scripted")], advice.no_key_missing, None),
        (stored(pending=3), [worker("outline")], advice.no_key_missing, "no-worker"),
        (stored(pending=3), [], lacks("SOME_KEY"), "no-key"),
        (stored(pending=3), [worker("outline")], lacks("SOME_KEY"), "no-key"),
        (stored(pending=3), [worker("scripted")], lacks("SOME_KEY"), None),
        (stored(pending=2, processing=1), [], lacks("SOME_KEY"), None),
        (stored("agent", pending=2, processing=1), [worker("outline")], advice.no_key_missing, "assistant"),
        (stored("agent", processing=3), [], advice.no_key_missing, "assistant"),
        (stored("agent", completed=3), [], advice.no_key_missing, None),
        (stored(None, pending=1), [worker("outline")], advice.no_key_missing, None),
        (stored(None, pending=1), [], advice.no_key_missing, "no-worker"),
    ],
)
def test_what_holds_an_operation_up(
    operation: StoredOperation, workers: list[WorkerRecord], missing_key: advice.MissingKey, reason: str | None
) -> None:
    assert advice.blocked_by(operation, workers, missing_key) == reason


def step_of(operation: StoredOperation, **given: Any) -> tuple[str, dict[str, Any]] | None:
    step = advice.next_step(operation, now=0, **({"retryable": 0, "is_draft": False} | given))
    return None if step is None else (step.tool, step.arguments)


def test_next_step_leads_through_the_whole_job() -> None:
    waiting = stored("agent", pending=30, completed=2)
    assert step_of(waiting, blocked="assistant") == ("take-brief", {"operationId": "op_1", "count": 10})
    assert step_of(stored(pending=3)) == ("check-generation-status", {"operationId": "op_1", "waitSeconds": 2})
    assert step_of(stored(failed=1, completed=2), retryable=1) == ("retry-failed", {"operationId": "op_1"})
    assert step_of(stored(completed=3)) == ("compare-content", {"all": True})
    assert step_of(stored(completed=3), is_draft=True) is None


@pytest.mark.parametrize("blocked", ["no-worker", "no-key"])
def test_nothing_is_advised_where_only_a_person_can_help(blocked: str) -> None:
    assert step_of(stored(pending=3), blocked=blocked) is None


def test_missing_key_is_named_with_the_other_way() -> None:
    message = advice.message_of(stored(pending=3), "no-key", is_draft=False, missing_key=lacks("SOME_KEY"))
    assert "scripted needs SOME_KEY in the environment" in message
    assert "writer agent" in message


@pytest.mark.parametrize(
    ("operation", "tool", "arguments"),
    [
        (Generate(scope=WHOLE_SITE), "generate-all", {}),
        (
            Generate(scope=WHOLE_SITE, force=True, writer="local", instructions="Be brief", max_tokens=5),
            "generate-all",
            {"force": True, "writer": "local", "instructions": "Be brief", "maxTokens": 5},
        ),
        (Generate(scope=HOME), "generate", {"pages": ["home"]}),
        (Regenerate(scope=WHOLE_SITE, mode=Mode.WITH_CURRENT), "regenerate-all", {"mode": "with-current"}),
        (
            Regenerate(scope=WHOLE_SITE, keep=("1911",), overwrite_edits=True),
            "regenerate-content",
            {"all": True, "keep": ["1911"], "overwriteEdits": True},
        ),
        (Promote(review_id="review_1"), "promote", {"reviewId": "review_1"}),
        (Rollback(operation_ids=("op_2",), force=True), "rollback", {"operationIds": ["op_2"], "force": True}),
        (Rollback(scope=Scope(sections=("home/hero",))), "rollback", {"sections": ["home/hero"]}),
    ],
)
def test_a_dry_run_is_followed_by_the_same_call_in_earnest(
    operation: Operation, tool: str, arguments: dict[str, Any]
) -> None:
    step = advice.without_dry_run(operation, None)
    assert step is not None
    assert (step.tool, step.arguments) == (tool, arguments)


def test_a_dry_run_of_a_retry_is_followed_by_that_retry() -> None:
    step = advice.without_dry_run(Generate(scope=HOME, max_tokens=7), "op_1")
    assert step is not None
    assert (step.tool, step.arguments) == ("retry-failed", {"operationId": "op_1", "maxTokens": 7})


def test_what_names_very_many_sections_is_not_repeated() -> None:
    many = Scope(sections=tuple(f"home/s{number}" for number in range(21)))
    assert advice.without_dry_run(Generate(scope=many), None) is None
    assert advice.without_dry_run(Edit(page="home", section="hero", fields={}), None) is None


def test_suggested_waits_grow_with_the_time_it_takes() -> None:
    running = stored(processing=3)
    waits = [advice.wait_seconds(running, now) for now in (0, 3_000, 20_000, 60_000, 600_000)]
    assert waits == [2, 2, 10, 30, 45]


def test_a_writer_that_is_paused_for_long_is_not_asked_about_before() -> None:
    step = advice.next_step(stored(processing=3), retryable=0, is_draft=False, now=0, rest=105.0)
    assert step is not None
    assert step.after_seconds == 60


def test_a_retry_is_repeated_only_while_it_helps_and_leads_back_to_all_that_was_asked_for() -> None:
    first = stored(completed=36, failed=3)
    again = replace(stored(completed=1, failed=2), request=dump_operation(Generate(scope=HOME)), retry_of="op_1")
    hopeless = replace(again, completed=0, failed=3)
    assert step_of(again, retryable=2, earlier=(first,)) == ("retry-failed", {"operationId": "op_1"})
    assert step_of(hopeless, retryable=3, earlier=(first,)) == ("compare-content", {"all": True})
    assert step_of(hopeless, retryable=3, earlier=(replace(first, completed=0),)) is None


def test_what_failed_to_be_published_is_reviewed_and_not_published_again() -> None:
    promote = replace(stored(writer=None, failed=2), request=dump_operation(Promote(scope=HOME)))
    assert step_of(promote, retryable=2) == ("compare-content", {"pages": ["home"]})
    assert step_of(replace(promote, failed=0, completed=2)) is None


@pytest.mark.parametrize("code", ["wrong-key", "no-key", "no-credit", "writer-missing", "model-unusable", "budget"])
def test_what_waits_for_somebody_is_not_retried_at_once(code: str) -> None:
    failure = Failure(
        page="home", section="hero", job_id="job_1", code=code, message="No.", retryable=True, fix="Mend it."
    )
    assert advice.retryable_at_once([failure]) == 0
    assert advice.retryable_at_once([failure.model_copy(update={"code": "timeout"})]) == 1
    assert advice.what_helps([failure], None) == f" What helps ({code}): Mend it."


def test_publishing_that_was_only_planned_is_reviewed_first() -> None:
    step = advice.without_dry_run(Promote(scope=HOME), None)
    assert step is not None
    assert (step.tool, step.arguments) == ("compare-content", {"pages": ["home"]})
