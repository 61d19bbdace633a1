"""The question: the brief and, asked again, what was answered and what is wrong with it; and the form of the answer."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.tools import ToolDefinition

from copydesk.content.writers.providers.shapes import is_plain, with_all_required

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.profiles import ModelProfile
    from pydantic_ai.settings import ModelSettings

    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Schema
    from copydesk.content.writers.base import Correction
    from copydesk.content.writers.providers.access import Access

__all__ = ["Form", "conversation", "forms_for", "parameters", "settings_for", "went_wrong"]

_NAME: Final = "write_section"
_LONGEST_COPY: Final = 16_384
"""Tokens, thoughts included. Anthropic wants to be told, and answers in one piece up to a limit a little above."""
_PURPOSE: Final = "The fields of the section's copy."


class Form(StrEnum):
    """How the answer is held to the schema, the best first."""

    NATIVE = "native"
    TOOL = "tool"
    PROMPTED = "prompted"
    """Some JSON, by the server's word."""
    TEXT = "text"
    """By the prompt alone."""


def forms_for(schema: Schema, access: Access, profile: ModelProfile) -> list[Form]:
    """What can be tried, the best first. A server refuses what it does not know: then it is the next one's turn.

    The providers' strict modes take plain schemas only. A server of one's own, as a rule, takes any.
    """
    forms = []
    if profile.get("supports_json_schema_output", False) and (_takes_any_schema(access) or is_plain(schema)):
        forms.append(Form.NATIVE)
    if profile.get("supports_tools", True):
        forms.append(Form.TOOL)
    forms.append(Form.PROMPTED)
    # Providers know their own mode for any JSON; a server of one's own may not.
    return [*forms, Form.TEXT] if _takes_any_schema(access) else forms


def parameters(form: Form, schema: Schema, access: Access) -> ModelRequestParameters:
    """The answer's form, in the library's words. The schema stands in the prompt as well: no template for it here."""
    match form:
        case Form.NATIVE:
            output = OutputObjectDefinition(_native_shape(schema, access), _NAME, _PURPOSE, _is_strict(access))
            return ModelRequestParameters(output_mode="native", output_object=output, prompted_output_template=False)
        case Form.TOOL:
            tool = ToolDefinition(
                name=_NAME, parameters_json_schema=schema, description=_PURPOSE, strict=False, kind="output"
            )
            return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)
        case Form.PROMPTED:
            output = OutputObjectDefinition({"type": "object"}, _NAME, _PURPOSE)
            return ModelRequestParameters(output_mode="prompted", output_object=output, prompted_output_template=False)
        case Form.TEXT:
            return ModelRequestParameters(output_mode="text", allow_text_output=True)


def _takes_any_schema(access: Access) -> bool:
    return access.is_own and access.api in ("openai", "ollama")


def _native_shape(schema: Schema, access: Access) -> Schema:
    return with_all_required(schema) if access.api == "openai" and not access.is_own else schema


def _is_strict(access: Access) -> bool | None:
    """OpenAI's own server guarantees the shape in strict mode only; Anthropic knows no other."""
    match access.api:
        case "openai" | "ollama":
            return not access.is_own
        case "anthropic":
            return True
        case "google":
            return None


def settings_for(brief: Brief, access: Access, profile: ModelProfile) -> ModelSettings:
    """The part that is equal for all sections is marked for the provider's cache; nobody but us tries again."""
    settings: dict[str, Any] = {} if access.api == "google" else {"max_retries": 0}
    if access.api == "anthropic":
        settings["anthropic_cache_instructions"] = True
        if cast("dict[str, Any]", profile).get("anthropic_max_output_tokens"):
            settings["max_tokens"] = _LONGEST_COPY
    if access.api == "openai" and not access.is_own:
        # Requests with the same key go where the cache of their common beginning is.
        settings["openai_prompt_cache_key"] = hashlib.sha256(brief.stable.encode()).hexdigest()[:32]
    return cast("ModelSettings", settings)


def conversation(brief: Brief, correction: Correction | None) -> list[ModelMessage]:
    """The brief; then what was written and all that is wrong with it."""
    question = f"{brief.variable}\n\nJSON Schema of the fields:\n{brief.schema.canonical}"
    asked: list[ModelMessage] = [ModelRequest([UserPromptPart(question)], instructions=brief.stable)]
    if correction is None:
        return asked
    answered = json.dumps(correction.fields, ensure_ascii=False, default=str)
    wrong = "\n".join(f"- {violation}" for violation in correction.violations)
    reproach = f"That cannot be used yet:\n{wrong}\nAnswer with the whole object again, these put right."
    return went_wrong(asked, brief, answered, reproach)


def went_wrong(asked: Sequence[ModelMessage], brief: Brief, answered: str, reproach: str) -> list[ModelMessage]:
    """The conversation so far, the answer to it, and what is to be done differently."""
    return [
        *asked,
        ModelResponse([TextPart(answered)]),
        ModelRequest([UserPromptPart(reproach)], instructions=brief.stable),
    ]
