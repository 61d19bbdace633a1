"""One writer at work: its connections, and the dialogue about one section."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import AgentRunError, UserError

from copydesk.content.writers.base import Permanent, Transient, Usage, Written
from copydesk.content.writers.providers.introduction import Introduction
from copydesk.content.writers.providers.library.answering import NoFields, read_answer
from copydesk.content.writers.providers.library.asking import (
    conversation,
    forms_for,
    parameters,
    settings_for,
    went_wrong,
)
from copydesk.content.writers.providers.library.connecting import connect, open_client
from copydesk.content.writers.providers.library.failing import is_about_the_form, outcome_of, unreadable

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage

    from copydesk.content.briefs import Brief
    from copydesk.content.settings import Settings
    from copydesk.content.writers.base import Answer, Correction
    from copydesk.content.writers.providers.access import Access
    from copydesk.content.writers.providers.library.asking import Form

__all__ = ["Session"]

_REPROACH: Final = "That is no JSON object. Answer with the JSON object of the fields, and with nothing else."
_LONGEST_SHOWN: Final = 2_000
_GARBLED: Final = (TypeError, AttributeError, LookupError, ValueError)
"""What the libraries stumble with over answers that are JSON and not what they should be."""

_LOG = logging.getLogger(__name__)


class Session:
    """The model of one writer, under one key."""

    def __init__(self, access: Access, key: str | None, settings: Settings) -> None:
        self._access = access
        self._settings = settings
        self._client = open_client(access)
        self._model = connect(access, key, self._client)
        self._introduction = Introduction()
        self._refused_forms: dict[str, set[Form]] = {}

    async def write(self, brief: Brief, correction: Correction | None) -> Answer:
        """Fields, or why there are none."""
        return await self._introduction.call(partial(self._converse, brief, correction))

    async def _converse(self, brief: Brief, correction: Correction | None) -> Answer:
        """Ask; and once more, if what comes back is no object at all."""
        messages = conversation(brief, correction)
        first = await self._ask(brief, messages)
        if not isinstance(first, NoFields):
            return first
        again = went_wrong(messages, brief, first.text[:_LONGEST_SHOWN], _REPROACH)
        second = await self._ask(brief, again)
        if isinstance(second, NoFields):
            message = f"{self._access.writer} answered with something else than a JSON object, twice."
            return Transient("no-json", message, usage=_sum(first.usage, second.usage))
        return replace(second, usage=_sum(first.usage, second.usage))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, brief: Brief, messages: list[ModelMessage]) -> Written | NoFields | Transient | Permanent:
        """One question; in a lesser form if the server does not know the better one."""
        refused = self._refused_forms.setdefault(brief.schema.canonical, set())
        forms = forms_for(brief.schema.schema, self._access, self._model.profile)
        for form in [form for form in forms[:-1] if form not in refused]:
            try:
                return await self._ask_in(form, brief, messages)
            except (AgentRunError, UserError) as error:
                if not is_about_the_form(error):
                    return outcome_of(error, self._access)
                refused.add(form)
        try:
            return await self._ask_in(forms[-1], brief, messages)
        except (AgentRunError, UserError) as error:
            return outcome_of(error, self._access)

    async def _ask_in(
        self, form: Form, brief: Brief, messages: list[ModelMessage]
    ) -> Written | NoFields | Transient | Permanent:
        try:
            response = await model_request(
                self._model,
                messages,
                model_settings=settings_for(brief, self._access, self._model.profile),
                model_request_parameters=parameters(form, brief.schema.schema, self._access),
                instrument=False,  # prompts and copy belong to nobody's traces
            )
        except _GARBLED as error:
            _LOG.warning("the answer of %s could not be read: %s", self._access.writer, type(error).__name__)
            return unreadable(self._access)
        return read_answer(response, brief.schema.schema, self._access.writer, self._settings)


def _sum(one: Usage, other: Usage) -> Usage:
    """What is unknown of one is left out; unknown of both stays unknown."""
    counts = (
        None if first is None and second is None else (first or 0) + (second or 0)
        for first, second in ((one.input_tokens, other.input_tokens), (one.output_tokens, other.output_tokens))
    )
    cost = None if one.cost is None and other.cost is None else (one.cost or 0.0) + (other.cost or 0.0)
    return Usage(next(counts), next(counts), cost)
