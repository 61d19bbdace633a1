"""Where the project is: the folder that holds `site.yaml`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copydesk.content.settings import Settings

SITE_FILE = "site.yaml"


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a site definition, and where its database is."""

    root: Path

    @property
    def site_file(self) -> Path:
        return self.root / SITE_FILE

    def database(self, settings: Settings) -> Path:
        """The database file: the one the settings name, else one in a folder of its own."""
        return self.root / (settings.database or ".copydesk/copydesk.db")

    @property
    def settings_file(self) -> Path:
        return self.root / "copydesk.toml"


def find_project(
    named: str | Path | None = None, *, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Project:
    """The project: as named, else `COPYDESK_PROJECT`, else `CLAUDE_PROJECT_DIR`, else upwards from the working folder.

    Raises `ContentError` (no-project) that says where it looked.
    """
    environment = os.environ if environment is None else environment
    if named is not None:
        return _project_at(str(named), "--project")
    for variable in ("COPYDESK_PROJECT", "CLAUDE_PROJECT_DIR"):
        if value := environment.get(variable):
            return _project_at(value, variable)
    return _upwards_from(cwd or Path.cwd())


def _project_at(text: str, source: str) -> Project:
    if "${" in text:
        message = f"{source} is {text!r}: the client did not replace the variable. Write the folder's full path there."
        raise ContentError("no-project", message)
    path = Path(text).expanduser()
    root = path.parent if path.name == SITE_FILE else path
    if not (root / SITE_FILE).is_file():
        message = f"There is no {SITE_FILE} in {root} (from {source}). Name the folder that holds it."
        raise ContentError("no-project", message)
    return Project(root.resolve())


def _upwards_from(start: Path) -> Project:
    for folder in (start, *start.parents):
        if (folder / SITE_FILE).is_file():
            return Project(folder.resolve())
    message = (
        f"There is no {SITE_FILE} in {start} or above it. Pass --project DIR, or set COPYDESK_PROJECT to the folder "
        "that holds it."
    )
    raise ContentError("no-project", message)
