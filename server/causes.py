"""What was really raised."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["original"]

E = TypeVar("E", bound=BaseException | None)


def original(error: E) -> E | BaseException:
    """The error itself, or, of a task group in which only one task failed, what that one raised."""
    found: E | BaseException = error
    while isinstance(found, BaseExceptionGroup) and len(found.exceptions) == 1:
        found = found.exceptions[0]
    return found
