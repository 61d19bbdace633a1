"""Lines that are no messages get the error that JSON-RPC names, under the id of the request if it has one."""

from __future__ import annotations

import pytest
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError

from copydesk.server.wrong_lines import refusal

PARSE_ERROR = -32700
INVALID_REQUEST = -32600


def wrong(line: str) -> ValidationError:
    """What the transport hands on for such a line."""
    with pytest.raises(ValidationError) as refused:
        jsonrpc_message_adapter.validate_json(line, by_name=False)
    return refused.value


@pytest.mark.parametrize(
    ("line", "code", "number"),
    [
        ("junk\n", PARSE_ERROR, None),
        ('{"jsonrpc":"2.0","id":1', PARSE_ERROR, None),
        ('{"jsonrpc":"2.0","id":"a","method":"x","params":{"half":"\\ud800"}}', PARSE_ERROR, "a"),
        ('{"id":' + "[" * 100_000, PARSE_ERROR, None),
        ('{"jsonrpc":"2.0","id":2}', INVALID_REQUEST, 2),
        ('{"jsonrpc":"1.0","id":3,"method":"ping"}', INVALID_REQUEST, 3),
        ('{"jsonrpc":"2.0","id":4,"method":"ping","params":[1]}', INVALID_REQUEST, 4),
        ('{"jsonrpc":"2.0","id":true}', INVALID_REQUEST, None),
        ('[{"jsonrpc":"2.0","id":5,"method":"ping"}]', INVALID_REQUEST, None),
        ("5", INVALID_REQUEST, None),
    ],
)
def test_line_that_is_no_message_is_refused_under_its_id(line: str, code: int, number: int | str | None) -> None:
    answer = refusal(wrong(line))
    assert answer is not None
    assert (answer.error.code, answer.id) == (code, number)


def test_batch_is_told_to_come_line_by_line() -> None:
    answer = refusal(wrong('[{"jsonrpc":"2.0","id":5,"method":"ping"}]'))
    assert answer is not None
    assert "on a line of its own" in answer.error.message


@pytest.mark.parametrize("line", ["\n", "  \r\n", '{"jsonrpc":"2.0","id":1,"result":5}', '{"jsonrpc":"2.0","error":5}'])
def test_empty_lines_and_answers_are_not_answered(line: str) -> None:
    assert refusal(wrong(line)) is None
