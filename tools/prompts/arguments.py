"""The arguments of prompts: what is missing or unknown is refused by name, as the specification asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from mcp import MCPError
from mcp_types import INVALID_PARAMS, Prompt, PromptArgument

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.schema.storable import storable_problem

__all__ = ["as_given"]

_SHOWN: Final = 200
"""Characters of a wrong name that its error repeats."""


def as_given(name: str, arguments: Mapping[str, Any], prompts: Sequence[Prompt]) -> dict[str, str]:
    """The arguments that say something: clients send `""` for what a person left empty.

    Raises `MCPError` (invalid params): no such prompt, an unknown argument, a missing one.
    """
    prompt = next((one for one in prompts if one.name == name), None)
    if prompt is None:
        raise _unknown_prompt(name, prompts)
    known = {one.name: one for one in prompt.arguments or ()}
    for each in arguments:
        if each not in known:
            raise _unknown_argument(name, each, known)
    given = {each: str(value).strip() for each, value in arguments.items() if str(value or "").strip()}
    for each, argument in known.items():
        if argument.required and each not in given:
            raise _missing(name, argument)
        if problem := storable_problem(given.get(each)):
            raise _unusable(name, each, problem)
    return given


def _unknown_prompt(name: str, prompts: Sequence[Prompt]) -> MCPError:
    return _refused(f'There is no prompt "{name[:_SHOWN]}": {did_you_mean(name, [one.name for one in prompts])}')


def _unknown_argument(prompt: str, name: str, known: Iterable[str]) -> MCPError:
    return _refused(f'the prompt {prompt} has no argument "{name[:_SHOWN]}": {did_you_mean(name, known)}')


def _missing(prompt: str, argument: PromptArgument) -> MCPError:
    return _refused(f'the prompt {prompt} needs the argument "{argument.name}": {argument.description}')


def _unusable(prompt: str, argument: str, problem: str) -> MCPError:
    return _refused(f"the prompt {prompt}: {argument} {problem}.")


def _refused(message: str) -> MCPError:
    return MCPError(code=INVALID_PARAMS, message=message)
