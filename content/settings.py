"""The project's settings: `copydesk.toml`, then `COPYDESK_…` variables, then what the caller passes; the last wins."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.content.secrets import expect_secret, redact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

_PREFIX = "COPYDESK_"
NOT_SETTINGS = frozenset(
    {"COPYDESK_PROJECT", "COPYDESK_CACHE", "COPYDESK_HTTP_TOKEN", "COPYDESK_HTTP_TOKEN_FILE", "COPYDESK_WRITERS"}
)
"""Variables of ours that no setting is read from."""


def _on_or_off(value: object) -> object:
    return {"on": True, "off": False}.get(value.lower(), value) if isinstance(value, str) else value


class WriterSettings(BaseModel):
    """What is set for one writer (`openai:gpt-5-mini`), or for all of a family (`openai`); the writer's own wins.

    With `api` a name of your own becomes a family: `[writers.lmstudio] api = "openai", base_url = "http://…/v1"` makes
    `lmstudio:MODEL` a writer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    api: Literal["openai", "anthropic", "google", "ollama"] | None = None
    """Which provider's interface the family speaks."""
    base_url: str | None = None
    """Where, if not at the provider itself."""
    # Capitals only: keys are also made of letters and digits, and must not pass for a name.
    key: Annotated[str | None, Field(pattern=r"^[A-Z_][A-Z0-9_]*$", max_length=80)] = None
    """The name of the environment variable with the key: never the key itself."""
    rate: Annotated[float | None, Field(gt=0)] = None
    """Attempts a minute, over all processes of this project. A correction within an attempt is not counted."""
    concurrency: Annotated[int | None, Field(ge=1, le=1024)] = None
    """Sections that one process writes at a time with this writer, within the `concurrency` that holds for all."""
    input_price: Annotated[float | None, Field(ge=0)] = None
    """US dollars for a million tokens in, where the price table does not know the model."""
    output_price: Annotated[float | None, Field(ge=0)] = None


class Settings(BaseModel):
    """Everything that can be set. Durations are seconds, `retention` is days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    writer: str | None = None
    """Who writes when a call names nobody; if not set, the assistant for its own calls (over MCP), else `outline`."""
    concurrency: Annotated[int, Field(ge=1, le=1024)] = 16
    """Sections that one process writes at a time, over all its writers; none of them keeps all places from others."""
    rate: Annotated[float | None, Field(gt=0)] = None
    """Attempts a minute for each writer that has no rate of its own, over all processes of this project.

    Unlimited if not set; what a provider refuses slows its writer down all the same.
    """
    worker: Annotated[bool, BeforeValidator(_on_or_off)] = True
    """Whether a server drains the queue itself."""
    promotion: Literal["open", "reviewed", "locked"] = "open"
    """Who may publish: anybody, only with a `reviewId`, or only the command line."""
    execution: Literal["async", "sync"] = "async"
    """Whether a tool call answers at once, or submits and waits."""
    database: str | None = None
    """The database file, relative to the project; `.copydesk/copydesk.db` if not set."""
    retention: Annotated[float, Field(gt=0)] = 30
    """Days that finished jobs are kept. Operations, revisions and changes are kept for good."""
    max_attempts: Annotated[int, Field(ge=1, le=20)] = 4
    attempt_timeout: Annotated[float, Field(gt=0)] = 120
    max_tokens: Annotated[int | None, Field(gt=0)] = None
    """Tokens that one operation may take, over all its attempts; unlimited if not set."""
    writers: dict[str, WriterSettings] = Field(default_factory=dict)
    """What is set for single writers and families."""
    allow_unsafe_wal: Annotated[bool, BeforeValidator(_on_or_off)] = False
    """Open a WAL database with a SQLite that may corrupt it."""

    def of_writer(self, name: str) -> WriterSettings:
        """What is set for this writer: its own, then its family's; then the rate that holds for all."""
        family, own = (self.writers.get(one) for one in (name.partition(":")[0], name))
        levels = [{"rate": self.rate}, *(one.model_dump(exclude_none=True) for one in (family, own) if one)]
        return WriterSettings.model_validate({key: value for level in levels for key, value in level.items()})


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, and where each that is not the default came from."""

    settings: Settings
    origins: dict[str, str]


def load_settings(
    settings_file: Path,
    *,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> LoadedSettings:
    """Read all sources. Raises `ContentError` (invalid-settings) that names the setting, its source and the remedy."""
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    sources = (
        _from_file(settings_file),
        _from_environment(os.environ if environment is None else environment),
        {name: (value, "flag") for name, value in (overrides or {}).items() if value is not None},
    )
    for source in sources:
        for name, (value, origin) in source.items():
            values[name], origins[name] = value, origin
    settings = _validated(values, origins)
    for key in {writer.key for writer in settings.writers.values() if writer.key}:
        expect_secret(key)
    return LoadedSettings(settings, origins)


def _from_file(path: Path) -> dict[str, tuple[object, str]]:
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ContentError("invalid-settings", f"{path.name} cannot be read: {error}. Mend or remove it.") from error
    return {name: (value, path.name) for name, value in data.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    """Variables that name no setting belong to somebody else, or to a newer copydesk: `doctor` lists them."""
    named = {
        variable.removeprefix(_PREFIX).lower(): (value, variable)
        for variable, value in environment.items()
        if variable.startswith(_PREFIX) and variable not in NOT_SETTINGS and value != ""
    }
    return {name: found for name, found in named.items() if name in Settings.model_fields}


def _validated(values: dict[str, object], origins: dict[str, str]) -> Settings:
    unknown = [name for name in values if name not in Settings.model_fields]
    if unknown:
        name = unknown[0]
        hint = did_you_mean(name, Settings.model_fields)
        raise ContentError("invalid-settings", f"{origins[name]} has an unknown setting {name!r}. {hint}".strip())
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        # Without a cause: it quotes the values, and somebody may have put a key among them.
        raise ContentError("invalid-settings", _refusal(error.errors(include_url=False)[0], values, origins)) from None


def _refusal(found: ErrorDetails, values: dict[str, object], origins: dict[str, str]) -> str:
    """What is wrong with one value. Of what is set for writers, no value is told."""
    name, *inner = (str(step) for step in found["loc"])
    if name != "writers":
        return redact(f"The setting {name} ({origins[name]}) is {values[name]!r}: {found['msg']}.")
    where = f"The setting {'.'.join((name, *inner))} ({origins[name]})"
    if found["type"] == "extra_forbidden":
        return f"{where} is unknown; {did_you_mean(inner[-1], WriterSettings.model_fields)} {_KEYS}"
    return f"{where}: {_KEYS if inner[-1:] == ['key'] else found['msg'] + '.'}"


_KEYS = (
    "A key never stands in the settings: put it into an environment variable and name that, as in "
    'key = "COPYDESK_KEY_MINE" (capitals, digits and underscores).'
)
