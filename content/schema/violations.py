"""What can be wrong with copy."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Violation"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where fields miss their schema or a check: `path` is a JSON path (`$.buttons[0].label`)."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}"
