"""What to say when a writer's provider asks everybody to wait."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copydesk.store.models import Operation
    from copydesk.store.pauses import Pause

__all__ = ["pause_sentence", "pause_text"]


def pause_sentence(operation: Operation, pauses: Iterable[Pause]) -> str:
    """The sentence, with a blank before it, that tells why an unfinished operation rests; empty if it does not."""
    if not operation.is_unfinished:
        return ""
    waits = [one for one in pauses if one.writer == operation.writer]
    return "".join(f" {pause_text(one)}" for one in waits)


def pause_text(pause: Pause) -> str:
    """How long a paused writer still waits."""
    return f"The provider of {pause.writer} asks to wait another {math.ceil(pause.milliseconds / 1000)} s."
