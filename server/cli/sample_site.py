"""The sample site that the demo plays on: `examples/rye-and-shine` of a checkout, and the same files in the wheel."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from copydesk.content.errors import ContentError

__all__ = ["sample_site"]

_NAME: Final = "rye-and-shine"


@contextmanager
def sample_site(kept_at: str | None) -> Iterator[Path]:
    """A fresh copy of the sample site: in a folder that is gone afterwards, or in a new one that is kept."""
    if kept_at is not None:
        yield _copy(Path(kept_at).expanduser().absolute())
        return
    # On Windows a file may still be held for a moment by the server that has just ended.
    with TemporaryDirectory(prefix="copydesk-demo-", ignore_cleanup_errors=True) as folder:
        yield _copy(Path(folder) / _NAME)


def _copy(target: Path) -> Path:
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        message = f"{target} is there already and not empty. Name a new folder for the sample site, or none."
        raise ContentError("folder-exists", message)
    with resources.as_file(resources.files("copydesk.examples") / _NAME) as sample:
        shutil.copytree(sample, target, ignore=shutil.ignore_patterns(".copydesk"), dirs_exist_ok=True)
    return target
