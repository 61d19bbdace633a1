"""Who takes briefs: as much as is known of an assistant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["Taker"]

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Taker:
    """An assistant: what its client calls itself, and the session or process it speaks through.

    The same client in the same session is taken for the same assistant; more cannot be known.
    """

    name: str | None = None
    session: str | None = None

    def id_at(self, owner: str) -> str:
        """The name by which its briefs are remembered; `owner` is this process."""
        return f"{self.said} at {self.session or owner}"[:_LONGEST]

    @property
    def said(self) -> str:
        return (self.name or "an assistant")[:100]


def name_of(taker_id: str | None) -> str:
    """The client's name in a remembered taker."""
    return (taker_id or "an assistant").rpartition(" at ")[0] or "an assistant"
