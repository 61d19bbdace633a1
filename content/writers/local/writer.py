"""The writer `local`: briefs in, fields out, by a model on this machine.

What comes out is grammatical and has the right shape. From the small model it is a draft: it knows nothing about
the site beyond a few lines, and nobody should publish it unread.
"""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from copydesk.content.briefs import brief_estimate
from copydesk.content.writers.base import Answer, Estimate, Permanent, Transient, Usage, Written
from copydesk.content.writers.local.model_process import IDLE, Completion, ModelFailed, ModelProcess, ModelSettings
from copydesk.content.writers.local.narrowing import Limits, narrowed, tidied
from copydesk.content.writers.local.prompting import full_messages, short_messages
from copydesk.content.writers.outline import OutlineWriter
from copydesk.content.writers.weaving import woven

if TYPE_CHECKING:
    from pathlib import Path

    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Fields, Schema
    from copydesk.content.schema.compiled import CompiledSchema
    from copydesk.content.writers.base import Correction
    from copydesk.content.writers.local.prompting import Message

__all__ = ["FULL", "SMALL", "LocalWriter", "Recipe", "recipe_for"]

_SMALL_FILE: Final = 300 * 1024 * 1024
"""Bytes; a model in a smaller file can follow a shape and little else."""
_TOKENS_OF_EXAMPLES: Final = 350


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is asked. `context`, `batch` and `longest` are tokens."""

    limits: Limits
    context: int
    batch: int
    longest: int
    temperature: float
    repeat_penalty: float
    is_short: bool
    """Whether it gets the gist of the brief in place of the whole."""
    seconds: float
    """What a section takes, about."""


SMALL: Final = Recipe(Limits(160, 3, 4_500), 3072, 128, 1500, 0.3, 1.1, is_short=True, seconds=1.5)
"""Measured on SmolLM2-135M: all templates of a real site came out valid, in 250 MB."""
FULL: Final = Recipe(Limits(1_200, 6, 12_000, plain=False), 8192, 512, 4000, 0.6, 1.05, is_short=False, seconds=30.0)


def recipe_for(model: Path) -> Recipe:
    return SMALL if model.stat().st_size < _SMALL_FILE else FULL


class LocalWriter:
    """Implements `Writer`. One model for all sections, in a process of its own that starts with the first of them."""

    concurrency: Final = 1

    def __init__(self, name: str, model: Path, *, recipe: Recipe | None = None, idle: float = IDLE) -> None:
        self._name = name
        self._title = model.stem
        self._recipe = recipe or recipe_for(model)
        threads = 1 if self._recipe.is_short else max(1, (os.cpu_count() or 2) // 2)
        settings = ModelSettings(
            model,
            context=self._recipe.context,
            longest=self._recipe.longest,
            batch=self._recipe.batch,
            threads=threads,
            idle=idle,
        )
        self.process: Final = ModelProcess(settings)

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_draft(self) -> bool:
        """Of a model that is told little, what it says is mostly invented."""
        return self._recipe.is_short

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        """Fields that fit the schema, or why there are none: unsatisfiable-schema, model-unusable, brief-too-long …"""
        draft = await OutlineWriter().write(replace(brief, current=None, keep=(), instructions=None))
        if not isinstance(draft, Written):
            return draft
        shape = narrowed(brief.schema, draft.fields, self._recipe.limits)
        try:
            completion = await self.process.complete(self._request(brief, shape, correction))
        except ModelFailed as failure:
            return self._failed(failure)
        return self._answer(brief, shape, completion, draft.fields if correction else None)

    def estimate(self, brief: Brief) -> Estimate:
        tokens_in, tokens_out = brief_estimate(brief)
        if self._recipe.is_short:
            tokens_in = _TOKENS_OF_EXAMPLES
        return Estimate(tokens_in, min(tokens_out, self._recipe.longest), self._recipe.seconds)

    async def aclose(self) -> None:
        """End the model's process."""
        await self.process.aclose()

    def _request(self, brief: Brief, shape: Schema, correction: Correction | None) -> dict[str, Any]:
        recipe = self._recipe
        # The same brief gets the same copy; asked again, the model takes another way, and a bolder one.
        seed = zlib.crc32(f"{brief.hash}{correction.violations if correction else ''}".encode())
        return {
            "messages": self._messages(brief, shape, correction),
            "response_format": {"type": "json_schema", "json_schema": {"name": "fields", "schema": shape}},
            "max_tokens": recipe.longest,
            "temperature": recipe.temperature if correction is None else recipe.temperature + 0.4,
            "repeat_penalty": recipe.repeat_penalty,
            "seed": seed & 0x7FFFFFFF,
            "stream": True,
            "stream_options": {"include_usage": True},
            "chat_template_kwargs": {"enable_thinking": False},
        }

    def _messages(self, brief: Brief, shape: Schema, correction: Correction | None) -> list[Message]:
        return short_messages(brief, shape) if self._recipe.is_short else full_messages(brief, correction)

    def _answer(self, brief: Brief, shape: Schema, completion: Completion, draft: Fields | None) -> Answer:
        usage = Usage(completion.input_tokens, completion.output_tokens, 0.0)
        try:
            fields = json.loads(completion.text)
        except ValueError:
            reason = "ran out of room" if completion.finish == "length" else "did not come to an end"
            return Transient("truncated", f"The model {self._title} {reason} in the middle of the copy.", usage=usage)
        tidy: Fields = tidied(shape, fields)
        # Asked again, it is put right where it still is not: a second misfit would only be the first of a row.
        mended = tidy if draft is None else _mended(brief.schema, tidy, draft)
        return Written(woven(brief.schema, mended, brief.keep), usage, self._title)

    def _failed(self, failure: ModelFailed) -> Answer:
        match failure.kind:
            case "load":
                message = (
                    f"The model {self._title} cannot be loaded: its file is damaged, of a kind that this xllamacpp "
                    f"does not know, or larger than the free memory. ({failure})"
                )
                return Permanent("model-unusable", message)
            case "crash":
                return Transient("model-crashed", f"{self._title}: {failure}.")
            case "exceed_context_size_error":
                message = (
                    f"The brief is too long for {self._title}, which reads {self._recipe.context} tokens. Give it "
                )
                return Permanent("brief-too-long", f"{message}fewer or shorter sources. ({failure})")
        return Transient("model-error", f"The model {self._title} refused the request: {failure}")


def _mended(schema: CompiledSchema, fields: Fields, draft: Fields) -> Fields:
    """The fields, those that miss the schema replaced by their drafts; the draft whole if that does not do."""
    wrong = {violation.path.removeprefix("$.").split(".")[0].split("[")[0] for violation in schema.violations(fields)}
    mixed = fields | {name: draft[name] for name in wrong if name in draft}
    return mixed if schema.is_valid(mixed) else draft
