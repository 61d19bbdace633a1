from __future__ import annotations

from copydesk.content.writers.base import DRAFT_WRITERS
from copydesk.content.writers.registry import Writers


def test_built_in_writers_of_drafts_are_known_without_loading_them() -> None:
    writers = Writers()
    assert {name for name in writers.runnable() if writers.resolve(name).is_draft} <= DRAFT_WRITERS
    assert writers.drafts >= DRAFT_WRITERS
