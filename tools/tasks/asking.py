"""Briefs as requests to a client's model: for operations whose writer is the assistant.

Of the requests that a task may make, sampling is the one whose addressee is a model. Elicitation asks a person, one
form for each section, and its forms are flat: most templates do not fit into one. So a client that declares sampling
is asked; any other gets no task for such an operation but its receipt, since a client that waits for the task would
keep waiting for what only its own assistant can do, by take-brief and submit-content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mcp_types import ClientCapabilities, CreateMessageRequest, CreateMessageRequestParams, SamplingMessage, TextContent

from copydesk.content.assistant.asking import Open, open_briefs
from copydesk.content.assistant.items import Item
from copydesk.content.assistant.takers import Taker
from copydesk.content.assistant.views import ItemAnswer
from copydesk.content.desk import Desk
from copydesk.content.reports.following import Followed
from copydesk.content.writers.base import AGENT
from copydesk.tools.tasks.wire import Json

__all__ = ["Asking", "can_be_asked", "waits_for_assistant"]

_AT_ONCE: Final = 4
"""Requests that are open at a time."""
_MOST_REJECTIONS: Final = 4
"""A model that has failed so often is not asked again; an assistant may still take the brief."""
_MOST_REMEMBERED: Final = 1_000
_LARGEST_ANSWER_TOKENS: Final = 8_192
_FENCE: Final = re.compile(r"^\s*```[a-z]*\n(.*)\n```\s*$", re.DOTALL)


def can_be_asked(capabilities: ClientCapabilities | None) -> bool:
    """Whether the client lets its model be asked."""
    return capabilities is not None and capabilities.sampling is not None


def waits_for_assistant(followed: Followed) -> bool:
    return followed.operation.is_unfinished and followed.operation.writer == AGENT


class Asking:
    """Asks a client's model for copy. What was wrong with an answer goes with the next request, unless this process
    ends in between: then the model is asked without it."""

    def __init__(self) -> None:
        self._corrections: dict[str, ItemAnswer] = {}

    async def requests(self, desk: Desk, followed: Followed) -> Json:
        """What to write now, by keys that stand for one request each: another try has another key."""
        found = await open_briefs(desk.store, desk.briefings, followed.operation.seq, count=_AT_ONCE)
        asked = [one for one in found if one.rejections < _MOST_REJECTIONS]
        return {_key(one.job_id, one.rejections): self._request(one) for one in asked}

    async def answer(self, desk: Desk, followed: Followed, responses: Mapping[str, Any]) -> None:
        """Submit each answer to an open request, as submit-content would; others are ignored."""
        for key in await self.requests(desk, followed):
            if key in responses:
                await self._submit(desk, followed, key, responses[key])

    async def _submit(self, desk: Desk, followed: Followed, key: str, response: Any) -> None:
        job_id, tries = _read_key(key)
        taker = Taker(_model_of(response), session=followed.operation.id)
        (result,) = (await desk.submit_content([Item(job_id, _text_of(response))], taker=taker)).results
        self._corrections.pop(key, None)
        if result.status == "rejected":
            while len(self._corrections) >= _MOST_REMEMBERED:
                del self._corrections[next(iter(self._corrections))]
            self._corrections[_key(job_id, tries + 1)] = result

    def _request(self, one: Open) -> Json:
        parts = [
            one.brief.text,
            f"Answer with nothing but a JSON object that is valid for this JSON Schema:\n{one.brief.schema.canonical}",
        ]
        if rejected := self._corrections.get(_key(one.job_id, one.rejections)):
            problems = "\n".join(f"- {each.path}: {each.message}" for each in rejected.violations)
            parts.append(f"Your last answer was not stored. Correct all of this:\n{problems}")
        asked = SamplingMessage(role="user", content=TextContent(type="text", text="\n\n".join(parts)))
        params = CreateMessageRequestParams(messages=[asked], max_tokens=_LARGEST_ANSWER_TOKENS)
        return CreateMessageRequest(params=params).model_dump(mode="json", by_alias=True, exclude_none=True)


def _key(job_id: str, tries: int) -> str:
    return f"{job_id}.{tries}"


def _read_key(key: str) -> tuple[str, int]:
    job_id, _, tries = key.rpartition(".")
    return job_id, int(tries)


def _model_of(response: Any) -> str | None:
    model = response.get("model") if isinstance(response, Mapping) else None
    return model if isinstance(model, str) else None


def _text_of(response: Any) -> str:
    """The text of an answer, without the fence that models put around JSON; empty for what is none."""
    content = response.get("content") if isinstance(response, Mapping) else None
    blocks = content if isinstance(content, list) else [content]
    texts = [block.get("text") for block in blocks if isinstance(block, Mapping)]
    text = "".join(one for one in texts if isinstance(one, str))
    fenced = _FENCE.match(text)
    return fenced[1] if fenced else text
