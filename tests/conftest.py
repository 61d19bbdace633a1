from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The SDK's servers and aiosqlite run on asyncio; so do the tests."""
    return "asyncio"
