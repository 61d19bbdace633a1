"""What came back: fields, or text that is none, or nothing; and what it took."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic_ai.messages import TextPart, ToolCallPart

from copydesk.content.secrets import redact
from copydesk.content.writers.base import Permanent, Transient, Usage, Written
from copydesk.content.writers.prices import cost_of
from copydesk.content.writers.providers.shapes import without_nulls

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

    from copydesk.content.definition.models import Schema
    from copydesk.content.settings import Settings

__all__ = ["NoFields", "read_answer"]

_FENCE: Final = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)
_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class NoFields:
    """An answer that is no JSON object: its text, so that the model can be shown it."""

    text: str
    usage: Usage


def read_answer(
    response: ModelResponse, schema: Schema, writer: str, settings: Settings
) -> Written | NoFields | Transient | Permanent:
    """The fields with their usage; or refused, truncated, empty-answer."""
    usage = _usage(response, writer, settings)
    match response.finish_reason:
        case "content_filter":
            return Permanent("refused", f"{writer} refused to write this section{_why(response)}.", usage=usage)
        case "length":
            message = f"{writer} ran into its limit of tokens in the middle of the copy."
            return Transient("truncated", message, usage=usage)
        case "error":
            return Transient("unavailable", f"{writer} broke off with an error of its own.", usage=usage)
    content = _content(response)
    if content is None:
        return Transient("empty-answer", f"{writer} answered with nothing.", usage=usage)
    fields = content if isinstance(content, dict) else _fields_in(content)
    if fields is None:
        return NoFields(str(content), usage)
    return Written(without_nulls(schema, fields), usage, response.model_name)


def _usage(response: ModelResponse, writer: str, settings: Settings) -> Usage:
    """Servers that count nothing answer with zeros: that is unknown."""
    spent = response.usage
    if not spent.input_tokens and not spent.output_tokens:
        return Usage()
    return Usage(spent.input_tokens, spent.output_tokens, cost_of(writer, response.model_name, spent, settings))


def _why(response: ModelResponse) -> str:
    reason = (response.provider_details or {}).get("refusal")
    return f": {redact(' '.join(str(reason).split()))[:_LONGEST_REASON].rstrip('.')}" if reason else ""


def _content(response: ModelResponse) -> dict[str, Any] | str | None:
    """The arguments of the tool call, else the text."""
    for part in response.parts:
        if isinstance(part, ToolCallPart):
            # Whatever the library promises: a server may send a list.
            given = cast("object", part.args) or None
            return given if isinstance(given, dict | str | None) else json.dumps(given)
    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    return text if text.strip() else None


def _fields_in(text: str) -> dict[str, Any] | None:
    """The object that the text is, or that stands in it between words."""
    fenced = _FENCE.match(text)
    start, end = text.find("{"), text.rfind("}")
    for candidate in (fenced[1] if fenced else text, text[start : end + 1]):
        try:
            value: object = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    return None
