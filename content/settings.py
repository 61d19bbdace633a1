"""The project's settings: `copydesk.toml`, then `COPYDESK_…` variables, then what the caller passes; the last wins."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PREFIX = "COPYDESK_"
_NOT_SETTINGS = frozenset({"COPYDESK_PROJECT", "COPYDESK_CACHE"})


def _on_or_off(value: object) -> object:
    return {"on": True, "off": False}.get(value.lower(), value) if isinstance(value, str) else value


class Settings(BaseModel):
    """Everything that can be set. Durations are seconds, `retention` is days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # A later default goes by who asks (for a call over MCP, the assistant itself): then this is what it is without one.
    writer: str = "outline"
    """Who writes when a call names nobody."""
    concurrency: Annotated[int, Field(ge=1, le=1024)] = 16
    """Sections that one process writes at a time."""
    rate: Annotated[float | None, Field(gt=0)] = None
    """Attempts that one process begins a minute, for each writer; unlimited if not set."""
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
    allow_unsafe_wal: Annotated[bool, BeforeValidator(_on_or_off)] = False
    """Open a WAL database with a SQLite that may corrupt it."""


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
    return LoadedSettings(_validated(values, origins), origins)


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
        if variable.startswith(_PREFIX) and variable not in _NOT_SETTINGS and value != ""
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
        first = error.errors()[0]
        name = str(first["loc"][0])
        message = f"The setting {name} ({origins[name]}) is {values[name]!r}: {first['msg']}."
        raise ContentError("invalid-settings", message) from error
