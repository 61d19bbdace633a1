"""What to say when a writer's provider asks everybody to wait."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copydesk.store.models import Operation
    from copydesk.store.pauses import Pause

__all__ = ["pause_sentence", "pause_text", "rest_of"]

_LONGEST_REASON: Final = 200


def pause_sentence(operation: Operation, pauses: Iterable[Pause]) -> str:
    """The sentence, with a blank before it, that tells why an unfinished operation rests; empty if it does not."""
    if not operation.is_unfinished:
        return ""
    waits = [one for one in pauses if one.writer == operation.writer]
    return "".join(f" {pause_text(one)} It said: {_shortened(one.reason)}" for one in waits)


def rest_of(operation: Operation, pauses: Iterable[Pause]) -> float:
    """For how many seconds the writer of an unfinished operation is paused."""
    waits = (one.milliseconds / 1000 for one in pauses if one.writer == operation.writer)
    return max(waits, default=0.0) if operation.is_unfinished else 0.0


def _shortened(reason: str) -> str:
    """A provider's words, in so far as they fit into a message."""
    return reason if len(reason) <= _LONGEST_REASON else reason[: _LONGEST_REASON - 1] + "…"


def pause_text(pause: Pause) -> str:
    """How long a paused writer still waits."""
    return f"The provider of {pause.writer} asks to wait another {math.ceil(pause.milliseconds / 1000)} s."
