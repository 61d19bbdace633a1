"""The arguments of the tools: their types on the wire, and what clients really send in their place.

Clients send `""`, `[]` and null for what is not given, numbers and booleans as strings, a lone string for a list, and
lists as JSON text. All of that is read as it was meant; what cannot be is refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from copydesk.content.definition.suggestions import listed, nearest
from copydesk.content.operations.values import Mode
from copydesk.store.states import JobState

LONGEST_WAIT = 45
"""Seconds. Most clients end a call after 60."""
_MOST_NAMES = 5_000
_LONGEST_TEXT = 20_000
_LONGEST_ID = 300
"""Names have 100 characters at most; a cursor may hold a review, a page and a section."""
_LARGEST_NUMBER = 2**53
_NO_NAMES = "should be a list of names"
_NO_SECONDS = "should be a number of seconds"
_NO_NUMBER = "should be a whole number"


def as_names(value: object) -> object:
    """A list of names out of what stands for one: nothing, a lone name, JSON text, numbers."""
    match value:
        case None | "":
            return ()
        case str() if value.lstrip().startswith("["):
            return _names_of_json(value)
        case str():
            return tuple(name for name in (value.strip(),) if name)
        case bool() | dict():
            raise ValueError(_NO_NAMES)
        case int() | float():
            return (str(value),)
        case list() | tuple():
            return tuple(_as_name(each) for each in value if each not in (None, ""))
        case _:
            return value


def _names_of_json(text: str) -> object:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return (text.strip(),)
    return as_names(parsed)


def _as_name(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value.strip() if isinstance(value, str) else value


def as_text(value: object) -> object:
    """Text, or `None` for nothing; a number that stands for an id."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None if isinstance(value, str) and not value.strip() else value


def as_seconds(value: object) -> object:
    """Seconds, or `None` for nothing, which means the tool's own default."""
    if isinstance(value, bool):
        raise ValueError(_NO_SECONDS)  # noqa: TRY004  only a ValueError becomes an answer
    return None if isinstance(value, str) and not value.strip() else value


def as_number(value: object) -> object:
    """A whole number, or `None` for nothing."""
    if isinstance(value, bool):
        raise ValueError(_NO_NUMBER)  # noqa: TRY004  only a ValueError becomes an answer
    return None if isinstance(value, str) and not value.strip() else value


def from_json(value: object) -> object:
    """What JSON text says, for clients that send objects and lists as text; anything else as it is."""
    if not (isinstance(value, str) and value.lstrip()[:1] in ("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        message = f"should be valid JSON ({error})"
        raise ValueError(message) from error


def blank_is(default: object) -> Callable[[object], object]:
    """Reads nothing as the default."""
    return lambda value: default if value is None or (isinstance(value, str) and not value.strip()) else value


def one_of(choices: Sequence[str], default: str | None) -> Callable[[object], object]:
    """Reads one of the choices, however it is spelt; refuses another value with the nearest."""

    def read(value: object) -> object:
        if value is None or (isinstance(value, str) and not value.strip()):
            return default
        return _chosen(value, choices)

    return read


def _chosen(value: object, choices: Sequence[str]) -> str:
    spelt = value.strip().lower().replace("_", "-").replace(" ", "-") if isinstance(value, str) else str(value)
    if spelt not in choices:
        near = nearest(spelt, choices)
        hint = f' (the nearest is "{near}")' if near else ""
        message = f"should be one of {listed(choices)}{hint}"
        raise ValueError(message)
    return spelt


def as_states(value: object) -> object:
    names = as_names(value)
    return tuple(_chosen(name, tuple(JobState)) for name in names) if isinstance(names, tuple) else names


_LongText = Annotated[str, Field(max_length=_LONGEST_TEXT)]
_ShortText = Annotated[str, Field(max_length=_LONGEST_ID)]
_Wait = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_TEXT_SCHEMA = WithJsonSchema({"type": "string"})

Names = Annotated[
    tuple[str, ...],
    Field(max_length=_MOST_NAMES),
    BeforeValidator(as_names),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]
Text = Annotated[_LongText | None, BeforeValidator(as_text), _TEXT_SCHEMA]
Id = Annotated[_ShortText | None, BeforeValidator(as_text), _TEXT_SCHEMA]
Number = Annotated[
    Annotated[int, Field(ge=1, le=_LARGEST_NUMBER)] | None,
    BeforeValidator(as_number),
    WithJsonSchema({"type": "integer"}),
]
Flag = Annotated[bool, BeforeValidator(blank_is(default=False))]
Seconds = Annotated[
    _Wait | None,
    BeforeValidator(as_seconds),
    WithJsonSchema({"type": "number", "maximum": LONGEST_WAIT}),
]

# SCOPE
Pages = Annotated[Names, Field(description="Ids or paths.")]
Sections = Annotated[Names, Field(description="As page/section.")]
Page = Annotated[Id, Field(description="One page.")]
Section = Annotated[Id, Field(description="page/section, or its id beside page.")]
WholeSite = Annotated[Flag, Field(validation_alias="all", description="The whole site.")]

# RUN
DryRun = Annotated[Flag, Field(validation_alias="dryRun", description="Only show the plan.")]
Estimate = Annotated[Flag, Field(validation_alias="dryRun", description="Only show the plan, with tokens and cost.")]
WaitSeconds = Annotated[Seconds, Field(validation_alias="waitSeconds", description="Wait for the end. Default 0.")]
ShortWaitSeconds = Annotated[Seconds, Field(validation_alias="waitSeconds", description="Wait for the end. Default 5.")]
RequestId = Annotated[
    Id,
    Field(validation_alias="requestId", description="Your own; repeating it returns the first answer."),
]

# Writing
Writer = Annotated[Id, Field(description="Who writes; agent is you. Default: the project's, else you.")]
Instructions = Annotated[Text, Field(description="The user's wishes, for the writer.")]
MaxTokens = Annotated[Number, Field(validation_alias="maxTokens", description="Budget; the settings' limit holds.")]
Force = Annotated[Flag, Field(description="Also rewrite what has copy, never hand edits.")]
RegenerateMode = Annotated[
    Literal["leave", "new", "with-current"],
    BeforeValidator(one_of(tuple(Mode), Mode.NEW)),
    Field(description="new: from scratch; with-current: improve what is there; leave: only report."),
]
Keep = Annotated[Names, Field(description="Texts that must survive word for word.")]
OverwriteEdits = Annotated[
    Flag, Field(validation_alias="overwriteEdits", description="Also what people edited by hand.")
]

# Handles
OperationId = Annotated[Id, Field(validation_alias="operationId", description="From a receipt.")]
OperationIds = Annotated[Names, Field(validation_alias="operationIds", description="Undone whole, newest first.")]
JobIds = Annotated[Names, Field(validation_alias="jobIds", description="From a receipt or a status.")]
ReviewId = Annotated[
    Id,
    Field(validation_alias="reviewId", description="Exactly what compare-content showed."),
]
States = Annotated[
    tuple[JobState, ...],
    BeforeValidator(as_states),
    Field(description="List only jobs in these states."),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": [state.value for state in JobState]}}),
]
Cursor = Annotated[Id, Field(description="From the last answer, for what follows.")]
